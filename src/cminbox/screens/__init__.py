"""Screens: one file each, its `.tcss` beside it. Each is imported by the app when it is first shown."""
