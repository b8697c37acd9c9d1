"""The engine: what happens by itself. It polls, scores, sends, wakes and warns, and has no screen.

    engine = Engine(store, config)
    await engine.run()

Nothing heavy is imported until an engine is made.
"""

from __future__ import annotations

from cminbox.engine.start import ensure_running

__all__ = ["ensure_running"]
