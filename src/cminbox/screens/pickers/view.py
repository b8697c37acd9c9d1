"""Choosing a view of the queue."""

from __future__ import annotations

from collections.abc import Iterator

from cminbox.screens.queue.state import QueueState
from cminbox.widgets.picker import Choice, Picker


class ViewPicker(Picker[int]):
    """Asks for a view, by its name or words of its query; gives its index."""

    def __init__(self, state: QueueState) -> None:
        super().__init__("Which view?", list(_choices(state)))


def _choices(state: QueueState) -> Iterator[Choice[int]]:
    for index, view in enumerate(state.config.views):
        count = state.counts.get(view.name)
        detail = "" if count is None else f"{count:,}"
        yield Choice(index, view.name, detail, view.query, view.query, marked=index == state.here)
