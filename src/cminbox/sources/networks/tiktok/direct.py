"""TikTok's private messages: conversations where something is new, and the 20 newest messages of each.

Streams: `conversations refused` (since when they may not be read) and `direct CONVERSATION`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from json import dumps
from typing import Any

from cminbox.errors import DataError, Refused, Retryable
from cminbox.model import Message
from cminbox.sources.contract import Outgoing, Page, Sent, Unsure
from cminbox.sources.items import one_item
from cminbox.sources.json_values import dig, identifier
from cminbox.sources.look_up import candidate, chosen, earliest
from cminbox.sources.networks.tiktok.api import Api
from cminbox.sources.networks.tiktok.parse import Item, Talk, parse, written
from cminbox.sources.paging import load_cursor

KINDS = ("STRANGER", "SINGLE")
"""Those that we never answered, and those that we did."""
CONVERSATIONS_PAGE = 100
MOST_PAGES = 10
MOST_MESSAGES = 20
MOST_SEEN = 60
DIRECT = "direct "
_MISSED = f"{MOST_MESSAGES} messages or more came at once from one person; the network gives the newest {MOST_MESSAGES}"


@dataclass(frozen=True, slots=True)
class Direct:
    """The private messages of an account.

    Args:
        floor: what is older is passed over by a first reading.
    """

    api: Api
    floor: int = 0

    async def pages(self, cursors: Mapping[str, str]) -> AsyncIterator[Page]:
        """What is new in the conversations where something is."""
        for kind in KINDS:
            at = ""
            for _ in range(MOST_PAGES):
                params = {"conversation_type": kind, "limit": CONVERSATIONS_PAGE}
                found = await self.api.listed("message/conversation/list/", "conversations", params, at)
                for item in found.items:
                    if (page := await self._changed(item, cursors)) is not None:
                        yield page
                if not found.next or found.next == at:
                    break
                at = found.next

    async def _changed(self, item: Item, cursors: Mapping[str, str]) -> Page | None:
        """What is new in a conversation; None where it did not change, or was over before the first reading began."""
        own, changed = identifier(item.get("conversation_id")), identifier(item.get("update_time"))
        stream = f"{DIRECT}{own}"
        kept = load_cursor(cursors.get(stream, ""))
        kept = kept if kept.get("of") == self.api.business else {}
        if not own or (changed and kept.get("at") == changed):
            return None
        if not kept and (written(item, "update_time") or self.floor) < self.floor:
            return None
        try:
            return await self._one(own, changed, stream, kept)
        except Refused as error:
            # Some people's messages are shown to nobody: that keeps no other back, and is asked once it changes.
            cursor = {**kept, "of": self.api.business, "at": changed}
            return Page((), stream, dumps(cursor), notes=(f"a conversation could not be read: {error.message}",))

    async def _one(self, own: str, changed: str, stream: str, kept: Mapping[str, Any]) -> Page:
        messages, skipped, ids = await self._read(own)
        before = kept.get("seen")
        seen = [str(each) for each in before] if isinstance(before, list) else []
        known = set(seen)
        floor = self.floor if before is None else 0
        fresh = [each for each in messages if each.id not in known and each.created_at >= floor]
        new = [each for each in ids if each not in known]
        # A message that cannot be read is told of once.
        told = tuple(skipped) if new else ()
        missed = bool(seen) and len(new) == len(ids) >= MOST_MESSAGES
        cursor = {"of": self.api.business, "at": changed, "seen": [*seen, *new][-MOST_SEEN:]}
        return Page(tuple(fresh), stream, dumps(cursor), skipped=told, notes=(_MISSED,) if missed else ())

    async def _read(self, conversation: str) -> tuple[list[Message], list[DataError], list[str]]:
        """A conversation's newest messages, what cannot be read of them, and the ids of all."""
        data = await self.api.get("message/content/list/", {"conversation_id": conversation})
        items = data.get("messages")
        if items is not None and not isinstance(items, list):
            raise Retryable("TikTok answered with no list")
        people = data.get("participants")
        known: dict[str, Item] = {
            identifier(each.get("id")): each
            for each in (people if isinstance(people, list) else [])
            if isinstance(each, dict)
        }
        messages, skipped = list[Message](), list[DataError]()
        ids = [identifier(dig(each, "message_id")) or repr(each)[:200] for each in items or []]
        talk, present = Talk(conversation, known, self.api.business), self.api.client.clock()
        for each in items or []:
            with one_item(skipped):
                messages.append(parse(each, self.api.account, talk=talk, fetched_at=present))
        return messages, skipped, ids

    async def send(self, outgoing: Outgoing) -> Sent:
        """Writes into a conversation, once."""
        body = {
            "recipient_type": "CONVERSATION",
            "recipient": outgoing.conversation,
            "message_type": "TEXT",
            "text": {"body": outgoing.text},
        }
        data = await self.api.post("message/send/", body)
        own = identifier(dig(data, "message", "message_id")) or identifier(data.get("message_id"))
        if not own:
            raise Retryable("TikTok took the message but did not say what it became", maybe_done=True)
        return Sent(own, "", self.api.client.clock(), outgoing.conversation)

    async def find(self, outgoing: Outgoing) -> Sent | Unsure | None:
        """Looks for a message among the newest of its conversation.

        Raises:
            SourceError: nothing can be said now, as where not even the conversation is given.
        """
        messages, skipped, ids = await self._read(outgoing.conversation)
        if not ids:
            raise Retryable("TikTok does not show the conversation")
        since = earliest(outgoing.sent_before, self.api.client.skew(self.api.base))
        found = chosen([one for each in messages if (one := candidate(each)) is not None], outgoing, since)
        if found is None and skipped:
            raise Retryable("some messages of the conversation cannot be read")
        if found is None and len(ids) >= MOST_MESSAGES and min(each.created_at for each in messages) >= since:
            raise Refused("TikTok shows the newest messages alone, and there are more since", hint="look in TikTok")
        return found
