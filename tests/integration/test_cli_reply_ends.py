"""`do arrived`, `do retry`, `do cancel`: replies are ended from a shell as in the queue."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from shell import cminbox, lines_of, write

from cminbox import config, paths
from cminbox.model import HOUR, Reply, now
from cminbox.store import Store, network_actions, replies, sources


@pytest.fixture
def reply(home: Path, tmp_path: Path) -> Callable[..., Reply]:
    """Makes a reply in the first of two conversations, as it would stand."""
    assert cminbox("import", str(write(tmp_path / "said.jsonl", lines_of(2)))).status == 0
    path = paths.find().store

    def make(status: str, tried: int = HOUR) -> Reply:
        with Store.open(path) as store:
            at = now() - tried

            def work(conn):
                source = sources.all(conn)[0]
                values = {
                    **{"conversation_id": 1, "source_id": source.id, "status": status, "member": me(), "key": "k"},
                    **{"text": "We look into it", "created_at": at, "updated_at": at, "sending_at": at},
                    **{"message_id": 1, "held_until": now() + HOUR, "try_ended_at": at},
                }
                return replies.get(conn, replies.insert(conn, values))

            return store.write(work)

    return make


def me() -> str:
    """The handle under which the tests' account acts."""
    return config.load(paths.find()).member().handle


def status() -> tuple[str, str]:
    """How the reply stands, and who said that it arrived."""
    with Store.open(paths.find().store) as store:
        (one,) = replies.of(store.read(), 1)
        return one.status, one.arrived_by


@pytest.mark.parametrize(
    ("before", "name", "after", "said"),
    [
        ("unknown", "arrived", "unknown", "1 reply said to be there"),
        ("unknown", "retry", "held", "1 reply to be sent again"),
        ("failed", "retry", "held", "1 reply to be sent again"),
        ("unknown", "cancel", "draft", "1 reply taken back"),
        ("held", "cancel", "draft", "1 reply taken back"),
    ],
)
def test_a_reply_is_ended_from_a_shell(reply, before, name, after, said):
    reply(before)
    tried = cminbox("do", name, "1", "--dry-run")
    assert (tried.status, tried.out) == (0, said.replace("1 reply ", "1 reply would be ") + "\n")
    assert status() == (before, "")
    done = cminbox("do", name, "1", "2")
    assert (done.status, done.out) == (3, said + "\n")
    assert done.line.startswith("conversation 2: no reply here is ")
    assert status() == (after, me() if name == "arrived" else "")
    again = cminbox("do", name, "1", "--json") if name != "arrived" else None
    assert again is None or again.status == 1


def test_what_may_still_be_accepted_is_left_alone(reply):
    reply("unknown", tried=1000)
    for name in ("retry", "cancel"):
        refused = cminbox("do", name, "--query", "is:failed")
        assert (refused.status, refused.out) == (0, "nothing changed\n")
        assert "may still accept it for" in refused.line
    assert status() == ("unknown", "")
    assert cminbox("do", "arrived", "--query", "is:failed", "--json").json()["changed"] == [1]


def test_no_such_conversation_or_argument(reply):
    assert cminbox("do", "retry", "99").line == "conversation 99: there is no such conversation"
    assert "which conversations?" in cminbox("do", "cancel").line
    assert "too much" in cminbox("do", "arrived", "soon", "1").line


@pytest.mark.parametrize(
    ("before", "name", "after", "said"),
    [
        ("unknown", "retry", "held", "1 verb to be sent again"),
        ("failed", "cancel", "cancelled", "1 verb taken back"),
        ("unknown", "arrived", "unknown", "1 verb said to be there"),
    ],
)
def test_a_verb_is_ended_from_a_shell_where_no_reply_is_to_be(reply, before, name, after, said):
    reply("sent")
    with Store.open(paths.find().store) as store:
        changes = "kind = 'action', verb = 'like', status = ?"
        store.write(lambda conn: conn.execute(f"UPDATE outgoing SET {changes}", (before,)))  # noqa: S608
    tried = cminbox("do", name, "1", "--dry-run")
    assert (tried.status, tried.out) == (0, said.replace("1 verb ", "1 verb would be ") + "\n")
    done = cminbox("do", name, "1")
    assert (done.status, done.out) == (0, said + "\n")
    with Store.open(paths.find().store) as store:
        (one,) = network_actions.of(store.read(), 1)
        assert (one.status, one.arrived_by) == (after, me() if name == "arrived" else "")
