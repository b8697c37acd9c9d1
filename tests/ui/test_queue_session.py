"""Where a member is, kept and taken up again, without a screen."""

from __future__ import annotations

import time

import pytest
from queue_parts import Parts
from ui_world import World

from cminbox.model import HOUR, MINUTE
from cminbox.screens.queue import session, session_file
from cminbox.screens.queue.session import Restored
from cminbox.store import events


def begun(world: World) -> tuple[Parts, Restored]:
    """A session that goes on where the one before ended, with its first page."""
    parts = Parts(world)
    restored = parts.session.restore()
    parts.opener.open(keep=restored.row)
    parts.session.begin()
    return parts, restored


async def left(world: World) -> Parts:
    """A session in the view of all, on its third row, with two marks, which has ended."""
    parts, restored = begun(world)
    assert restored == Restored()
    parts.state.go(4)
    parts.state.sort = "waiting"
    parts.opener.open()
    parts.rows.set_marks([row.id for row in parts.rows.rows[:2]])
    parts.rows.open(parts.state.source, parts.rows.rows[2])
    parts.commands.append("sort waiting")
    parts.queries.append("lang:en")
    await parts.beside.done()
    parts.session.close()
    return parts


async def test_it_goes_on_where_it_ended(world: World) -> None:
    before = await left(world)
    parts, restored = begun(world)
    await parts.beside.done()
    assert restored == Restored(True, before.rows.row, before.rows.line)
    assert (parts.state.view.name, parts.state.order, parts.here) == ("All", "waiting", before.here)
    assert (parts.commands, parts.queries) == (["sort waiting"], ["lang:en"])
    assert parts.rows.marks == before.rows.marks


async def test_after_a_night_the_view_is_kept_but_neither_cursor_nor_marks(world: World) -> None:
    await left(world)
    world.now += 13 * HOUR
    parts, restored = begun(world)
    await parts.beside.done()
    assert restored == Restored(known=True)
    assert parts.state.view.name == "All"
    assert not parts.rows.marks


async def test_marks_that_did_not_come_back_yet_are_not_lost(world: World) -> None:
    before = await left(world)
    parts = Parts(world)
    parts.opener.open(keep=parts.session.restore().row)
    parts.session.close()
    parts, _ = begun(world)
    await parts.beside.done()
    assert parts.rows.marks == before.rows.marks


async def test_a_file_that_is_not_ours_is_left_alone_and_the_log_says_so(world: World) -> None:
    await left(world)
    (path,) = (path for path in world.config.paths.state.glob("queue-*") if "marks" not in path.name)
    path.write_text("[]")
    _, restored = begun(world)
    assert restored == Restored()
    assert "not taken up: it is not of this program" in world.config.paths.log.read_text("utf-8")


async def test_nothing_that_was_typed_before_somebody_was_forgotten_is_written_again(world: World) -> None:
    parts, _ = begun(world)
    parts.commands.append("note Zafirah may sue")
    parts.queries.append("zafirah")
    parts.state.search = "zafirah"
    world.now += HOUR
    world.store.write(lambda conn: events.add(conn, world.now, "member:ana", "forget", count=0))
    world.now += 2 * MINUTE
    parts.key_times.key_at -= session.REST_SECONDS
    parts.session.save_at_rest()
    world.now += 2 * MINUTE
    parts.commands.append("duty")
    parts.key_times.key_at -= 1.0
    parts.session.save_at_rest()
    parts.session.close()
    (path,) = (path for path in world.config.paths.state.glob("queue-*") if "marks" not in path.name)
    assert "afirah" not in path.read_text("utf-8")
    again, _ = begun(world)
    assert (again.commands, again.queries, again.state.search) == (["duty"], [], "")


async def test_what_was_kept_before_somebody_was_forgotten_is_kept_no_longer(world: World) -> None:
    await left(world)
    world.now += HOUR
    world.store.write(lambda conn: events.add(conn, world.now, "member:ana", "forget", count=0))
    world.now += HOUR
    parts, _ = begun(world)
    parts.session.close()
    again, _ = begun(world)
    assert (again.commands, again.queries, again.state.view.name) == ([], [], "All")


async def test_it_is_kept_once_after_each_pause_of_the_keys(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[tuple[int, str]] = []
    monkeypatch.setattr(
        session_file, "write_place", lambda path, store_id, place: written.append((place.cursor, place.search))
    )
    parts, _ = begun(world)
    here = parts.session.place().cursor
    parts.session.save_at_rest()
    parts.key_times.key_at = time.monotonic()
    parts.session.save_at_rest()
    parts.key_times.key_at -= session.REST_SECONDS
    parts.session.save_at_rest()
    parts.session.save_at_rest()
    parts.key_times.key_at -= 1.0
    parts.session.save_at_rest()
    parts.state.search = "refund"
    # What rest did not come to is written at the end, behind what is being written.
    parts.session.close()
    assert written == [(here, ""), (here, "refund")]
