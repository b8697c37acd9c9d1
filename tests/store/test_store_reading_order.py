"""The order in which a thread is read: by time, and of one second what is answered before its answers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cminbox.model import StoredAuthor, StoredMessage
from cminbox.store.messages import parents_first

US = StoredAuthor(1, "a", "a", "A")


def message(number: int, at: int, parent: int | None) -> StoredMessage:
    return StoredMessage(
        id=number,
        source_id=1,
        remote_id=f"m{number}",
        conversation_id=1,
        author=US,
        kind="reply",
        direction="in",
        text="",
        created_at=at,
        fetched_at=at,
        parent=None if parent is None else f"m{parent}",
    )


@st.composite
def threads(draw: st.DrawFn) -> list[StoredMessage]:
    """Messages oldest first, as the store gives them; each may answer any other, itself too."""
    count = draw(st.integers(0, 8))
    made = [
        message(number, draw(st.integers(0, 3)) * 500, draw(st.none() | st.integers(0, count)))
        for number in range(count)
    ]
    return sorted(made, key=lambda one: (one.created_at, one.id))


@given(threads())
def test_answers_of_one_second_stand_behind_what_they_answer(found: list[StoredMessage]) -> None:
    read = parents_first(found)
    assert sorted(read) == sorted(found)
    assert [one.created_at // 1000 for one in read] == [one.created_at // 1000 for one in found]
    parents = {one.remote_id: one for one in found}
    place = {one.remote_id: number for number, one in enumerate(read)}
    for one in read:
        above = parents.get(one.parent or "")
        if above is None or above.created_at // 1000 != one.created_at // 1000:
            continue
        ring, at = {one.remote_id}, above
        while at.remote_id not in ring and at.parent in parents:
            ring.add(at.remote_id)
            at = parents[at.parent or ""]
        if at.remote_id not in ring:
            assert place[above.remote_id] < place[one.remote_id]


@given(threads())
def test_where_nothing_stands_before_its_parent_nothing_is_moved(found: list[StoredMessage]) -> None:
    alone = [one._replace(parent=None) for one in found]
    assert parents_first(alone) is alone
