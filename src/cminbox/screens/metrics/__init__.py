"""The metrics: figures, charts and a table."""
