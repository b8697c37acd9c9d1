"""Choosing a template: ranked for the conversation, shown as it would be sent."""

from __future__ import annotations

from collections.abc import Iterable

from cminbox.desk.reply_draft import ReplyDraft, begin
from cminbox.errors import CminboxError
from cminbox.replies import TemplateBook, load
from cminbox.screens.services import Services
from cminbox.text import one_line
from cminbox.widgets.picker import Choice, Picker


class TemplatePicker(Picker[str]):
    """Which template to answer from; gives its name. The preview is the text as it would stand in the composer."""

    def __init__(self, services: Services, conversation_id: int) -> None:
        super().__init__(
            f"Answer from a template{_broken(load(services.config.paths.templates))}",
            (),
            hint="Enter take it   ↑ ↓ move   Esc leave",
            empty="There are no templates. Write one: templates/*.toml in the configuration folder.",
        )
        self._services = services
        self._conversation_id = conversation_id

    def choices(self) -> Iterable[Choice[str]]:
        """The fittest first: by language, labels, network and past use."""
        try:
            writing = self._writing()
        except CminboxError as error:
            self.notice(error.line())
            return
        numbers = {template.name: number for number, template in writing.quick.items()}
        for template in writing.ranked:
            try:
                filled, lang = writing.filled(template)
            except CminboxError as error:
                yield Choice(template.name, f"  {template.name}", "broken", preview=error.line())
                continue
            text = filled.text
            parts = [f"{', '.join(filled.missing)} is empty"] if filled.missing else []
            left = writing.left(text)
            parts += [f"{-left:,} too long"] if left is not None and left < 0 else []
            parts += [", ".join(template.labels)] if template.labels else []
            parts.append(lang)
            title = f"{numbers.get(template.name, ' ')} {template.name}"
            yield Choice(template.name, title, " · ".join(parts), words=f"{template.title} {text}", preview=text)

    def _writing(self) -> ReplyDraft:
        services = self._services
        return begin(services.store.read(), self._conversation_id, services.config, services.member)


def _broken(book: TemplateBook) -> str:
    """What is wrong with the files, below the title; empty where nothing is."""
    if not book.problems:
        return ""
    return f"\n{one_line(book.problems[0].message)} — cminbox templates check tells all that is wrong"
