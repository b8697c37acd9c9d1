"""The check of `doctor` for the mailbox to which colleagues answer."""

from __future__ import annotations

from collections.abc import Iterator

from cminbox import secrets
from cminbox.cli.check import Check
from cminbox.cli.session import Session
from cminbox.engine.colleagues import MAILBOX
from cminbox.errors import CminboxError
from cminbox.experts import ExpertFile
from cminbox.mail import mailbox
from cminbox.store import questions


def check_mailbox(session: Session, *, offline: bool) -> Iterator[Check]:
    """Whether the mailbox lets us in, and what the engine's last look came to."""
    box, paths = session.config.answers, session.paths
    if box is None:
        by_mail = [expert.name for expert in ExpertFile(paths.experts).load().experts if expert.mail]
        if by_mail:
            hint = "add [answers] with host and user to config.toml, or paste answers with :answered"
            yield Check("answers", "warn", f"{by_mail[0]} answers by mail, and no mailbox is read", hint)
        return
    password = secrets.get(MAILBOX, paths)
    if password is None:
        yield Check(
            "answers",
            "fail",
            "the mailbox has no password",
            f"cminbox channels login {MAILBOX}, or set {secrets.variable(MAILBOX)}",
        )
        return
    if offline:
        problem = questions.mailbox_state(session.conn).problem
        yield Check("answers", "warn" if problem else "ok", problem or f"{box.user} at {box.host}, not asked")
        return
    try:
        mailbox.try_login(box, password)
    except CminboxError as error:
        yield Check("answers", "fail", error.message, error.hint)
        return
    yield Check("answers", "ok", f"{box.user} at {box.host}, folder {box.folder}")
