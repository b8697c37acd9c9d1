"""One conversation: its thread, what is known beside it, and every action on it."""
