"""The crisis console: what runs, its timeline, and leading it."""
