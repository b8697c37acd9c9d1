"""The sources and their health."""
