"""Mastodon's API over a world: which request gives which answer. No sockets here.

Routes and their behaviour after docs.joinmastodon.org/methods; paging after the server's own source
(`min_id` walks forward, `since_id` gives the newest page only, an empty page has no Link).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Protocol, TypeVar
from urllib.parse import urlencode

from cminbox.demo.entities import MAX_CHARACTERS, URL_CHARACTERS, Entities, Json, iso
from cminbox.demo.faults import Faults, from_json
from cminbox.demo.markup import counted
from cminbox.demo.world import VISIBILITIES, Account, Status, World
from cminbox.model import MINUTE

RATE_WINDOW = 5 * MINUTE
MARKS = {
    "favourite": ("favourited", True), "unfavourite": ("favourited", False), "bookmark": ("bookmarked", True),
    "unbookmark": ("bookmarked", False), "mute": ("muted", True), "unmute": ("muted", False),
}  # fmt: skip


class Numbered(Protocol):
    """Whatever has a number to page by."""

    @property
    def id(self) -> int: ...


Row = TypeVar("Row", bound=Numbered)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the server read it; `fields` holds query and body alike, each name with all its values."""

    method: str
    path: str
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: object = None

    def get(self, name: str, default: str = "") -> str:
        """The last value of a field."""
        values = self.fields.get(name)
        return values[-1] if values else default

    def many(self, name: str) -> list[str]:
        """All values of a list field, written `name[]` or `name`."""
        return [*self.fields.get(f"{name}[]", ()), *self.fields.get(name, ())]

    def flag(self, name: str) -> bool:
        """Whether a boolean field is set."""
        return self.get(name).lower() in ("1", "true", "t", "on", "yes")

    def number(self, name: str) -> int | None:
        """An id; one of another server that is no number counts as the oldest."""
        text = self.get(name)
        if not text:
            return None
        return int(text) if text.isascii() and text.isdigit() else 0


@dataclass(slots=True)
class Response:
    """An answer: `body` is what becomes JSON, or text of another type, or bytes sent as they are."""

    status: int = 200
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=utf-8"

    def encoded(self) -> bytes:
        """The body's bytes."""
        if isinstance(self.body, bytes):
            return self.body
        if self.content_type.startswith("application/json"):
            return json.dumps(self.body, ensure_ascii=False).encode("utf-8", "surrogatepass")
        return str(self.body).encode("utf-8", "replace")


def error(status: int, text: str) -> Response:
    """An error as Mastodon words it."""
    return Response(status, {"error": text})


NOT_FOUND = "Record not found"
Action = Callable[[Request, re.Match[str]], Response]


class Api:
    """Answers requests.

    Args:
        world: what there is.
        base_url: the server's own address.
        token: the access token of the brand.
        faults: reached by the admin endpoint.
        rate_limit: requests allowed in five minutes.
    """

    def __init__(self, world: World, base_url: str, token: str, faults: Faults, rate_limit: int) -> None:
        self._world = world
        self._base = base_url
        self._token = token
        self._faults = faults
        self._make = Entities(world, base_url)
        self._limit = rate_limit
        self._window = 0
        self._used = 0
        number = r"(?P<id>[0-9]+)"
        routes: list[tuple[str, str, Action]] = [
            ("GET", r"/api/v(?P<version>[12])/instance", self._instance),
            ("GET", r"/api/v1/accounts/verify_credentials", self._verify),
            ("GET", r"/api/v1/accounts/lookup", self._lookup),
            ("GET", rf"/api/v1/accounts/{number}", self._account),
            ("GET", rf"/api/v1/accounts/{number}/statuses", self._statuses_of),
            ("GET", r"/api/v1/notifications", self._notifications),
            ("GET", rf"/api/v1/notifications/{number}", self._notification),
            ("GET", r"/api/v1/notifications/requests", lambda _request, _found: Response(body=[])),
            ("GET", r"/api/v1/conversations", self._talks),
            ("POST", r"/api/v1/statuses", self._post),
            ("GET", rf"/api/v1/statuses/{number}", self._status),
            ("PUT", rf"/api/v1/statuses/{number}", self._edit),
            ("DELETE", rf"/api/v1/statuses/{number}", self._delete),
            ("GET", rf"/api/v1/statuses/{number}/context", self._context),
            ("GET", rf"/api/v1/statuses/{number}/history", self._history),
            ("POST", rf"/api/v1/statuses/{number}/(?P<mark>{'|'.join(MARKS)})", self._mark),
            ("POST", r"(?:/api/v1)?/_demo/faults", self._add_fault),
            ("GET", r"(?:/api/v1)?/_demo/faults", lambda _request, _found: Response(body=faults.waiting())),
            ("DELETE", r"(?:/api/v1)?/_demo/faults", self._clear_faults),
            ("GET", r"(?:/api/v1)?/_demo/posts", self._accepted),
        ]
        self._routes = [(method, re.compile(pattern), action) for method, pattern, action in routes]

    def answer(self, request: Request) -> Response:
        """Carries a request out."""
        with self._world.lock:
            path = request.path.rstrip("/")
            if page := re.fullmatch(r"/@\w+/(?P<id>[0-9]+)", path):
                return self._page(page)
            open_to_all = path.startswith(("/api/v1/instance", "/api/v2/instance"))
            if not open_to_all and request.headers.get("authorization", "") != f"Bearer {self._token}":
                return error(401, "The access token is invalid")
            left = self._count() if path.startswith("/api/") and "/_demo/" not in path else None
            response = error(429, "Too many requests") if left is not None and left < 0 else self._route(request, path)
            if left is not None:
                response.headers.update(self.rate_headers(max(0, left)))
            return response

    def rate_headers(self, left: int, seconds: float | None = None) -> dict[str, str]:
        """The rate-limit headers; the reset is the end of the window, or in so many seconds."""
        now = self._world.clock()
        reset = (now // RATE_WINDOW + 1) * RATE_WINDOW if seconds is None else now + round(seconds * 1000)
        headers = {"X-RateLimit-Limit": str(self._limit), "X-RateLimit-Remaining": str(left)}
        return headers | {"X-RateLimit-Reset": iso(reset)}

    def _count(self) -> int:
        """Counts a request against the window; how many are left, negative when there are too many."""
        window = self._world.clock() // RATE_WINDOW
        self._used = self._used + 1 if window == self._window else 1
        self._window = window
        return self._limit - self._used

    def _route(self, request: Request, path: str) -> Response:
        for method, pattern, action in self._routes:
            found = pattern.fullmatch(path)
            if found and method == request.method:
                return action(request, found)
        return error(404, "Not Found")

    def _instance(self, _request: Request, found: re.Match[str]) -> Response:
        return Response(body=self._make.instance(int(found["version"])))

    def _verify(self, _request: Request, _found: re.Match[str]) -> Response:
        return Response(body=self._make.credentials())

    def _lookup(self, request: Request, _found: re.Match[str]) -> Response:
        account = self._world.find_account(request.get("acct"))
        return self._account_answer(account)

    def _account(self, _request: Request, found: re.Match[str]) -> Response:
        return self._account_answer(self._world.account_by_id(int(found["id"])))

    def _account_answer(self, account: Account | None) -> Response:
        return error(404, NOT_FOUND) if account is None else Response(body=self._make.account(account))

    def _statuses_of(self, request: Request, found: re.Match[str]) -> Response:
        account = self._world.account_by_id(int(found["id"]))
        if account is None:
            return error(404, NOT_FOUND)
        rows = self._world.statuses_of(account)
        if request.flag("exclude_replies"):
            rows = [one for one in rows if one.parent is None or one.parent.account is account]
        if request.flag("only_media") or request.flag("pinned"):
            rows = []
        return self._paged(request, rows, self._make.status, default=20, most=40)

    def _notifications(self, request: Request, _found: re.Match[str]) -> Response:
        rows = self._world.notifications()
        if types := request.many("types"):
            rows = [one for one in rows if one.type in types]
        if excluded := request.many("exclude_types"):
            rows = [one for one in rows if one.type not in excluded]
        if account := request.get("account_id"):
            rows = [one for one in rows if str(one.account.id) == account]
        return self._paged(request, rows, self._make.notification, default=40, most=80)

    def _notification(self, _request: Request, found: re.Match[str]) -> Response:
        one = next((row for row in self._world.notifications() if row.id == int(found["id"])), None)
        return error(404, NOT_FOUND) if one is None else Response(body=self._make.notification(one))

    def _talks(self, request: Request, _found: re.Match[str]) -> Response:
        rows = self._world.talks()
        return self._paged(request, rows, self._make.talk, default=20, most=40, number=lambda talk: talk.last)

    def _paged(
        self,
        request: Request,
        rows: Sequence[Row],
        make: Callable[[Row], Json],
        *,
        default: int,
        most: int,
        number: Callable[[Row], int] = lambda row: row.id,
    ) -> Response:
        """A page, newest first, with its Link header; `rows` are oldest first."""
        limit = max(1, min(request.number("limit") or default, most))
        lower, since, upper = (request.number(name) for name in ("min_id", "since_id", "max_id"))
        if upper is not None:
            rows = [row for row in rows if number(row) < upper]
        if lower is not None:
            page = [row for row in rows if number(row) > lower][:limit]
        else:
            page = [row for row in rows if since is None or number(row) > since][-limit:]
        response = Response(body=[make(row) for row in reversed(page)])
        if page:
            kept = [
                (name, value)
                for name, values in request.fields.items()
                if name not in ("min_id", "since_id", "max_id")
                for value in values
            ]
            links = [("prev", "min_id", number(page[-1]))]
            if len(page) == limit:
                links.insert(0, ("next", "max_id", number(page[0])))
            response.headers["Link"] = ", ".join(
                f'<{self._base}{request.path}?{urlencode([*kept, (name, str(edge))])}>; rel="{rel}"'
                for rel, name, edge in links
            )
        return response

    def _post(self, request: Request, _found: re.Match[str]) -> Response:
        key = request.headers.get("idempotency-key", "")
        text = request.get("status")
        if refusal := self._refusal(request, text):
            return refusal
        parent: Status | None = None
        if request.get("in_reply_to_id"):
            parent = self._world.status(request.number("in_reply_to_id") or 0)
            if parent is None:
                return error(404, "The post you are trying to reply to does not appear to exist.")
        status = self._world.post(
            self._world.brand,
            text,
            parent=parent,
            visibility=request.get("visibility", "public"),
            spoiler=request.get("spoiler_text"),
            language=request.get("language") or None,
            application="cminbox",
            key=key,
        )
        return Response(body=self._make.status(status))

    @staticmethod
    def _refusal(request: Request, text: str) -> Response | None:
        """Why a text cannot be posted, as Mastodon says it."""
        if not text.strip():
            return error(422, "Validation failed: Text can't be blank")
        if counted(text, URL_CHARACTERS) + counted(request.get("spoiler_text"), URL_CHARACTERS) > MAX_CHARACTERS:
            return error(422, f"Validation failed: Text character limit of {MAX_CHARACTERS} exceeded")
        if request.get("visibility", "public") not in VISIBILITIES:
            return error(422, "Validation failed: Visibility is not included in the list")
        return None

    def _found_status(self, found: re.Match[str], *, own: bool = False) -> Status | None:
        status = self._world.status(int(found["id"]))
        return None if own and status is not None and status.account is not self._world.brand else status

    def _status(self, _request: Request, found: re.Match[str]) -> Response:
        status = self._found_status(found)
        return error(404, NOT_FOUND) if status is None else Response(body=self._make.status(status))

    def _edit(self, request: Request, found: re.Match[str]) -> Response:
        status = self._found_status(found, own=True)
        if status is None:
            return error(404, NOT_FOUND)
        if refusal := self._refusal(request, request.get("status")):
            return refusal
        self._world.edit(status, request.get("status"), spoiler=request.get("spoiler_text"))
        return Response(body=self._make.status(status))

    def _delete(self, _request: Request, found: re.Match[str]) -> Response:
        status = self._found_status(found, own=True)
        if status is None:
            return error(404, NOT_FOUND)
        made = self._make.status(status)
        self._world.delete(status)
        return Response(body={**made, "text": status.text})

    def _context(self, _request: Request, found: re.Match[str]) -> Response:
        status = self._found_status(found)
        if status is None:
            return error(404, NOT_FOUND)
        above = [self._make.status(one) for one in self._world.ancestors(status)]
        below = [self._make.status(one) for one in self._world.descendants(status)]
        return Response(body={"ancestors": above, "descendants": below})

    def _history(self, _request: Request, found: re.Match[str]) -> Response:
        status = self._found_status(found)
        if status is None:
            return error(404, NOT_FOUND)
        return Response(body=[self._make.version(status, one) for one in status.versions])

    def _mark(self, _request: Request, found: re.Match[str]) -> Response:
        status = self._found_status(found)
        if status is None:
            return error(404, NOT_FOUND)
        mark, wanted = MARKS[found["mark"]]
        (status.marks.add if wanted else status.marks.discard)(mark)
        return Response(body=self._make.status(status))

    def _page(self, found: re.Match[str]) -> Response:
        """The page that a status's link leads to, for whoever opens it in a browser."""
        status = self._world.status(int(found["id"]))
        if status is None or status.visibility not in ("public", "unlisted"):
            return Response(404, "<!doctype html><title>Not found</title><p>Not found</p>", {}, "text/html")
        name = escape(f"{status.account.name} (@{status.account.acct})")
        head = f'<!doctype html><meta charset="utf-8"><title>{name}</title><h1>{name}</h1>'
        return Response(200, head + self._make.html(status.text), {}, "text/html; charset=utf-8")

    def _add_fault(self, request: Request, _found: re.Match[str]) -> Response:
        if not isinstance(request.body, dict):
            return error(422, "a JSON object was expected")
        try:
            self._faults.add(from_json(request.body))
        except ValueError as problem:
            return error(422, str(problem))
        return Response(body=self._faults.waiting())

    def _clear_faults(self, _request: Request, _found: re.Match[str]) -> Response:
        self._faults.clear()
        return Response(body=[])

    def _accepted(self, _request: Request, _found: re.Match[str]) -> Response:
        """What the brand's account really posted through the API, oldest first."""
        return Response(body=[self._make.status(one) for one in self._world.accepted()])
