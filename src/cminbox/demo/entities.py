"""The JSON that Mastodon's API gives for accounts, statuses, notifications, conversations and the instance.

Shapes after docs.joinmastodon.org/entities and the answers of a 4.5 server.
"""

from __future__ import annotations

from datetime import UTC, datetime

from cminbox.demo.markup import hashtags, to_html
from cminbox.demo.world import Account, Notification, Status, World
from cminbox.model import Instant

Json = dict[str, object]

MAX_CHARACTERS = 500
URL_CHARACTERS = 23
VERSION = "4.5.0"


def iso(when: Instant) -> str:
    """A time as Mastodon writes it: UTC with milliseconds and `Z`."""
    return datetime.fromtimestamp(when / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Entities:
    """Makes JSON of what is in the world.

    Args:
        world: the world.
        base_url: the server's address, without a slash at its end.
    """

    def __init__(self, world: World, base_url: str) -> None:
        self._world = world
        self._base = base_url

    def profile(self, account: Account) -> str:
        """The address of an account's page."""
        host = f"https://{account.domain}" if account.domain else self._base
        return f"{host}/@{account.username}"

    def html(self, text: str) -> str:
        """The HTML of a text of this network."""

        def profile_of(handle: str) -> str | None:
            account = self._world.find_account(handle)
            return None if account is None else self.profile(account)

        return to_html(text, profile_of, self._base)

    def account(self, account: Account) -> Json:
        """An account as an Account entity of the API."""
        avatar = f"{self._base}/avatars/original/missing.png"
        return {
            "id": str(account.id), "username": account.username, "acct": account.acct,
            "display_name": account.name, "locked": False, "bot": False, "discoverable": True,
            "indexable": False, "group": False, "created_at": iso(account.created_at),
            "note": self.html(account.note), "url": self.profile(account), "uri": self.profile(account),
            "avatar": avatar, "avatar_static": avatar, "header": avatar, "header_static": avatar,
            "followers_count": account.followers, "following_count": 0,
            "statuses_count": account.statuses, "last_status_at": None, "hide_collections": None, "noindex": False,
            "emojis": [], "roles": [], "fields": [],
        }  # fmt: skip

    def credentials(self) -> Json:
        """The brand's own account, as a CredentialAccount entity."""
        source: Json = {
            "privacy": "public", "sensitive": False, "language": None, "note": self._world.brand.note,
            "fields": [], "follow_requests_count": 0, "quote_policy": "public",
        }  # fmt: skip
        role: Json = {"id": "-99", "name": "", "permissions": "0", "color": "", "highlighted": False}
        return {**self.account(self._world.brand), "source": source, "role": role}

    def status(self, status: Status) -> Json:
        """A status as a Status entity of the API."""
        parent = status.parent
        host = f"https://{status.account.domain}" if status.account.domain else self._base
        name = status.account.username
        return {
            "id": str(status.id), "created_at": iso(status.created_at),
            "in_reply_to_id": str(parent.id) if parent else None,
            "in_reply_to_account_id": str(parent.account.id) if parent else None,
            "sensitive": bool(status.spoiler), "spoiler_text": status.spoiler, "visibility": status.visibility,
            "language": status.language, "uri": f"{host}/users/{name}/statuses/{status.id}",
            "url": f"{host}/@{name}/{status.id}",
            "replies_count": sum(not reply.deleted for reply in status.replies),
            "reblogs_count": int(status.reblogged), "favourites_count": status.favourites + status.favourited,
            "quotes_count": 0, "edited_at": None if status.edited_at is None else iso(status.edited_at),
            "favourited": status.favourited, "reblogged": status.reblogged, "muted": False,
            "pinned": status.pinned, "bookmarked": False, "content": self.html(status.text), "filtered": [],
            "reblog": None,
            "application": {"name": status.application, "website": None} if status.application else None,
            "account": self.account(status.account),
            "media_attachments": [self.media(status, number) for number in range(len(status.media))],
            "mentions": [
                {"id": str(one.id), "username": one.username, "url": self.profile(one), "acct": one.acct}
                for one in status.mentions
            ],
            "tags": [{"name": tag, "url": f"{self._base}/tags/{tag}"} for tag in hashtags(status.text)],
            "emojis": [], "quote": None, "card": None, "poll": None,
        }  # fmt: skip

    def media(self, status: Status, number: int) -> Json:
        """One picture of a status as a MediaAttachment entity."""
        one = status.media[number]
        url = f"{self._base}/media/{one.name}"
        return {
            "id": f"{status.id}{number}", "type": "image", "url": url, "preview_url": url, "remote_url": None,
            "meta": {}, "description": one.alt or None, "blurhash": None,
        }  # fmt: skip

    def relationship(self, account: Account) -> Json:
        """How the brand stands to an account, as a Relationship entity."""
        return {
            "id": str(account.id), "following": False, "followed_by": False, "blocking": account.blocked,
            "blocked_by": False, "muting": account.muted, "muting_notifications": account.muted, "requested": False,
            "domain_blocking": False, "endorsed": False, "note": "",
        }  # fmt: skip

    def notification(self, notification: Notification) -> Json:
        """The Notification entity; without `status` where there is none."""
        made: Json = {
            "id": str(notification.id), "type": notification.type, "created_at": iso(notification.created_at),
            "group_key": f"ungrouped-{notification.id}", "account": self.account(notification.account),
        }  # fmt: skip
        if notification.status is not None:
            made["status"] = self.status(notification.status)
        return made

    def instance(self, version: int) -> Json:
        """The Instance entity of `/api/v1` or `/api/v2`."""
        host = self._base.partition("://")[2]
        configuration: Json = {
            "urls": {}, "accounts": {"max_featured_tags": 10, "max_pinned_statuses": 5},
            "statuses": {
                "max_characters": MAX_CHARACTERS, "max_media_attachments": 4,
                "characters_reserved_per_url": URL_CHARACTERS,
            },
        }  # fmt: skip
        shared: Json = {
            "title": "The demo network", "version": VERSION, "description": "A network made up for a demonstration.",
            "languages": ["en"], "configuration": configuration, "rules": [],
        }  # fmt: skip
        if version == 1:
            return {"uri": host, "short_description": "", "email": "", "registrations": False, **shared}
        return {
            "domain": host, "source_url": "", "usage": {"users": {"active_month": 1}}, **shared,
            "registrations": {"enabled": False, "approval_required": False, "message": None},
            "api_versions": {"mastodon": 7}, "contact": {"email": "", "account": None},
        }  # fmt: skip
