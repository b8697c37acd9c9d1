"""The fields of the query language: one row each.

A field reads one column of `model.Conversation` or `model.Content`. The parser, the evaluation in memory, completion
and the documentation's check read this table. docs/dev/query.md says what else a new field needs.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from cminbox.model import KINDS, SIGNALS, STATUSES

Type = Literal["is", "name", "choice", "label", "signal", "person", "topic", "number", "elapsed", "until", "moment"]
"""What a field's values are.

- `is`: one of the states of `IS`.
- `name`: one name, compared without regard to the case of A–Z.
- `choice`: the same, out of the row's own `values`.
- `signal`: the same, of which a conversation may have several.
- `label`, `person`, `topic`: names with a way of their own to match.
- `number`: compared as it stands.
- `elapsed`: an instant, compared by how long ago it was.
- `until`: an instant, compared by how far ahead it is.
- `moment`: an instant, compared with days or by how long ago it was.
"""

COMPARED: frozenset[Type] = frozenset({"number", "elapsed", "until", "moment"})
"""The types that take `<`, `<=`, `>`, `>=`, `=` and `a..b`."""


class Field(NamedTuple):
    """One row.

    Attributes:
        name: as typed before the colon.
        type: what its values are.
        column: of a conversation; empty where the type knows its own.
        help: what it asks, for completion and the documentation.
        example: a query that uses it.
        values: the values that it takes, if they are fixed.
        low: the smallest number that makes sense.
        high: the largest.
    """

    name: str
    type: Type
    column: str
    help: str
    example: str
    values: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


IS: dict[str, str] = {
    "open": "somebody waits for us",
    "pending": "we answered, they have not",
    "snoozed": "hidden until a time, or until they reply",
    "closed": "resolved",
    "spam": "marked as spam",
    "unassigned": "nobody has it",
    "mine": "assigned to you",
    "overdue": "somebody waits and the due time has passed",
    "due": "somebody waits and the due time comes within an hour, or has passed",
    "vip": "the author is a VIP",
    "crisis": "in a crisis that runs",
    "question": "they ask something",
    "reply": "the newest inbound message answers another",
    "edited": "a message was edited",
    "held": "the network holds a message for our approval",
    "hidden": "a message is hidden on the network",
    "deleted": "a message was deleted on the network, and others are left",
    "ad": "it stands under an advertisement",
    "heard": "a listening source brought it, and nobody lifted it",
    "awaiting": "a reply awaits another member's approval",
    "rejected": "a reply was given back to its writer, who has not looked at it since",
    "colleague": "a colleague was asked, and has not answered yet",
    "failed": "a reply or a verb failed, or nobody knows whether it arrived",
    "needs-answer": "somebody waits who needs an answer",
    "answered": "we answered, and nobody waits who needs an answer",
    "promised": "somebody was promised something, and it is neither kept nor broken",
    "back": "it comes back, or came back, because they do not answer",
    "watched": "you watch it",
}
"""What `is:` takes, and what it means."""

FIELDS: tuple[Field, ...] = (
    Field("is", "is", "", "a state, from the list below", "is:open", tuple(IS)),
    Field("network", "name", "network", "the network", "network:mastodon"),
    Field("source", "name", "source", "the source's name", "source:shop-main"),
    Field("kind", "choice", "kind", "what the newest inbound message is", "kind:dm", tuple(KINDS)),
    Field("from", "person", "handle", "who wrote: `@handle`, or words of the name", "from:@ana"),
    Field("role", "name", "role", "the author's role", "role:journalist"),
    Field("assignee", "name", "assignee", "the member who has it; `me` is you", "assignee:ana"),
    Field("team", "name", "team", "the team that has it; `mine` is any of yours", "team:care"),
    Field("label", "label", "labels", "it carries this label", "label:billing"),
    Field("topic", "topic", "", "it matches the topic of this name", "topic:shipping"),
    Field(
        "signal",
        "signal",
        "signals",
        "what who waits does and wants, from the list below",
        "signal:refund",
        tuple(sorted(SIGNALS)),
    ),
    Field("lang", "name", "lang", "the language's code; `unknown` where none was recognised", "lang:hi"),
    Field(
        "crisis",
        "name",
        "crises",
        "in the crisis of this name, or of this number as in `crisis:#3`, also when it has ended",
        'crisis:"late parcels"',
    ),
    Field(
        "sentiment",
        "number",
        "sentiment",
        "how it sounds, from -1 to 1; `unknown` where the language cannot be read",
        "sentiment:<-0.5",
        ("unknown",),
        low=-1,
        high=1,
    ),
    Field("priority", "number", "priority", "the priority, from 0 to 100", "priority:>=80", low=0, high=100),
    Field("followers", "number", "followers", "the author's followers", "followers:>10k", low=0),
    Field("stars", "number", "stars", "the stars of the newest review, from 1 to 5", "stars:<=2", low=1, high=5),
    Field("age", "elapsed", "newest_at", "time since the newest message", "age:>14d"),
    Field("waiting", "elapsed", "waiting_since", "how long somebody has waited for us", "waiting:>2h"),
    Field("due", "until", "due_at", "time left until it is due; less than nothing once overdue", "due:<30m"),
    Field(
        "promise", "until", "promise_at", "time left until a promise is due; less than nothing once late", "promise:<2h"
    ),
    Field(
        "promised",
        "name",
        "promise_owner",
        "the member whose it is to keep the promise that is due first; `me` is you",
        "promised:ana",
    ),
    Field("back", "until", "back_at", "time left until it comes back if they do not answer", "back:<1d"),
    Field("created", "moment", "created_at", "when it began: a day, or how long ago", "created:>2026-05-01"),
    Field("replied", "moment", "outbound_at", "when we last wrote: a day, or how long ago", "replied:<2d"),
)

STATUS_VALUES: frozenset[str] = frozenset(STATUSES)
"""The values of `is:` that are a status."""


def find(name: str) -> Field | None:
    """The field of that name, in any case."""
    wanted = name.lower()
    return next((field for field in FIELDS if field.name == wanted), None)
