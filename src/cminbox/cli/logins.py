"""Logging in at a network from a terminal without a browser: what a person is shown and asked, and the secret made."""

from __future__ import annotations

import asyncio
import getpass
import json
import re
import sys
from collections.abc import Mapping

from cminbox.cli import output
from cminbox.config import SourceConfig
from cminbox.errors import UsageError
from cminbox.model import SECOND
from cminbox.sources import registry
from cminbox.sources.contract import Account, Info, Login, LoginFlow, LoginStep
from cminbox.sources.credentials import Credentials
from cminbox.sources.http import Client

_STEP = re.compile(r"(?<=\S) (?=\d{1,2}\. )")
"""Where the next of the numbered steps of a login begins."""
_TITLES = {
    "token": "paste a token that a web page made",
    "fields": "type what is asked for",
    "code": "a web page shows a code to paste",
    "address": "a web page leads to an address to paste",
    "device": "type a code on a web page",
}


def secret_of(source: SourceConfig, way: str = "") -> str:
    """What is to be kept as the source's secret, after a login by a way that the network has.

    Args:
        way: the way; where it is empty, a person chooses, and without a terminal a line of standard input is taken.

    Raises:
        UsageError: there is no such way, or what was typed is nothing.
        SourceError: the network refuses.
    """
    info = registry.info(source.network)
    if not sys.stdin.isatty() and not way:
        return sys.stdin.readline()
    login = _chosen(info, way)
    if login.help:
        for step in _STEP.split(login.help):
            output.note(step)
    asked = {field.name: _asked(field.name, field.help, field.secret, field.required) for field in login.fields}
    if login.way == "token":
        token = line(f"Secret of {source.name}: ", secret=True)
        return _kept({**asked, "access_token": token}).dump() if asked else token
    flow = registry.login_flow(registry.load(source.network))
    if flow is None:
        return _kept(asked).dump()
    return asyncio.run(_run(flow, source, login, asked)).dump()


def _chosen(info: Info, way: str) -> Login:
    """The way to log in: the only one, the one that was named, or the one that a person chooses."""
    ways = info.logins or (Login("token", info.secret or ""),)
    if way:
        found = next((login for login in ways if login.way == way), None)
        if found is None:
            raise UsageError(f"{info.title} has no login by {way}", f"it has: {', '.join(each.way for each in ways)}")
        return found
    if len(ways) == 1:
        return ways[0]
    for number, login in enumerate(ways, 1):
        output.note(f"{number}  {login.way}: {_TITLES[login.way]}")
    answer = line(f"Which way? [1-{len(ways)}, 1] ") or "1"
    if not answer.isdecimal() or not 1 <= int(answer) <= len(ways):
        raise UsageError(f"there is no way {answer}", f"type a number from 1 to {len(ways)}")
    return ways[int(answer) - 1]


async def _run(flow: LoginFlow, source: SourceConfig, login: Login, asked: Mapping[str, str]) -> Credentials:
    """Go through a login with the network."""
    account = Account(source.name, source.network, source.base_url, source.owned, source.options)
    async with Client() as client:
        step = await flow.begin_login(client, account, login, asked)
        if isinstance(step, Credentials):
            return step
        output.note(f"Open this page, on any machine:\n\n  {step.url}\n")
        if login.way == "device":
            output.note(f"and type there:  {step.code}\n\nWaiting until it was done; Ctrl+C stops.")
            return await _wait(flow, client, account, step)
        what = "code" if login.way == "code" else "address of the page that it leads to, which may not open"
        pasted = await asyncio.to_thread(line, f"Paste the {what}: ")
        done = await flow.finish_login(client, account, step, pasted)
        if isinstance(done, LoginStep):
            raise UsageError("the login was not finished on the page")
        return done


async def _wait(flow: LoginFlow, client: Client, account: Account, step: LoginStep) -> Credentials:
    """Ask the network until the page was answered; it says itself when the code has ended."""
    while True:
        await asyncio.sleep(step.poll_ms / SECOND)
        done = await flow.finish_login(client, account, step, "")
        if isinstance(done, Credentials):
            return done
        step = done


def _kept(asked: Mapping[str, str]) -> Credentials:
    """What was typed, as credentials."""
    return Credentials.parse(json.dumps({name: value for name, value in asked.items() if value}))


def _asked(name: str, help_: str, secret: bool, required: bool) -> str:
    typed = line(f"{help_ or name}: ", secret=secret)
    if required and not typed:
        raise UsageError(f"{name} is needed")
    return typed


def line(prompt: str, *, secret: bool = False) -> str:
    """One line that a person types; prompts go to standard error, what is secret is not shown."""
    if secret and sys.stdin.isatty():
        return getpass.getpass(prompt).strip()
    sys.stderr.write(prompt)
    sys.stderr.flush()
    return sys.stdin.readline().strip()
