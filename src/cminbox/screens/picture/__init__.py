"""A picture that somebody attached, drawn in the terminal; where it cannot be drawn, in words."""
