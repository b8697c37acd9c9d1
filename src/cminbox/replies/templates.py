"""Templates: `templates/*.toml`, the user's over the shipped ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from cminbox.errors import ConfigError
from cminbox.replies.rendering import Rendered, mistake, render
from cminbox.text import clean
from cminbox.toml_folder import read_folder, stamps
from cminbox.tomlfile import Table, locate

SHIPPED = Path(__file__).parent / "defaults"

_FALLBACK = "en"
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
        problems: one line for each mistake.
    """

    templates: tuple[Template, ...]
    problems: tuple[ConfigError, ...] = ()

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
        for template in self.templates:
            for (language, network), text in template.texts.items():
                wrong = mistake(text)
                if wrong is not None:
                    where = f"{language} on {network}" if network else language
                    message = f"template {template.name!r}, {where}: {wrong}"
                    found.append(ConfigError(message, file=template.file, line=template.line))
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
    """The shipped templates and those of the user's folder; they are read again only where a file has changed.

    Args:
        folder: the user's `templates/`; it need not exist.
    """
    return _load(folder, stamps(SHIPPED), stamps(folder) if folder is not None else ())


@lru_cache(maxsize=4)
def _load(folder: Path | None, *_stamps: object) -> TemplateBook:
    templates: dict[str, Template] = {}
    problems: list[ConfigError] = []
    for read in read_folder(SHIPPED, folder, "template", read_template).values():
        problems.extend(read.problems)
        for template in read.items:
            first = templates.get(template.name)
            if first is not None and not _is_shipped(first) and not _is_shipped(template):
                problems.append(_second(template, first))
            elif first is None or not _is_shipped(template):
                templates[template.name] = template
    return TemplateBook(_one_per_digit(list(templates.values())), tuple(problems))


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
    return ConfigError(
        f"a second template is called {template.name!r}",
        file=template.file,
        line=template.line,
        hint=f"the first, in {place}, stays; give this one another name",
    )


def read_template(table: Table) -> Template:
    """The template of one `[[template]]` table.

    Raises:
        ConfigError: its first mistake.
    """
    name = table.text("name")
    if any(letter.isspace() for letter in name):
        raise table.error("name", f"the name {name!r} has a space in it", 'as in name = "refund-delayed"')
    texts: dict[tuple[str, str | None], str] = {}
    for language, text in _texts(table.table("text")):
        texts[language, None] = text
    networks = table.table("network")
    for network in networks.values:
        for language, text in _texts(networks.table(network)):
            texts[language, network] = text
    template = Template(
        name=name,
        title=table.text("title", name) or name,
        labels=tuple(dict.fromkeys(table.texts("labels"))),
        texts=texts,
        quick=_quick(table),
        holding=table.flag("holding", False),
        file=table.file,
        line=locate(table.file, table.at),
    )
    table.done()
    if not texts:
        raise table.error("name", f"template {name!r} has no text", 'as in [template.text] and en = "…"')
    return template


def _texts(table: Table) -> Iterator[tuple[str, str]]:
    """The texts of a table by language."""
    for language in table.values:
        if not _is_language(language):
            raise table.error(language, f"{language!r} is no language code", "as in en, hi or hi-Latn")
        yield language, table.text(language).strip()


def _quick(table: Table) -> int | None:
    if not table.has("quick"):
        return None
    digit = table.number("quick")
    if not 1 <= digit <= 9:
        raise table.error("quick", "quick must be a digit from 1 to 9")
    return digit


def _is_language(code: str) -> bool:
    """Whether it has the form of a language code: `en`, `hi-Latn`."""
    base, _, script = code.partition("-")
    return len(base) == 2 and base.isascii() and base.isalpha() and base.islower() and (not script or len(script) == 4)
