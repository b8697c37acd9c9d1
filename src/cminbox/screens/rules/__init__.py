"""The rules: what each does and hits, on and off, tried, edited."""
