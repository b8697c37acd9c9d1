"""`cminbox` and `python -m cminbox`."""

from __future__ import annotations

import sys

from cminbox.cli.entry import run


def main() -> int:
    """Run what the command line asks for and return the exit status."""
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
