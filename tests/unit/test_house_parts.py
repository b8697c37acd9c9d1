"""What makes parts of pieces: no circles of imports, no class of everything, nothing declared that others own."""

from __future__ import annotations

import pytest
import source_trees
from source_trees import classes, family, imports, lazy_imports, plain_data

pytestmark = pytest.mark.xdist_group("source")

MOST_NAMES = 60
"""Names that a class may have with those of its bases: methods, attributes, and what it assigns to itself."""

LAZY = {
    # Other packages, and who is spared them.
    "apprise": (123, "everything but an engine that tells somebody through a chat or a phone"),
    "asyncio": (25, "reading and importing; the engine and the screens have it anyway"),
    "difflib": (4, "queries and files without a mistake"),
    "feedparser": (16, "everything but an engine that reads a feed"),
    "filelock": (16, "opening a store that is up to date"),
    "httpx": (64, "everything but the engine"),
    "importlib.metadata": (20, "the networks that come with cminbox"),
    "importlib.resources": (4, "opening a store that is up to date"),
    "jinja2": (31, "replies without a template"),
    "numpy": (50, "texts whose words tell their language"),
    "py3langid": (130, "texts whose words tell their language"),
    "keyring": (43, "secrets in the environment or in a file"),
    "PIL": (22, "pictures that were fetched before, and whoever has no reader of pictures"),
    "regex": (10, "texts in plain letters, queries without a pattern"),
    "sqlite_utils": (57, "opening a store that is up to date"),
    "zoneinfo": (4, "configurations without business hours"),
    "cminbox.engine.telling.watched_requests": (127, "everything but an engine that tells somebody by the web"),
    "cminbox.replies.sandbox": (45, "replies without a template"),
    # The command line: a command imports what it uses.
    "cminbox.app": (302, "commands"),
    "cminbox.cli.import_writer": (33, "the process that reads an import, which begins meanwhile"),
    "cminbox.cli.importing": (114, "the queue and other commands"),
    "cminbox.cli.main": (43, "the queue, and import"),
    "cminbox.config": (20, "--version and --help"),
    "cminbox.paths": (7, "--version and --help"),
    "cminbox.store": (33, "commands that need no store"),
    # The queue: the start imports what the first page shows.
    "cminbox.commands.macros": (5, "key files without macros"),
    "cminbox.commands.action": (64, "the start of the queue"),
    "cminbox.desk": (61, "the start of the queue, and commands that only read"),
    "cminbox.desk.reply_draft": (73, "the start of the queue"),
    "cminbox.screens.approval_watch": (4, "the start of the queue"),
    "cminbox.screens.command_line": (15, "the start of the queue"),
    "cminbox.screens.completion": (12, "the start of the queue"),
    "cminbox.screens.compose.screen": (120, "the start of the queue"),
    "cminbox.screens.contact.screen": (35, "the start of the queue"),
    "cminbox.screens.conversation.data": (24, "the start of the queue"),
    "cminbox.screens.conversation.pane": (33, "the start of the queue"),
    "cminbox.screens.conversation.screen": (36, "the start of the queue"),
    "cminbox.screens.crisis.lead": (11, "the start of the queue"),
    "cminbox.screens.palette": (14, "the start of the queue"),
    "cminbox.screens.pickers.address": (14, "the start of the queue"),
    "cminbox.screens.pickers.argument": (14, "the start of the queue"),
    "cminbox.screens.pickers.talk": (14, "the start of the queue"),
    "cminbox.screens.pickers.view": (14, "the start of the queue"),
    "cminbox.screens.pickers.template": (81, "the start of the queue"),
    "cminbox.screens.picture.screen": (8, "the start of the queue"),
    "cminbox.screens.prompt_line": (3, "the start of the queue"),
    "cminbox.screens.duty": (5, "the start of the queue"),
    "cminbox.screens.queue.overview": (9, "the start of the queue"),
    "cminbox.store.events": (6, "the start of the queue"),
    "cminbox.store.messages": (6, "the start of the queue"),
    "cminbox.store.people": (2, "the start of the queue"),
}
"""Modules that may be imported inside functions: milliseconds of processor time that one costs where it is imported,
with all that stands above it loaded, as `python -X importtime` tells on a quiet machine; and who is spared it."""


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Imports for types, and those inside functions, count: a circle that is hidden is one."""
    assert source_trees.circles() == []


ROWS = {"cminbox.model.Conversation", "cminbox.store.changes.ConversationChanges"}
"""Records of a table, which have as many fields as it has columns."""


def test_no_class_does_everything() -> None:
    sizes = {name: len(set().union(*(each.own for each in family(name)))) for name in classes() if name not in ROWS}
    assert {name for name, size in sizes.items() if size > MOST_NAMES} == set()


def test_no_class_declares_what_another_sets() -> None:
    """A declaration without a value, in a class that never assigns it, is somebody else's attribute."""
    bare = {
        f"{name}.{attribute}"
        for name, one in classes().items()
        if not plain_data(name)
        for attribute in one.bare - set().union(*(each.assigned for each in family(name)))
    }
    assert bare == set()


def test_imports_stand_at_the_top_but_for_what_a_start_is_spared() -> None:
    hidden = {(module, name) for module, _, name in lazy_imports() if _listed(name) is None}
    assert hidden == set()


def test_nothing_is_listed_that_nobody_imports_inside_a_function() -> None:
    assert {_listed(name) for _, _, name in lazy_imports()} - {None} == set(LAZY)


def _listed(name: str) -> str | None:
    """The entry that allows a module: its own, or that of the package of another project."""
    return next((entry for entry in (name, name.partition(".")[0]) if entry in LAZY), None)


def test_every_import_of_ours_is_found() -> None:
    """A name that is written in a way which the tests above do not see would be no import to them."""
    assert all(imports(module) for module in ("cminbox.app", "cminbox.store", "cminbox.__main__"))
