"""Which conversation a post belongs to.

Under a post of ours it is the first post below that is not ours, with all that answers it; elsewhere the thread. What
stands between a post and the thread's first one is asked for in one call for many posts, and kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cminbox.errors import DataError
from cminbox.model import Instant, Message
from cminbox.sources.contract import Account
from cminbox.sources.items import one_item
from cminbox.sources.networks.bluesky import api
from cminbox.sources.networks.bluesky.post import View, author_of, hidden_replies, parse, place, time_of, uri_of

if TYPE_CHECKING:
    from cminbox.sources.http import Client

MOST_KEPT = 150
"""Posts whose conversation is remembered from poll to poll."""
DEEPEST = 40
"""Posts that are looked up above one; what is deeper counts as a thread of its own."""


@dataclass(slots=True)
class Threads:
    """The threads of one account, during one poll.

    Attributes:
        labelers: whose labels are asked for, as `api.answered` has it.
        above: what is known of posts: their conversation, or `""` for a post of ours with none of theirs above.
        found: posts that were met while threads were looked up, by address.
        hidden: what is hidden below posts of ours, as far as it was met.
    """

    client: Client
    account: Account
    labelers: str = ""
    above: dict[str, str] = field(default_factory=dict)
    found: dict[str, View] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)

    async def query(self, method: str, params: Sequence[tuple[str, str]], *, tries: int | None = None) -> Any:
        """As `api.query`, with the labels that are wanted."""
        return await api.query(self.client, self.account, method, params, labelers=self.labelers, tries=tries)

    async def posts(self, uris: Sequence[str]) -> list[dict[str, Any]]:
        """As `api.posts`, with the labels that are wanted."""
        return await api.posts(self.client, self.account, uris, labelers=self.labelers)

    async def messages(self, views: Sequence[View], skipped: list[DataError]) -> tuple[Message, ...]:
        """Posts as messages, the oldest first, each once, with posts of ours that were met above them.

        Raises:
            SourceError: what stands above them cannot be looked up now.
        """
        readable: list[View] = []
        present = self.client.clock()
        for view in views:
            with one_item(skipped):
                parse(view, self.account, fetched_at=present)  # what cannot be read must not cost a call
                readable.append(view)
        ours = await self._learn(readable)
        messages: dict[str, Message] = {}
        passed_over: list[DataError] = []  # these are context alone
        for each in ours:
            with one_item(passed_over):
                self._read(each, messages, present)
        for view in sorted(readable, key=lambda each: time_of(each) or 0):
            with one_item(skipped):
                self._read(view, messages, present)
        return tuple(messages.values())

    def newest(self) -> dict[str, str]:
        """The part of `above` that is worth keeping in a cursor."""
        return dict(list(self.above.items())[-MOST_KEPT:])

    def note_hidden(self, view: View) -> None:
        """Remember what is hidden below a post of ours."""
        if self._is_ours(uri_of(view)):
            self.hidden |= hidden_replies(view)

    def _read(self, view: View, messages: dict[str, Message], present: Instant) -> None:
        key = self._key(view)
        hidden = uri_of(view) in self.hidden
        message = parse(view, self.account, conversation=key, fetched_at=present, hidden=hidden)
        messages[message.id] = message._replace(created_at=min(message.created_at, present))

    async def _learn(self, views: Sequence[View]) -> list[View]:
        """Look up what stands above posts below posts of ours; returns what of it is ours."""
        self.found.update({uri_of(view): view for view in views})
        level: Sequence[View] = views
        ours: list[View] = []
        for _ in range(DEEPEST):
            wanted = [uri for view in level for uri in self._unknown(view)]
            if not wanted:
                break
            level = await self.posts(wanted)
            fresh = [view for view in level if uri_of(view) not in self.found]
            self.found.update({uri_of(view): view for view in fresh})
            ours += [view for view in fresh if author_of(view) == self.account.account_id]
            for view in level:
                self.note_hidden(view)
            level = fresh
        return ours

    def _unknown(self, view: View) -> list[str]:
        """What of a post's thread has to be asked for: the post above it, and the thread's first one."""
        parent, root = place(view)
        if not root or not self._is_ours(root):
            return []
        return [uri for uri in (parent, root) if uri not in self.above and uri not in self.found]

    def _key(self, view: View) -> str:
        """Works out a post's conversation, and keeps it for those below."""
        own = uri_of(view)
        _, root = place(view)
        if root and not self._is_ours(root):
            self._keep(own, root)
            return root
        line, seen, at = [view], {own}, place(view).parent
        while at and at not in self.above and at in self.found and at not in seen:
            seen.add(at)
            line.append(self.found[at])
            at = place(line[-1]).parent
        key = self.above[at] if at in self.above else "" if not at or self._is_ours(at) else at
        for each in reversed(line):
            if not key and author_of(each) != self.account.account_id:
                key = uri_of(each)
            self._keep(uri_of(each), key)
        return key or own

    def _keep(self, own: str, key: str) -> None:
        self.above.pop(own, None)
        self.above[own] = key

    def _is_ours(self, uri: str) -> bool:
        return bool(self.account.account_id) and api.owner(uri) == self.account.account_id
