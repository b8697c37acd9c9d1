"""Writes `docs/dev/files.md`: every module of the program with the first sentence of its docstring.

Run it with the project's Python after files were added, moved or described anew: `python docs/dev/make_files.py`.
"""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = Path(__file__).with_name("files.md")
HEAD = """# The files

Made by `python docs/dev/make_files.py` from the modules' docstrings; a test holds that it is up to date.
"""


def summary(path: Path) -> str:
    """The first sentence, or line, of a module's docstring."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(docstring.split("\n\n")[0].split()).replace("|", "\\|")


def page() -> str:
    """The whole page."""
    source = ROOT / "src" / "cminbox"
    folders = sorted({path.parent for path in source.rglob("*.py")}, key=lambda folder: folder.relative_to(source))
    parts = [HEAD]
    for folder in folders:
        name = "cminbox" if folder == source else folder.relative_to(source).as_posix()
        rows = [
            f"| `{path.name}` | {summary(path)} |" for path in sorted(folder.glob("*.py")) if path.name != "__init__.py"
        ]
        head = summary(folder / "__init__.py")
        parts.append("\n".join([f"## {name}/\n\n{head}\n", "| file | what it holds |", "| --- | --- |", *rows]) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
