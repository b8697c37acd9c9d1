"""The one line that a list shows of a conversation: the text that waits, without what says nothing there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from unicodedata import east_asian_width

from cminbox import handles
from cminbox.model import StoredMessage
from cminbox.text import one_line

PREVIEW = 240
"""Characters of text that the queue keeps in a conversation's row."""
LONG_NAME = 15
"""A name of more characters would fill a narrow line; it is folded though it is the only one."""
LITTLE = 13
"""A text of fewer letters says little by itself: «Same here.», «Any news?»."""
_MENTION = re.compile(r"@([^\s,:;@]+)(?:@([^\s,:;@]+))?(?:[\s,:;]+|$)")
_NO_WORDS = re.compile(r"https?://\S+|@[^\s,:;@]+(?:@[^\s,:;@]+)?")


def preview(text: str, handle: str) -> str:
    """A text as one line, its leading mentions folded.

    Ours says nothing there and goes; of another one stays its short name, of several how many: `@+3 where is it?`.

    Args:
        handle: our own handle on the source; empty: not known.
    """
    line = one_line(text)
    named: list[str] = []
    ours, at = False, 0
    while found := _MENTION.match(line, at):
        at = found.end()
        if handle and _is_ours(found, handle):
            ours = True
        elif found[0].rstrip(" ,:;").casefold() not in map(str.casefold, named):
            named.append(found[0].rstrip(" ,:;"))
    rest = line[at:]
    if not named:
        return (rest or line)[:PREVIEW]
    if len(named) > 1:
        return f"@+{len(named)} {rest}".rstrip()[:PREVIEW]
    short = f"@{named[0][1:].partition('@')[0]}"
    if rest and len(short) > LONG_NAME:
        return f"@+1 {rest}"[:PREVIEW]
    return (f"{short} {rest}".rstrip() if ours or short != named[0] else line)[:PREVIEW]


def _is_ours(mention: re.Match[str], handle: str) -> bool:
    local, _, server = handle.casefold().partition("@")
    same_server = not server or mention[2] is None or mention[2].casefold() == server
    return mention[1].casefold() == local and same_server


def preview_of(waiting: Sequence[StoredMessage], handle: str, network: str = "") -> str:
    """What a list shows of the messages that wait: the newest one; where it says little, one that says more as well.

    Of the same author the telling one comes first: `Where is my parcel? · Hello??`. Of another one it is told whose it
    is: `Same here. ← @ana: Where is my parcel?`.

    Args:
        waiting: oldest first; not empty.
        handle: our own handle on the source.
        network: the network, which has its own way to write handles.
    """
    newest = waiting[-1]
    last = preview(newest.searched, handle)
    if len(waiting) == 1 or (weight := letters(newest.searched)) >= LITTLE:
        return last
    earlier = [message for message in reversed(waiting[:-1]) if message.searched.strip()]
    more = next((message for message in earlier if letters(message.searched) >= LITTLE), None)
    if more is None:
        more = max(earlier, key=lambda message: letters(message.searched), default=None)
        if more is None or letters(more.searched) < 2 * max(weight, 1):
            return last
    said = preview(more.searched, handle)
    if more.author.remote_id == newest.author.remote_id or not (more.author.handle or more.author.name):
        return f"{said[: max(PREVIEW - len(last) - 3, PREVIEW // 2)]} · {last}"[:PREVIEW]
    who = handles.called(network, more.author.handle.partition("@")[0], more.author.name)
    # Whom it is said to would fill a narrow line before anything is told.
    return f"{_without_mentions(newest.searched) or last} ← {who}: {said}"[:PREVIEW]


def _without_mentions(text: str) -> str:
    line, at = one_line(text), 0
    while found := _MENTION.match(line, at):
        at = found.end()
    return line[at:]


def letters(text: str) -> int:
    """Letters and digits of a text without its mentions and links; those of scripts that write a word in one or two
    count twice."""
    plain = _NO_WORDS.sub(" ", text)
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in plain if char.isalnum())
