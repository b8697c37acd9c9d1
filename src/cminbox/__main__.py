"""`cminbox` and `python -m cminbox`."""

from __future__ import annotations

import sys


def main() -> int:
    """Run what the command line asks for and return the exit status."""
    from cminbox.cli.entry import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
