"""Writes the tables of `docs/networks.md` from what the adapters say of themselves; the rest is written by hand.

Run it with the project's Python after an adapter changed: `python docs/dev/make_networks.py`.
"""

from __future__ import annotations

from pathlib import Path

from cminbox.sources import registry
from cminbox.sources.contract import Capabilities, Info

PAGE = Path(__file__).parents[1] / "networks.md"
START = "\n## What works\n"


def page(old: str) -> str:
    """The whole page, from the page as it was."""
    infos = [registry.info(name) for name, entry in registry.networks().items() if entry.ours]
    head = ("network", "answers", "private messages", "beside answering", "notices", "a reply sent twice", "secret")
    able = [_row(head), _row(["---"] * len(head)), *(_row(_able(info)) for info in infos)]
    brought = [
        f"- **{info.title}**: {'; '.join(f'{what}: {how}' for what, how in info.capabilities.brings.items())}\n"
        for info in infos
        if info.capabilities.brings
    ]
    head = ("network", "tried against", "version of its interface")
    tried = [_row(head), _row(["---"] * len(head)), *(_row(_tried(info)) for info in infos)]
    return "".join(
        [
            *(old.partition(START)[0], START, "\n", *able),
            *("\n## What a source brings, and what it cannot\n\n", *brought),
            *("\n## What was tried\n\n", *tried),
        ]
    )


def _able(info: Info) -> tuple[str, ...]:
    able = info.capabilities
    notices = [word for word in ("edits", "deletions") if getattr(able, word)]
    return (
        f"[`{info.network}`](networks/{info.network}.md)",
        "yes" if able.reply else "no",
        _private(able),
        ", ".join(able.verbs) or "–",
        ", ".join(notices) or "–",
        _TWICE[able.duplicate_guard] if able.reply else "–",
        "none" if info.secret is None else "needed",
    )


def _private(able: Capabilities) -> str:
    if able.private_reply is not None:
        return "yes; a comment's author too, once"
    return "yes" if able.dm else "no"


_TWICE = {
    "key": "it gives back the first",
    "refuses": "it refuses the second",
    "content": "it refuses the same text",
    "replaces": "the second replaces the first",
    "searchable": "it can be looked for by its key",
    "none": "it posts both",
}


def _tried(info: Info) -> tuple[str, ...]:
    tried = [f"{each.against} ({each.what + ', ' if each.what else ''}{each.when:%Y-%m-%d})" for each in info.verified]
    versions = [f"{each.name}{f', ends {each.ends:%Y-%m-%d}' if each.ends else ''}" for each in info.api]
    return f"`{info.network}`", "; ".join(tried) or "–", "; ".join(versions) or "–"


def _row(cells: tuple[str, ...] | list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
