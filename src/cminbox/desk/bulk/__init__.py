"""Actions on many conversations: in portions, and still one event and one undo."""
