"""A handover as one page of Markdown, for people who were not there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import tzinfo

from cminbox.handover.words import LEVELS, clock, done_words
from cminbox.model import Instant
from cminbox.store.handovers import Handover, Item, Words
from cminbox.text import clean, one_line
from cminbox.when import full_time

_MEANS = re.compile(r"([\\`*_{}\[\]<>#|~])")
LEFT = 20
"""So much of what left the list is told; the rest is counted."""
_ASKED = (("worries", "Worries"), ("promised", "Promised outside"), ("must_not", "Do not"))


def literal(text: str) -> str:
    """A text on one line that means nothing to Markdown, and calls nobody: an @ of a stranger names no group."""
    found = _MEANS.sub(r"\\\1", one_line(clean(text)))
    return re.sub(r"@(?=(?:all|channel|everyone|here|room)\b)", "@\u200b", found, flags=re.IGNORECASE)


def as_markdown(
    one: Handover,
    stands: Sequence[Item],
    left: Sequence[Item],
    zone: tzinfo,
    *,
    before: Handover | None = None,
    now: Instant | None = None,
    coming: str = "",
) -> str:
    """A handover as it was signed, and what became of it.

    Args:
        before: the one before, whose words may still hold.
        now: for one that is not signed yet: when it was made.
        coming: who comes and who leaves, as the calendar of shifts has it.
    """
    at = one.signed_at
    to = one.taken_by or one.next or "the next one"
    lines = [f"# Handover {clock(at, at, zone)}, {literal(one.leaving)} → {literal(to)}", ""]
    lines += [_state(one, zone, now), ""]
    burning = sum(item.level == "burning" for item in stands)
    done = done_words(_numbers(one)) or "nothing came, and nothing was done"
    lines += [
        f"The shift since {full_time(one.since, zone)}: {done}."
        f" {len(stands)} matters stand, {burning} of them burning.",
        "",
    ]
    lines += [f"Next: {literal(coming)}.", ""] if coming else []
    lines += [*_words(one.words, one.leaving), *_of_before(before, at, zone), ""]
    if not stands:
        lines += ["Nothing stands.", ""]
    for level in LEVELS:
        found = [item for item in stands if item.level == level]
        if found:
            lines += [f"## {level.capitalize()}", "", *(part for item in found for part in _item(item, at, zone)), ""]
    untouched = [item for item in stands if item.untouched]
    if untouched:
        lines += ["## Left untouched by two shifts or more", ""]
        lines += [f"- {literal(item.line)} ({item.stood + 1} shifts)" for item in untouched]
        lines.append("")
    if left:
        lines += [f"## Left the list since then: {len(left)}", ""]
        lines += [f"- {literal(item.how)}: {literal(item.line)}" for item in left[:LEFT]]
        lines += [f"- and {len(left) - LEFT:,} more"] if len(left) > LEFT else []
        lines.append("")
    lines.append(_how_to_go_on(one))
    return "\n".join(lines).rstrip("\n") + "\n"


def _how_to_go_on(one: Handover) -> str:
    """How a reader gets further: to one conversation, and to having it."""
    show = "`cminbox show NUMBER` shows a conversation by its number (#)."
    if one.status != "signed" or not one.id:
        return show
    return f"{show} To take it over: `H`, then `y`; or `cminbox handover show {one.id}`."


def _numbers(one: Handover) -> dict[str, int]:
    return {name: count for name, count in one.figures.items() if isinstance(count, int)}


def _state(one: Handover, zone: tzinfo, now: Instant | None) -> str:
    """Where it stands, in a sentence."""
    if now is not None:
        return f"So far, {full_time(now, zone)}; not signed yet."
    said = f"Signed by {literal(one.leaving)} on {full_time(one.signed_at, zone)}"
    if one.status == "taken" and one.taken_at is not None:
        back = f" They read back: “{literal(one.read_back)}”" if one.read_back else ""
        return f"{said}; taken by {literal(one.taken_by)} at {clock(one.taken_at, one.signed_at, zone)}.{back}"
    if one.status == "withdrawn":
        return f"{said}, and withdrawn."
    until = clock(one.take_by, one.signed_at, zone)
    if one.returned_at is not None:
        return f"{said}. Nobody took it by {until}: what {literal(one.leaving)} had went back to the queue."
    who = literal(one.next) if one.next else "Nobody"
    return f"{said}. {who} has {'yet to take it' if one.next else 'taken it yet'}; until {until} all stays with them."


def _words(words: Words, leaving: str) -> list[str]:
    lines = [
        f"- **{title}** ({literal(leaving)}): {literal(getattr(words, name))}"
        for name, title in _ASKED
        if getattr(words, name).strip()
    ]
    return lines or [f"- {literal(leaving)} added no words"]


def _of_before(before: Handover | None, at: Instant, zone: tzinfo) -> list[str]:
    """What the handover before said of things outside of the tool: nobody else remembers it."""
    if before is None:
        return []
    said = [("promised outside", before.promised), ("do not", before.must_not)]
    words = "; ".join(f"{name}: {literal(text)}" for name, text in said if text.strip())
    who = f"handover {before.id}, {literal(before.leaving)}, {clock(before.signed_at, at, zone)}"
    return [f"- **The one before** ({who}): {words}"] if words else []


def _item(item: Item, at: Instant, zone: tzinfo) -> list[str]:
    box = "x" if item.ticked_at is not None else " "
    number = f"#{item.conversation_id}" if item.conversation_id is not None else ""
    where = ", ".join(filter(None, (literal(item.about), number)))
    lines = [f"- [{box}] {literal(item.line)}{f' ({where})' if where else ''}"]
    nobody = "owner: nobody" if item.level != "steady" and item.kind != "source" else ""
    owner = f"owner: {literal(item.owner)}" if item.owner else nobody
    promised = ""
    if item.promised:
        by = f" by {clock(item.by_at, at, zone)}" if item.by_at is not None else ""
        promised = f"promised: {literal(item.promised)}, to {literal(item.promised_to)}{by}"
    stood = f"{item.stood + 1} shifts{', untouched' if item.untouched else ''}" if item.stood else ""
    if facts := " · ".join(filter(None, (owner, promised, stood))):
        lines.append(f"  {facts}")
    if item.if_then:
        lines.append(f"  *{literal(item.if_then)}*")
    if item.note:
        lines.append(f"  last: {literal(item.note)}")
    return lines
