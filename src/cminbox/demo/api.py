"""Mastodon's API over a world, as far as the adapter asks for it: which request gives which answer. No sockets here.

Routes and their behaviour after docs.joinmastodon.org/methods; paging after the server's own source
(`min_id` walks forward, `since_id` gives the newest page only, an empty page has no Link).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TypeVar
from urllib.parse import urlencode

from cminbox.demo.entities import MAX_CHARACTERS, URL_CHARACTERS, Entities, Json, iso
from cminbox.demo.markup import counted
from cminbox.demo.world import VISIBILITIES, Account, Notification, Status, World
from cminbox.model import MINUTE

RATE_WINDOW = 5 * MINUTE
_CURSORS = ("min_id", "since_id", "max_id")
_PAGE = re.compile(r"/@\w+/([0-9]+)")
_PICTURE = re.compile(r"/media/([\w.-]+)")
_HTML = "text/html; charset=utf-8"


Row = TypeVar("Row", Status, Notification)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the server read it; `fields` holds query and body alike, each name with all its values."""

    method: str
    path: str
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def get(self, name: str, default: str = "") -> str:
        """The last value of a field."""
        return (self.fields.get(name) or [default])[-1]

    def number(self, name: str) -> int | None:
        """An id; one of another server that is no number counts as the oldest."""
        text = self.get(name)
        if not text:
            return None
        return int(text) if text.isascii() and text.isdigit() else 0


@dataclass(slots=True)
class Response:
    """An answer: `body` is text that is sent as it stands, or what becomes JSON."""

    status: int = 200
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=utf-8"

    def encoded(self) -> bytes:
        """The body as the bytes that go over the line."""
        text = self.body if isinstance(self.body, str) else json.dumps(self.body, ensure_ascii=False)
        return text.encode("utf-8", "surrogatepass")


def error(status: int, text: str) -> Response:
    """An error as Mastodon words it."""
    return Response(status, {"error": text})


class Refusal(Exception):
    """Ends a request with an error."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.response = error(status, text)


class Api:
    """Answers requests.

    Args:
        world: what there is.
        base_url: the server's own address.
        token: the access token of the brand.
        rate_limit: requests allowed in five minutes.
    """

    def __init__(self, world: World, base_url: str, token: str, rate_limit: int) -> None:
        self._world = world
        self._base = base_url
        self._token = token
        self._make = Entities(world, base_url)
        self._limit = rate_limit
        self._window = 0
        self._used = 0
        make, status = self._make, "/api/v1/statuses/([0-9]+)"
        routes: tuple[tuple[str, str, Callable[..., object]], ...] = (
            ("GET", "/api/v([12])/instance", lambda _, version: make.instance(int(version))),
            ("GET", "/api/v1/accounts/verify_credentials", lambda _: make.credentials()),
            ("GET", "/api/v1/accounts/([0-9]+)/statuses", self._statuses_of),
            ("GET", "/api/v1/notifications", self._notifications),
            ("POST", "/api/v1/statuses", self._post),
            ("GET", status, lambda _, number: make.status(self._status(number))),
            ("DELETE", status, self._delete),
            ("GET", f"{status}/context", self._context),
            ("POST", f"{status}/(un)?(favourite|reblog|pin)", self._mark),
            ("GET", "/api/v1/accounts/relationships", self._relationships),
            ("POST", "/api/v1/accounts/([0-9]+)/(un)?(block|mute)", self._stand),
        )
        self._routes = [(method, re.compile(pattern), answer) for method, pattern, answer in routes]

    def answer(self, request: Request) -> Response:
        """Carries a request out."""
        path = request.path.rstrip("/")
        if page := _PAGE.fullmatch(path):
            return self._page(int(page[1]))
        if picture := _PICTURE.fullmatch(path):
            return self._picture(picture[1])
        open_to_all = path in ("/api/v1/instance", "/api/v2/instance")
        if not open_to_all and request.headers.get("authorization", "") != f"Bearer {self._token}":
            return error(401, "The access token is invalid")
        left = self._count()
        try:
            response = error(429, "Too many requests") if left < 0 else self._route(request, path)
        except Refusal as refusal:
            response = refusal.response
        response.headers |= self.rate_headers(max(0, left))
        return response

    def rate_headers(self, left: int) -> dict[str, str]:
        """The rate-limit headers; the reset is the end of the window."""
        reset = (self._world.clock() // RATE_WINDOW + 1) * RATE_WINDOW
        headers = {"X-RateLimit-Limit": str(self._limit), "X-RateLimit-Remaining": str(left)}
        return headers | {"X-RateLimit-Reset": iso(reset)}

    def _count(self) -> int:
        """Counts a request against the window; how many are left, negative when there are too many."""
        window = self._world.clock() // RATE_WINDOW
        self._used = self._used + 1 if window == self._window else 1
        self._window = window
        return self._limit - self._used

    def _route(self, request: Request, path: str) -> Response:
        for method, pattern, answer in self._routes:
            found = pattern.fullmatch(path)
            if found and method == request.method:
                made = answer(request, *found.groups())
                return made if isinstance(made, Response) else Response(body=made)
        raise Refusal(404, "Not Found")

    def _status(self, number: str, *, own: bool = False) -> Status:
        status = self._world.status(int(number))
        if status is None or (own and status.account is not self._world.brand):
            raise Refusal(404, "Record not found")
        return status

    def _statuses_of(self, request: Request, number: str) -> Response:
        return self._paged(
            request, self._world.statuses_of(self._account(number)), self._make.status, default=20, most=40
        )

    def _notifications(self, request: Request) -> Response:
        types = request.fields.get("types[]")
        rows = [one for one in self._world.notifications if not types or one.type in types]
        return self._paged(request, rows, self._make.notification, default=40, most=80)

    def _paged(
        self, request: Request, rows: Sequence[Row], make: Callable[[Row], Json], *, default: int, most: int
    ) -> Response:
        """A page, newest first, with its Link header; `rows` are oldest first."""
        limit = max(1, min(request.number("limit") or default, most))
        lower, since, upper = (request.number(name) for name in _CURSORS)
        if upper is not None:
            rows = [row for row in rows if row.id < upper]
        if lower is not None:
            page = [row for row in rows if row.id > lower][:limit]
        else:
            page = [row for row in rows if since is None or row.id > since][-limit:]
        response = Response(body=[make(row) for row in reversed(page)])
        if page:
            query: list[tuple[str, str]] = [
                (name, one) for name, values in request.fields.items() if name not in _CURSORS for one in values
            ]
            links = [("next", "max_id", page[0].id)] if len(page) == limit else []
            links.append(("prev", "min_id", page[-1].id))
            response.headers["Link"] = ", ".join(
                f'<{self._base}{request.path}?{urlencode([*query, (name, str(edge))])}>; rel="{rel}"'
                for rel, name, edge in links
            )
        return response

    def _post(self, request: Request) -> Json:
        text, spoiler = request.get("status"), request.get("spoiler_text")
        visibility = request.get("visibility", "public")
        if not text.strip():
            raise Refusal(422, "Validation failed: Text can't be blank")
        if counted(text, URL_CHARACTERS) + counted(spoiler, URL_CHARACTERS) > MAX_CHARACTERS:
            raise Refusal(422, f"Validation failed: Text character limit of {MAX_CHARACTERS} exceeded")
        if visibility not in VISIBILITIES:
            raise Refusal(422, "Validation failed: Visibility is not included in the list")
        parent: Status | None = None
        if request.get("in_reply_to_id"):
            parent = self._world.status(request.number("in_reply_to_id") or 0)
            if parent is None:
                raise Refusal(404, "The post you are trying to reply to does not appear to exist.")
        status = self._world.post(
            self._world.brand,
            text,
            parent=parent,
            visibility=visibility,
            spoiler=spoiler,
            language=request.get("language") or None,
            application="cminbox",
            key=request.headers.get("idempotency-key", ""),
        )
        return self._make.status(status)

    def _delete(self, _: Request, number: str) -> Json:
        status = self._status(number, own=True)
        made = self._make.status(status)
        self._world.delete(status)
        return {**made, "text": status.text}

    def _context(self, _: Request, number: str) -> Json:
        status = self._status(number)
        above = [self._make.status(one) for one in self._world.ancestors(status)]
        below = [self._make.status(one) for one in self._world.descendants(status)]
        return {"ancestors": above, "descendants": below}

    def _mark(self, _: Request, number: str, back: str | None, verb: str) -> Json:
        status = self._status(number, own=verb == "pin")
        match verb:
            case "favourite":
                status.favourited = not back
            case "pin":
                status.pinned = not back
            case _:
                if status.visibility not in ("public", "unlisted") and not back:
                    raise Refusal(403, "This action is not allowed")
                status.reblogged = not back
                if not back:
                    # What is boosted is a status of its own around the one that is.
                    made = self._make.status(status)
                    return {**made, "id": f"{status.id}9", "account": self._make.credentials(), "reblog": made}
        return self._make.status(status)

    def _account(self, number: str) -> Account:
        account = self._world.account_by_id(int(number))
        if account is None:
            raise Refusal(404, "Record not found")
        return account

    def _relationships(self, request: Request) -> Response:
        wanted = request.fields.get("id[]") or request.fields.get("id") or ()
        found = [self._world.account_by_id(int(one)) for one in wanted if one.isascii() and one.isdigit()]
        return Response(body=[self._make.relationship(one) for one in found if one is not None])

    def _stand(self, _: Request, number: str, back: str | None, verb: str) -> Json:
        account = self._account(number)
        if account is self._world.brand:
            raise Refusal(422, f"Validation failed: You cannot {verb} yourself")
        if verb == "block":
            account.blocked = not back
        else:
            account.muted = not back
        return self._make.relationship(account)

    def _picture(self, name: str) -> Response:
        """A picture: what it shows, in words."""
        media = self._world.media(name)
        if media is None:
            return Response(404, "Not found", {}, "text/plain; charset=utf-8")
        head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 360">'
        head += '<rect width="640" height="360" fill="#e8d5a3"/>'
        words = f'<text x="24" y="180" font-family="sans-serif" font-size="18">{escape(media.alt)}</text></svg>'
        return Response(200, head + words, {}, "image/svg+xml")

    def _page(self, number: int) -> Response:
        """The page that a status's link leads to, for whoever opens it in a browser."""
        status = self._world.status(number)
        if status is None or status.visibility not in ("public", "unlisted"):
            return Response(404, "<!doctype html><title>Not found</title><p>Not found</p>", {}, _HTML)
        name = escape(f"{status.account.name} (@{status.account.acct})")
        head = f'<!doctype html><meta charset="utf-8"><title>{name}</title><h1>{name}</h1>'
        return Response(200, head + self._make.html(status.text), {}, _HTML)
