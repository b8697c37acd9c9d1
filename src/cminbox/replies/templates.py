"""Templates: `templates/*.toml`, the user's over the shipped ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path

from cminbox.errors import ConfigError, SeveralMistakes
from cminbox.replies.rendering import Rendered, mistake, render
from cminbox.text import clean
from cminbox.toml_folder import FileRead, read_folder
from cminbox.tomlfile import Key, Mistakes, Table, column_of, locate

SHIPPED = Path(__file__).parent / "defaults"

_FALLBACK = "en"
_HOW_TO_WRITE = "a value is written {{ author.name }}, a condition {% if author.name %} … {% endif %}"
_OPENS_LINES = re.compile(r"""[^=]*=\s*(?:\"{3}|'{3})(.*)""")
_RELATED: Mapping[str, str] = {"hi-Latn": "hi"}

Texts = Mapping[tuple[str, str | None], str]


@dataclass(frozen=True)
class Template:
    """One template.

    Attributes:
        texts: by language and network; the network is None for the text that fits any.
        quick: the digit that inserts it, if it has one.
        holding: it only says that an answer is to come, so it is no useful one.
    """

    name: str
    title: str
    labels: tuple[str, ...] = ()
    texts: Texts = field(default_factory=dict)
    quick: int | None = None
    holding: bool = False
    file: Path | None = None
    line: int | None = None
    at: tuple[Key, ...] = ()
    """The way to it in its file."""

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that it has a text in."""
        return tuple(dict.fromkeys(language for language, _ in self.texts))

    def text_for(self, lang: str, network: str | None = None) -> tuple[str, str]:
        """The text for a language and a network, and the language that it is in.

        The language counts for more than the network: a text of the right language for any network is taken before
        one of another language for this one. Without the language: its nearest relative, English, whatever there is.
        """
        for wanted in (lang, lang.partition("-")[0], _RELATED.get(lang, ""), _FALLBACK, *self.languages):
            for place in (network, None):
                text = self.texts.get((wanted, place))
                if text is not None:
                    return text, wanted
        # Only texts for other networks are left.
        (language, _), text = next(iter(self.texts.items()), ((lang, None), ""))
        return text, language

    def speaks(self, lang: str) -> bool:
        """Whether it has a text in the language itself."""
        return any(language == lang for language, _ in self.texts)


@dataclass(frozen=True)
class TemplateBook:
    """The templates, and what is wrong with their files.

    Attributes:
        templates: each name once; a user's template replaces the shipped one of its name.
        problems: one line for each mistake; the templates of a broken file are its last good ones.
        read: what the files say now, as far as it can be read, also where it is not in force.
    """

    templates: tuple[Template, ...]
    problems: tuple[ConfigError, ...] = ()
    read: tuple[Template, ...] = ()

    def get(self, name: str) -> Template | None:
        """The template of that name."""
        return next((template for template in self.templates if template.name == name), None)

    def picks(self, ranked: Sequence[Template]) -> dict[int, Template]:
        """The template of each quick key: those with a digit of their own, the free digits in the order of rank."""
        picks = {template.quick: template for template in reversed(ranked) if template.quick is not None}
        free = iter(digit for digit in range(1, 10) if digit not in picks)
        picks.update(zip(free, (template for template in ranked if template.quick is None), strict=False))
        return dict(sorted(picks.items()))

    def check(self) -> tuple[ConfigError, ...]:
        """The mistakes inside the texts, which are looked for only when asked: that needs Jinja."""
        found: list[ConfigError] = []
        for template in self.read or self.templates:
            for (language, network), text in template.texts.items():
                wrong = mistake(text)
                if wrong is not None:
                    where = f"{language} on {network}" if network else language
                    place = ("network", network, language) if network else ("text", language)
                    message = f"template {template.name!r}, {where}: {wrong.reason}"
                    found.append(_about(template, place, message, _HOW_TO_WRITE, wrong.line))
        return tuple(found)


def fill(template: Template, lang: str, network: str | None, values: Mapping[str, object]) -> tuple[Rendered, str]:
    """A template's text for a language and a network, filled in, and the language that it is in.

    Raises:
        ConfigError: it cannot be filled in; the line names it.
    """
    text, spoken = template.text_for(lang, network)
    try:
        rendered = render(text, values)
    except ConfigError as error:
        message = error.message.replace("the template", f"template {template.name!r}", 1)
        raise ConfigError(message, file=template.file, line=template.line, hint=error.hint) from None
    return replace(rendered, text=clean(rendered.text)), spoken


def load(folder: Path | None) -> TemplateBook:
    """The shipped templates and those of the user's folder; a file is read again only where it has changed.

    Args:
        folder: the user's `templates/`; it need not exist.
    """
    return _folder(folder).load()


class _Folder:
    """The templates of a folder; while a file is broken, what it last said stays."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._files: dict[str, FileRead[Template]] | None = None
        self._book = TemplateBook(())

    def load(self) -> TemplateBook:
        files = read_folder(SHIPPED, self._folder, "template", read_template, self._files)
        if files != self._files:
            self._files, self._book = files, _assemble(files)
        return self._book


_folder = lru_cache(maxsize=4)(_Folder)


def _assemble(files: Mapping[str, FileRead[Template]]) -> TemplateBook:
    templates: dict[str, Template] = {}
    problems: list[ConfigError] = []
    for read in files.values():
        problems.extend(read.problems)
        for template in read.items:
            first = templates.get(template.name)
            if first is not None and not _is_shipped(first) and not _is_shipped(template):
                problems.append(_second(template, first))
            elif first is None or not _is_shipped(template):
                templates[template.name] = template
    now = tuple(template for read in files.values() for template in read.read)
    return TemplateBook(_one_per_digit(list(templates.values())), tuple(problems), now)


def _one_per_digit(templates: list[Template]) -> tuple[Template, ...]:
    """Where two want a digit, the user's has it."""
    owners: dict[int, Template] = {}
    for template in sorted(templates, key=_is_shipped):
        if template.quick is not None:
            owners.setdefault(template.quick, template)
    return tuple(
        template if template.quick is None or owners[template.quick] is template else replace(template, quick=None)
        for template in templates
    )


def _is_shipped(template: Template) -> bool:
    return template.file is not None and template.file.parent == SHIPPED


def _second(template: Template, first: Template) -> ConfigError:
    place = f"{first.file.name}:{first.line}" if first.file else "another file"
    hint = f"the first, in {place}, stays; give this one another name"
    return _about(template, ("name",), f"a second template is called {template.name!r}", hint)


def _about(template: Template, place: tuple[Key, ...], message: str, hint: str, text_line: int = 1) -> ConfigError:
    """A mistake in a value of a template, and in which line of it, where it is a text of several."""
    file = template.file
    if file is None:
        return ConfigError(message, hint=hint)
    line = locate(file, (*template.at, *place)) or template.line
    if line is not None:
        line = _line_in_file(file, line, text_line)
    return ConfigError(message, file=file, line=line, column=column_of(file, line), hint=hint)


def _line_in_file(file: Path, line: int, text_line: int) -> int:
    """The line of a file in which a line of a text stands whose key stands in `line`."""
    try:
        lines = file.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError):
        return line
    opening = _OPENS_LINES.match(lines[line - 1]) if line <= len(lines) else None
    if opening is None:
        return line
    if not opening[1].strip(" \t\\"):
        # What is empty before the text is no part of it.
        line = next((number for number in range(line + 1, len(lines) + 1) if lines[number - 1].strip()), line)
    return line + text_line - 1


def read_template(table: Table) -> Template:
    """The template of one `[[template]]` table.

    Raises:
        SeveralMistakes: all of its mistakes.
    """
    gather = Mistakes()
    texts: dict[tuple[str, str | None], str] = {}
    for network, part in _texts_by_network(table, gather):
        for language in part.values:
            text = gather.of(partial(_text, part, language), "")
            if text:
                texts[language, network] = text
    no_labels: tuple[str, ...] = ()
    name = gather.of(lambda: _name(table), "")
    template = Template(
        name=name,
        title=gather.of(lambda: table.text("title", name), name) or name,
        labels=tuple(dict.fromkeys(gather.of(lambda: table.texts("labels"), no_labels))),
        texts=texts,
        quick=gather.of(lambda: _quick(table), None),
        holding=gather.of(lambda: table.flag("holding", False), False),
        file=table.file,
        line=locate(table.file, table.at),
        at=table.at,
    )
    told = {error.line_number for error in gather.found}
    # A key that is near to one that is missing was told as that.
    gather.found += [error for error in table.unknown() if error.line_number not in told]
    if not texts and not gather.found:
        gather.found.append(table.error("name", f"template {name!r} has no text", 'as in [template.text] and en = "…"'))
    if gather.found:
        raise SeveralMistakes(gather.found, template)
    return template


def _texts_by_network(table: Table, gather: Mistakes) -> Iterator[tuple[str | None, Table]]:
    """The tables of texts by language, each with its network; None for the one that fits any."""
    empty = Table({}, table.file)
    yield None, gather.of(lambda: table.table("text"), empty)
    networks = gather.of(lambda: table.table("network"), empty)
    for network in networks.values:
        yield network, gather.of(partial(networks.table, network), empty)


def _name(table: Table) -> str:
    name = table.text("name")
    if any(letter.isspace() for letter in name):
        raise table.error("name", f"the name {name!r} has a space in it", 'as in name = "refund-delayed"')
    return name


def _text(table: Table, language: str) -> str:
    """The text in a language."""
    if not _is_language(language):
        raise table.error(language, f"{language!r} is no language code", "as in en, hi or hi-Latn")
    return table.text(language).strip()


def _quick(table: Table) -> int | None:
    if not table.has("quick"):
        return None
    digit = table.number("quick")
    if not 1 <= digit <= 9:
        raise table.error("quick", "quick must be a digit from 1 to 9", "as in quick = 3")
    return digit


def _is_language(code: str) -> bool:
    """Whether it has the form of a language code: `en`, `hi-Latn`."""
    base, _, script = code.partition("-")
    return len(base) == 2 and base.isascii() and base.isalpha() and base.islower() and (not script or len(script) == 4)
