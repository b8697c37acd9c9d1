"""Widgets: how things look. They know the model and text alone; a screen gives them what to show."""
