"""The command line: one small module for each group of commands, imported only when one of them is called."""

from __future__ import annotations
