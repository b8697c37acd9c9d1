"""Screens: a package each, its `.tcss` beside it, and the parts that several of them use."""
