"""Snapshots stand on the same world as the pilots."""

from __future__ import annotations

import importlib.util
from pathlib import Path

_SPEC = importlib.util.spec_from_file_location("ui_world", Path(__file__).parents[1] / "ui" / "conftest.py")
assert _SPEC is not None
assert _SPEC.loader is not None
_WORLD = importlib.util.module_from_spec(_SPEC)
# Its dataclasses look themselves up by their module's name.
__import__("sys").modules["ui_world"] = _WORLD
_SPEC.loader.exec_module(_WORLD)

make_store = _WORLD.make_store
world = _WORLD.world
patient = _WORLD.patient
