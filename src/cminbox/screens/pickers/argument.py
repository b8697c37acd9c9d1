"""The picker that asks for a command's first argument."""

from __future__ import annotations

from typing import Any

from textual.screen import ModalScreen

from cminbox.commands.registry import Command
from cminbox.desk.verbs import note_of, tells_on
from cminbox.model import TAKING, StoredMessage
from cminbox.rules import lexicon_entry
from cminbox.rules.lexicon import languages
from cminbox.rules.lexicon_entry import Written, take_back
from cminbox.screens.pickers.correction import LEXICON, CorrectionPicker
from cminbox.screens.pickers.crisis import CrisisPicker
from cminbox.screens.pickers.expert import ExpertPicker
from cminbox.screens.pickers.label import LabelPicker
from cminbox.screens.pickers.member import MemberPicker
from cminbox.screens.pickers.promise import BackPicker, PromisePicker, WhichPromise
from cminbox.screens.pickers.reason import ReasonPicker
from cminbox.screens.pickers.role import RolePicker
from cminbox.screens.pickers.snooze import SnoozePicker
from cminbox.screens.pickers.text import TextPrompt
from cminbox.screens.pickers.verb_reason import VerbReasonPicker
from cminbox.screens.services import Services
from cminbox.store import conversations, messages

__all__ = ["LEXICON", "WhichPromise", "picker_for", "prompt_for_next", "take_back", "teach"]


def teach(services: Services, language: str, valence: str, words: str) -> Written:
    """Write what a `CorrectionPicker` gave for the user's lexicon.

    Raises:
        CminboxError: it is no entry, or cannot be written.
    """
    return lexicon_entry.write(services.config.paths.lexicons, language, words, valence)


def prompt_for_next(command: Command, given: tuple[str, ...]) -> TextPrompt | None:
    """What asks for the argument behind those that were given; None where no other is needed."""
    left = command.args[len(given) :]
    if not left or not left[0].required:
        return None
    return TextPrompt(f"{command.name} {' '.join(given)}: {left[0].name}")


def _topics(services: Services, ids: tuple[int, ...]) -> tuple[str, ...]:
    """What the first of some conversations is about: its labels, and what they want."""
    row = conversations.get(services.store.read(), ids[0]) if ids else None
    return () if row is None else (*row.labels, *row.content.signals)


def picker_for(
    command: Command, services: Services, ids: tuple[int, ...], chosen: StoredMessage | None = None
) -> ModalScreen[Any]:
    """A modal that gives the argument: a text, or a tuple of texts where there are several.

    Args:
        command: it takes an argument.
        services: what is offered comes from them.
        ids: the conversations that it will act on.
        chosen: the message that the person chose.
    """
    match command.args[0].kind:
        case "text" if command.name in TAKING:
            rows = conversations.many(services.store.read(), ids)
            verb = next(verb for verb in TAKING if verb == command.name)
            networks = {row.network for row in rows.values()}
            return VerbReasonPicker(
                verb,
                services.desk.context,
                note_of(rows[ids[0]].network, verb) if ids[0] in rows else "",
                [network for network in sorted(networks) if tells_on(network, verb)],
            )
        case "member" if command.name == "promise-to":
            return MemberPicker(services, title="Whose it is to keep", teams=False)
        case "member":
            return MemberPicker(services)
        case "promise":
            return PromisePicker(services.clock, zone=services.config.zone)
        case "length":
            return BackPicker()
        case "label":
            first = conversations.get(services.store.read(), ids[0])
            return LabelPicker(services.store, first.labels if first else ())
        case "when":
            return SnoozePicker(services.clock, zone=services.config.zone)
        case "role":
            first = conversations.get(services.store.read(), ids[0])
            return RolePicker(first.role if first else "")
        case "reason":
            return ReasonPicker()
        case "correction":
            newest = messages.inbound(services.store.read(), ids[0], 1) if len(ids) == 1 else []
            return CorrectionPicker(chosen or next(iter(newest), None), languages())
        case "expert":
            return ExpertPicker(services.desk.context.experts, _topics(services, ids))
        case "crisis":
            return CrisisPicker(services.store)
        case _:
            return TextPrompt(command.help)
