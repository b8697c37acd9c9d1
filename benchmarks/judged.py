"""How the queue orders messages that a person judged: `tests/unit/judgements/brand_200.tsv`.

Each judged message is imported as the newest of its conversation, by a person of its own, with what was written before
it; then the queue is listed by priority. None of the messages is part of the project (see `labelled.py`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from place import place

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests import judgements

_MARK = "judged-"
_WAITED = timedelta(minutes=10)
"""How long each judged message has waited: too short for the rules of waiting, and alike for all."""


class Placed(NamedTuple):
    """A judged message: its place in the queue, whether an answer is wanted, how urgent it is (3…0), and what we say
    of it."""

    place: int
    wanted: bool
    urgency: int
    intents: frozenset[str]
    priority: int
    needs: bool


def replayed(rows: Sequence[dict[str, Any]], judged: Sequence[judgements.Judged]) -> Iterator[dict[str, Any]]:
    """Each judged message with those before it, as lines to import, each conversation under an id of its own."""
    by_conversation: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_conversation.setdefault(row["conversation"], []).append(row)
    conversations = {row["id"]: row["conversation"] for row in rows}
    for one in judged:
        before: list[dict[str, Any]] = []
        for row in by_conversation[conversations[one.id]]:
            before.append(row)
            if row["id"] == one.id:
                break
        shift = datetime.now(UTC) - _WAITED - datetime.fromisoformat(before[-1]["created_at"])
        for row in before:
            author = (
                {**row["author"], "id": f"{row['author']['id']}-{one.id}"}
                if row["direction"] == "in"
                else row["author"]
            )
            yield {
                **row,
                "id": f"{one.id}-{row['id']}",
                "conversation": f"{_MARK}{one.id}",
                "author": author,
                "created_at": (datetime.fromisoformat(row["created_at"]) + shift).isoformat(),
            }


def others(rows: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every conversation up to the last message that a person wrote, which has waited as long as the judged ones."""
    by_conversation: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_conversation.setdefault(row["conversation"], []).append(row)
    for messages in by_conversation.values():
        theirs = [place for place, row in enumerate(messages) if row["direction"] == "in"]
        if theirs:
            kept = messages[: theirs[-1] + 1]
            shift = datetime.now(UTC) - _WAITED - datetime.fromisoformat(kept[-1]["created_at"])
            for row in kept:
                yield {**row, "created_at": (datetime.fromisoformat(row["created_at"]) + shift).isoformat()}


def placed(*, among_others: bool = False) -> tuple[list[Placed], int]:
    """The judged messages in the order of the queue, and how many conversations it has.

    Args:
        among_others: all conversations that they are from stand in the queue too.
    """
    rows = [json.loads(line) for line in judgements.BRANDS.read_text("utf-8").splitlines()]
    judged = {one.id: one for one in judgements.brand_messages()}
    lines = [*replayed(rows, list(judged.values())), *(others(rows) if among_others else ())]
    with place(0) as here:
        file = here.folder / "judged.jsonl"
        file.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
        here.run("import", str(file))
        _, told = here.run("list", "is:open OR is:pending OR is:closed", "--json", "--limit", str(len(lines)))
    found, queue = [], json.loads(told)
    for at, one in enumerate(queue):
        message = judged.get(one["conversation"].removeprefix(_MARK)) if one["conversation"].startswith(_MARK) else None
        if message is not None:
            said = one["priority"], one["needs_answer"]
            found.append(Placed(at, message.answer, message.urgency, message.intents, *said))
    return found, len(queue)
