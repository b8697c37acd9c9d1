"""The action of the developers' documentation, as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cminbox.desk import catalog, desk
from cminbox.store import people

PAGE = Path(__file__).parents[2] / "docs" / "dev" / "desk.md"


def test_it_is_done_previewed_refused_and_undone(office, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    names: dict[str, object] = {"__name__": "example"}
    exec(compile(code, str(PAGE), "exec", dont_inherit=True), names)  # noqa: S102 - our own page
    hold = names["Hold"]
    monkeypatch.setitem(catalog.ACTIONS, "hold", hold)
    monkeypatch.setattr(desk, "_UNDOABLE", desk._UNDOABLE | {"hold"})
    ids = [office.write(), office.write()]
    assert office.ana.do(hold(), ids, dry_run=True).summary == "hold 2 conversations"
    assert office.ana.do(hold(), ids).summary == "2 held"
    assert office.lena.do(hold(), ids).skipped == ((ids[0], "ana holds it"), (ids[1], "ana holds it"))
    assert office.ana.undoable() == "hold of 2 conversations"
    assert office.ana.undo().changed == tuple(ids)
    assert people.claims(office.store.read(), ids, office.now) == {}
