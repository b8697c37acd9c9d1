"""The single checks of `doctor`, each of which says what it found and what to do about it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence

from cminbox import config as configuration
from cminbox import replies, rules, secrets
from cminbox.cli import terminal
from cminbox.cli.channel_checks import check_channels
from cminbox.cli.check import Check, private
from cminbox.cli.mailbox_check import check_mailbox
from cminbox.cli.session import Session
from cminbox.cli.source_checks import check_sources
from cminbox.cli.store_checks import check_engine, check_store, check_times
from cminbox.commands import keys
from cminbox.config import Config
from cminbox.duration import format_narrow
from cminbox.errors import CminboxError, ConfigError
from cminbox.experts import ExpertFile
from cminbox.members import account_has_name, account_name
from cminbox.model import now
from cminbox.outbox_states import accepted_until
from cminbox.query import views
from cminbox.replies.reasons import ReasonFile
from cminbox.rules.lexicon import check_folder
from cminbox.sources import registry
from cminbox.store import network_actions
from cminbox.store import replies as outbox
from cminbox.text import one_line


def everything(session: Session, *, offline: bool) -> Iterator[Check]:
    """All checks, cheap ones first. A broken configuration ends them early, for the rest depends on it."""
    yield _terminal()
    yield from _files(session)
    config, mistakes = configuration.read(session.paths)
    yield from _configuration(config, mistakes)
    if mistakes:
        return
    yield _member(session)
    opened = False
    for check in check_store(session):
        yield check
        opened = check.state != "fail" or check.what != "store"
    if opened:
        yield from check_engine(session)
        yield from check_times(session)
        yield from _keyring(session)
        yield from _outbox(session)
        yield from check_channels(session)
        yield from check_mailbox(session, offline=offline)
        yield from check_sources(session, offline=offline)


def _terminal() -> Check:
    if (missing := terminal.no_terminal()) is not None:
        return Check("terminal", "warn", missing.what, missing.hint)
    term, encoding = os.environ.get("TERM", "dumb"), (sys.stdout.encoding or "").lower()
    columns, lines = terminal.size()
    colours = "true colour" if os.environ.get("COLORTERM") in ("truecolor", "24bit") else f"TERM={term}"
    text = f"{columns}×{lines}, {colours}, {encoding or 'no encoding'}"
    trouble = terminal.trouble()
    if trouble is not None:
        return Check("terminal", "fail", f"{text}: {trouble.what}", trouble.hint)
    if columns < terminal.COMFORT[0] or lines < terminal.COMFORT[1]:
        return Check("terminal", "warn", text, "make it at least 80×24")
    return Check("terminal", "ok", text)


def _files(session: Session) -> Iterator[Check]:
    """Who may read the folders and the secrets."""
    paths = session.paths
    yield private("config folder", paths.config, 0o077)
    for what, path in (("secrets", paths.secrets_file), ("log", paths.log)):
        if path.exists():
            yield private(what, path, 0o077)


def _configuration(config: Config, mistakes: Sequence[ConfigError]) -> Iterator[Check]:
    """The configuration's own files, and all the others that a person writes: each mistake by itself.

    Args:
        config: what it says as far as it is right.
        mistakes: those in config.toml and brand.toml.
    """
    paths = config.paths
    rule_book, template_book = rules.load(paths.rules), replies.load(paths.templates)
    # Whom rules name is known only where the members are.
    beside = () if mistakes else rules.files.beside(rule_book, config)
    problems: list[CminboxError] = [
        *mistakes,
        *views.mistakes(config),
        *rule_book.problems,
        *check_folder(paths.lexicons),
        *beside,
        *template_book.problems,
        *template_book.check(),
        *ReasonFile(paths.reasons).load().problems,
        *_experts(config, mistakes),
        *keys.read(paths.keys_file)[1],
    ]
    if problems:
        yield from (Check("configuration", "fail", problem.message, problem.hint) for problem in problems)
        return
    counts = (
        (len(config.sources), "sources"),
        (len(config.members), "members"),
        (len(rule_book.rules), "rules"),
        (len(template_book.templates), "templates"),
    )
    text = ", ".join(f"{count} {word[:-1] if count == 1 else word}" for count, word in counts)
    if not config.sources:
        yield Check("configuration", "warn", text, "add a [[source]], or run cminbox demo")
    else:
        yield Check("configuration", "ok", text)


def _experts(config: Config, mistakes: Sequence[ConfigError]) -> Iterator[ConfigError]:
    """What is wrong with the file of experts, and who of them is reached by no channel."""
    file = config.paths.experts
    book, channels = ExpertFile(file).load(), [one.name for one in config.tell.channels]
    yield from book.problems
    if mistakes:
        return
    for expert in book.without_channel(channels):
        message = f'nothing reaches {expert.name}: there is no channel "{expert.channel}"'
        yield ConfigError(message, file=file, hint="config.toml names it in a [[channel]]")


def _member(session: Session) -> Check:
    try:
        member = session.member
    except CminboxError as error:
        return Check("member", "fail", error.message, error.hint)
    account = account_name()
    text = f"{member.handle}, {member.role}, by the account {account}"
    if not account_has_name():
        hint = "add it to /etc/passwd, or take the number as a member's login"
        return Check("member", "warn", f"{text}, for which this host has no name", hint)
    return Check("member", "ok", text)


def _keyring(session: Session) -> Iterator[Check]:
    """Whether the keyring answers, where a source needs it."""
    wanted = [
        source.name
        for source in session.config.sources
        if not os.environ.get(secrets.variable(source.name))
        and source.network in registry.networks()
        and registry.info(source.network).secret is not None
    ]
    problem = secrets.keyring_problem() if wanted else ""
    if problem:
        hint = f"unlock it, or set {secrets.variable(wanted[0])} in the environment"
        yield Check("keyring", "warn", f"it cannot be read: {problem}", hint)


def _outbox(session: Session) -> Iterator[Check]:
    """Replies that failed, and those of which nobody knows whether they arrived."""
    here, waiting = now(), outbox.outbox(session.conn)
    for reply in (each for each in waiting if each.status == "unknown"):
        age = format_narrow(max(0, here - (reply.sending_at or reply.created_at)))
        text = f"{reply.id} (conversation {reply.conversation_id}) is unknown for {age}: {one_line(reply.error)[:160]}"
        over = here > accepted_until(reply, here)
        hint = (
            f"look on the network; cminbox do arrived, retry or cancel {reply.conversation_id} ends it"
            if over
            else "it is looked up"
        )
        yield Check("reply", "warn", text, hint)
    acts = network_actions.outbox(session.conn)
    for action in (each for each in acts if each.status in ("failed", "unknown")):
        text = (
            f"{action.verb} in conversation {action.conversation_id} is {action.status}: {one_line(action.error)[:160]}"
        )
        yield Check("action", "warn", text, ":retry or :cancel in the conversation ends it")
    failed = sum(each.status == "failed" for each in waiting)
    if failed:
        yield Check("replies", "warn", f"{failed:,} failed", "their conversations say why; :retry sends one again")
