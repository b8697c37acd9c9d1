"""The queue: the list of conversations, where one starts and comes back to."""
