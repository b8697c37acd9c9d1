"""The checks of `doctor` on channels: whether each has an address, delivers, and reaches somebody."""

from __future__ import annotations

from collections.abc import Iterator

from cminbox.cli.channels import reaches, trouble
from cminbox.cli.check import Check
from cminbox.cli.session import Session
from cminbox.desk.deliveries import LIST
from cminbox.duration import format_narrow
from cminbox.model import now
from cminbox.store import deliveries
from cminbox.store.deliveries import Channel


def check_channels(session: Session) -> Iterator[Check]:
    """Every channel, and who has none though others have."""
    config, here = session.config, now()
    health, counts = deliveries.channels(session.conn), deliveries.count_not_told(session.conn)
    for channel in config.tell.channels:
        what, known = f"channel {channel.name}", health.get(channel.name, Channel(channel.name))
        problem, hint = trouble(session, channel, known)
        if problem:
            since = f" for {format_narrow(max(0, here - known.since))}" if known.since is not None else ""
            yield Check(what, "fail", f"delivers nothing{since}: {problem}", hint)
            continue
        told = "told nothing yet"
        if known.told_at is not None:
            told = f"told something {format_narrow(max(0, here - known.told_at))} ago"
        yield Check(what, "ok", f"reaches {', '.join(reaches(config, channel))}; {told}")
        for status in ("failed", "unknown"):
            if number := counts.get((channel.name, status), 0):
                yield Check(what, "warn", f"{number:,} {status}", LIST)
    silent = [member.handle for member in config.members if not member.telling.channels]
    if config.tell.channels and silent:
        yield Check("channels", "warn", f"nothing reaches {', '.join(silent)}", "add channels to their [[member]]")
