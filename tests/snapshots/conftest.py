"""Snapshots stand on the same world as the pilots."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "ui"))
_world = importlib.import_module("ui_world")

make_store = _world.make_store
world = _world.world
patient = _world.patient
quick_pilots = importlib.import_module("idle").quick_pilots
