"""What a command asks for when it was not said."""
