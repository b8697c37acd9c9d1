"""The terminal: what it shows, how keys come in, how wide it draws. Knows Textual's and Rich's inside."""
