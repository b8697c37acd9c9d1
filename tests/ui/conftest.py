"""What the pilots stand on; it has a name of its own, so that the snapshots can have it too."""

from idle import quick_pilots
from ui_world import make_store, patient, world

__all__ = ["make_store", "patient", "quick_pilots", "world"]
