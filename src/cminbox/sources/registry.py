"""Finding adapters: ours are the folders in `sources/networks/`, strangers' register in the entry-point group
`cminbox.sources`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import cast

from cminbox.errors import ConfigError
from cminbox.sources import networks as networks_folder
from cminbox.sources.contract import (
    Account,
    Actor,
    Adapter,
    Composer,
    Info,
    Limiter,
    LoginFlow,
    Option,
    Recognizer,
    Refresher,
    Reviewer,
    Sender,
    Warner,
)
from cminbox.sources.push import Receiver
from cminbox.suggest import nearest

GROUP = "cminbox.sources"
OURS: Mapping[str, str] = {
    found.name: f"{networks_folder.__name__}.{found.name}" for found in iter_modules(networks_folder.__path__)
}
"""Our own adapters: each folder in `sources/networks/`."""


COMMON = ("base_url", "owned", "interval", "backfill", "enabled")
"""Keys of a `[[source]]` that every network has; a misspelt one arrives here as an adapter's option."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An adapter that can be loaded.

    Attributes:
        module: the module's name.
        ours: whether it came with the program.
    """

    network: str
    module: str
    ours: bool


@dataclass(frozen=True, slots=True)
class OptionProblem:
    """What is wrong with one option of a source; `key` lets the configuration find its line."""

    key: str
    message: str


def networks() -> dict[str, Entry]:
    """Every network that has an adapter, by name; nothing is imported yet."""
    from importlib.metadata import entry_points

    found = {name: Entry(name, module, True) for name, module in OURS.items()}
    for point in entry_points(group=GROUP):
        found.setdefault(point.name, Entry(point.name, point.value, False))
    return dict(sorted(found.items()))


def load(network: str) -> Adapter:
    """The adapter of a network.

    Raises:
        ConfigError: there is none, it cannot be imported, or it is not an adapter.
    """
    if network in OURS:
        return cast(Adapter, import_module(OURS[network]))
    known = networks()
    if network not in known:
        near = nearest(network, known)
        hint = f"did you mean {near!r}?" if near else f"there are: {', '.join(known)}"
        raise ConfigError(f"no adapter for the network {network!r}", hint=hint)
    entry = known[network]
    try:
        module = import_module(entry.module)
    except Exception as error:
        raise ConfigError(
            f"the adapter {entry.module} for {network!r} does not load: {type(error).__name__}: {error}",
            hint="update or uninstall the package it came with",
        ) from error
    if not isinstance(getattr(module, "INFO", None), Info) or not callable(getattr(module, "pages", None)):
        raise ConfigError(f"{entry.module} is not an adapter for {network!r}: it lacks INFO or pages")
    return cast(Adapter, module)


def info(network: str) -> Info:
    """What the adapter of a network says of itself."""
    return load(network).INFO


def why_off(network: str, enabled: bool | None) -> str:
    """Why a source of a network is not polled, in a few words; empty where it is.

    Args:
        enabled: as its `[[source]]` says; None where that says nothing.
    """
    if enabled is None:
        try:
            return info(network).off
        except ConfigError:
            return ""  # polling it says what is wrong
    return "" if enabled else "enabled = false in its [[source]]"


def sender(adapter: Adapter) -> Sender | None:
    """The adapter as one that can answer, if it can."""
    able = adapter.INFO.capabilities.reply and hasattr(adapter, "send") and hasattr(adapter, "find_sent")
    return cast(Sender, adapter) if able else None


def login_flow(adapter: Adapter) -> LoginFlow | None:
    """The adapter as one that logs in by more than a pasted secret, if it does."""
    return cast(LoginFlow, adapter) if hasattr(adapter, "begin_login") else None


def receiver(adapter: Adapter) -> Receiver | None:
    """The adapter as one whose network pushes, if it does."""
    return cast(Receiver, adapter) if hasattr(adapter, "receive") else None


def actor(adapter: Adapter) -> Actor | None:
    """The adapter as one that can do more than answer, if it can."""
    able = bool(adapter.INFO.capabilities.verbs) and hasattr(adapter, "act") and hasattr(adapter, "acted")
    return cast(Actor, adapter) if able else None


def composer(adapter: Adapter) -> Composer | None:
    """The adapter as one that changes texts before sending them, if it does."""
    return cast(Composer, adapter) if hasattr(adapter, "compose") else None


def limiter(adapter: Adapter) -> Limiter | None:
    """The adapter as one that asks a server for its limits, if it does."""
    return cast(Limiter, adapter) if hasattr(adapter, "limits") else None


def refresher(adapter: Adapter) -> Refresher | None:
    """The adapter as one that renews credentials, if it does."""
    return cast(Refresher, adapter) if hasattr(adapter, "refresh") else None


def renews(adapter: Adapter, account: Account) -> bool:
    """Whether something renews an account's token: a refresh token, unless the adapter says more of it."""
    if refresher(adapter) is None:
        return False
    said = getattr(adapter, "renews", None)
    return bool(account.credentials.refresh_token) if said is None else bool(said(account))


def warner(adapter: Adapter) -> Warner | None:
    """The adapter as one that takes a content warning along, if it does."""
    return cast(Warner, adapter) if hasattr(adapter, "warning") else None


def recognizer(adapter: Adapter) -> Recognizer | None:
    """The adapter as one that knows a reply among the messages that were read back, if it does."""
    return cast(Recognizer, adapter) if hasattr(adapter, "is_sent") else None


def reviewer(adapter: Adapter) -> Reviewer | None:
    """The adapter as one that can say what became of an answer that the network held, if it can."""
    return cast(Reviewer, adapter) if hasattr(adapter, "reviewed") else None


def check_options(adapter_info: Info, options: Mapping[str, object]) -> list[OptionProblem]:
    """What is wrong with a source's options: unknown keys, wrong types, values not allowed, keys missing."""
    known = {option.name: option for option in adapter_info.options}
    problems = []
    for key, value in options.items():
        option = known.get(key)
        if option is None:
            near = nearest(key, (*known, *COMMON))
            tail = f"did you mean {near!r}?" if near else f"it has: {', '.join(known) or 'none of its own'}"
            problems.append(OptionProblem(key, f"{adapter_info.network} has no option {key!r}; {tail}"))
        elif (wrong := _wrong(option, value)) is not None:
            problems.append(OptionProblem(key, wrong))
    problems += [
        OptionProblem(option.name, f"{adapter_info.network} needs {option.name!r}: {option.help}")
        for option in adapter_info.options
        if option.required and option.name not in options
    ]
    return problems


def _wrong(option: Option, value: object) -> str | None:
    """Why a value does not fit its option."""
    words = {"text": "text", "number": "a number", "flag": "true or false", "list": "a list of texts", "path": "a path"}
    if option.type == "flag":
        fits = isinstance(value, bool)
    elif option.type == "number":
        fits = isinstance(value, int | float) and not isinstance(value, bool)
    elif option.type == "list":
        fits = isinstance(value, list) and all(isinstance(part, str) for part in value)
    else:
        fits = isinstance(value, str) and bool(value)
    if not fits:
        return f"{option.name!r} must be {words[option.type]}, not {value!r}"
    if option.choices and value not in option.choices:
        near = nearest(str(value), option.choices)
        tail = f"; did you mean {near!r}?" if near else ""
        return f"{option.name!r} is one of {', '.join(option.choices)}, not {value!r}{tail}"
    return None
