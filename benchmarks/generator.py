"""Any number of messages for measuring, as JSON Lines: always the same ones for the same number and end.

    python benchmarks/generator.py 10000 messages.jsonl

Real conversations are multiplied where a file of them is beside the checkout, else conversations of our own invention.
Each copy has ids and people of its own, and a time of its own: all copies together fill the 90 days before the end,
nearly in order, as a network would have brought them; what comes on top fills the hour behind that end. A message's id
is above those of older copies, as nearly all networks number upwards; people's ids and handles are in no order.
"""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HOUR = 3600
SPAN = 90 * 86_400
END = datetime(2024, 11, 1, tzinfo=UTC).timestamp()
"""Where nobody asks for another end: in the past of every clock, since what is in the future is not taken in."""
INVENTED = 5_000


def recent_end(now: float) -> float:
    """An end for measuring at a time: newest messages wait for two hours at most, and what comes on top is over too."""
    return now // HOUR * HOUR - HOUR


_OPENINGS = (
    "Hi @brand,", "@brand hello?", "Third time I write to you, @brand:", "Dear team,", "Hola @brand,", "@brand नमस्ते,",
    "Bonjour @brand,", "Hallo @brand,", "Just saying, @brand:", "ugh @brand",
)  # fmt: skip
_MATTERS = (
    "my parcel did not arrive and nobody answers", "where can I see the status of my refund?",
    "the new tin does not close, half of the tea was on the carpet", "love the spring blend, thank you so much!",
    "do you ship to Canada, and how much is it for 500 g?", "I was charged twice for one order",
    "mi pedido llegó roto y nadie contesta", "मेरा पैसा वापस करो, ऑर्डर अब तक नहीं आया",
    "ma commande est arrivée en retard, encore une fois", "wann kommt die Lieferung endlich an?",
    "your app crashes whenever I open the basket", "is it just me or did the packaging change?",
)  # fmt: skip
_ENDINGS = ("", " 😡", " Order {order}.", " I want my money back NOW!!!", " Thanks.", " #fail", " 🙏", " {link}")
_ANSWERS = (
    "We are sorry! Please send us your order number in private.", "Thank you for telling us, we are looking into it.",
    "Lo sentimos mucho. ¿Nos mandas tu número de pedido?", "It is on its way and should be there tomorrow.",
)  # fmt: skip
_BACK = ("ok thanks", "I already did that twice.", "That is no answer.", "Perfect, thank you!", "still nothing…")


@dataclass(frozen=True)
class Base:
    """What is multiplied.

    Attributes:
        name: where it is from, for the output.
        rows: messages, a conversation's own ones in the order of their times.
        begins: when each conversation begins, in seconds.
        ranks: where each conversation stands among all, from 0 to 1.
    """

    name: str
    rows: Sequence[dict[str, Any]]
    begins: dict[str, float]
    ranks: dict[str, float]


def base(shared: Path | None = None) -> Base:
    """The real conversations, or the invented ones where there are none.

    Args:
        shared: the folder with `data/brand_conversations.jsonl`; by default `CMINBOX_SHARED`, or beside the checkout.
    """
    folder = shared or Path(os.environ.get("CMINBOX_SHARED") or Path(__file__).parents[2] / "shared")
    file = folder / "data" / "brand_conversations.jsonl"
    if file.is_file():
        rows = [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]
        name = file.name
    else:
        rows, name = list(_invented()), "invented"
    begins: dict[str, float] = {}
    for row in rows:
        row["at"] = datetime.fromisoformat(row["created_at"]).timestamp()
        key = row.setdefault("conversation", row["id"])
        begins[key] = min(begins.get(key, row["at"]), row["at"])
    ordered = sorted(begins, key=lambda key: (begins[key], key))
    ranks = {key: place / len(ordered) for place, key in enumerate(ordered)}
    rows.sort(key=lambda row: (ranks[row["conversation"]], row["at"]))
    return Base(name, rows, begins, ranks)


def _invented() -> Iterator[dict[str, Any]]:
    chance, number, conversation = random.Random(1), 0, 0
    while number < INVENTED:
        conversation += 1
        at = END - SPAN + conversation * 60
        person = {"id": f"p{conversation}", "handle": f"person{conversation}", "followers": chance.randrange(40_000)}
        brand = {"id": "brand", "handle": "brand"}
        parent = None
        for turn in range(chance.choice((1, 1, 2, 3, 4, 6))):
            number += 1
            ours = turn % 2 == 1
            if ours:
                text = chance.choice(_ANSWERS)
            elif turn:
                text = chance.choice(_BACK)
            else:
                ending = chance.choice(_ENDINGS).format(order=conversation, link=f"https://shop.example/{conversation}")
                text = f"{chance.choice(_OPENINGS)} {chance.choice(_MATTERS)}{ending}"
            at += chance.randrange(60, 20_000) if turn else 0
            yield {
                "network": "x",
                "source": f"brand{conversation % 40}",
                "id": f"m{number}",
                "conversation": f"c{conversation}",
                **({"parent": parent} if parent else {}),
                "kind": "reply" if parent else "mention",
                "direction": "out" if ours else "in",
                "author": brand if ours else person,
                "text": text,
                "created_at": datetime.fromtimestamp(at, UTC).isoformat(),
            }
            parent = f"m{number}"


def messages(count: int, *, end: float = END, start: int = 0, made: Base | None = None) -> Iterator[dict[str, Any]]:
    """The messages from number `start` on.

    Args:
        count: how many.
        end: when the newest of them were written, in seconds.
        start: how many to leave out, so that a later call gives others. They were written in the hour after `end`.
        made: what to multiply; found by itself when it is None.
    """
    source = made or base()
    size = len(source.rows)
    first, last = (end, end + HOUR) if start else (end - SPAN, end)
    oldest = start // size
    step = (last - first) / max(1, -(-(start + count) // size) - oldest)
    for number in range(start, start + count):
        row, copy = source.rows[number % size], number // size
        key = row["conversation"]
        begun = first + (copy - oldest + source.ranks[key]) * step
        at = min(begun + row["at"] - source.begins[key], last)
        author = dict(row["author"])
        if row.get("direction") != "out":
            author = {**author, "id": f"{author['id']}.{copy}", "handle": f"{author.get('handle', '')}_{copy}"}
        made_row = {
            **{name: row[name] for name in ("network", "source", "kind", "direction", "text") if name in row},
            "id": f"{copy:06}.{row['id']}",
            "conversation": f"{copy:06}.{key}",
            "author": author,
            "created_at": datetime.fromtimestamp(round(at), UTC).isoformat(),
        }
        if row.get("parent"):
            made_row["parent"] = f"{copy:06}.{row['parent']}"
        yield made_row


def write(path: Path, count: int, *, end: float = END, start: int = 0, made: Base | None = None) -> int:
    """Write messages into a file; returns how many bytes their texts alone have."""
    size = 0
    with path.open("w", encoding="utf-8") as file:
        for message in messages(count, end=end, start=start, made=made):
            size += len(message["text"].encode())
            file.write(json.dumps(message, ensure_ascii=False) + "\n")
    return size


if __name__ == "__main__":
    write(Path(sys.argv[2]), int(sys.argv[1]))
