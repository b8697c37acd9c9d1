"""Rule files: `rules/*.toml`, the user's over the shipped ones."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import chain
from pathlib import Path

from cminbox import query
from cminbox.config import SLA_HOURS, Config
from cminbox.errors import ConfigError, QueryError, SeveralMistakes
from cminbox.model import CONTACT_ROLES, Reason
from cminbox.query.tree import And, Is, Leaf, Named, Node, Or, Pattern, Range, Words, leaves
from cminbox.rules import switches
from cminbox.rules.index import Index
from cminbox.rules.switches import NOTHING_OFF, Switches
from cminbox.suggest import nearest
from cminbox.toml_folder import FileRead, read_file, read_folder
from cminbox.tomlfile import Key, Mistakes, Table, column_of, locate

SHIPPED = Path(__file__).parent / "defaults"

_POINTS = 100
_MOST_TIMES = 5
_ASSIGN = re.compile(r"(?:(?:team|least-loaded|round-robin):)?[^\s:]+")


@dataclass(frozen=True)
class Rule:
    """One `[[rule]]` of a file, after its values were checked."""

    name: str
    when: query.Query
    priority: int = 0
    most: int | None = None
    """Where the priority of what matches ends at most; None: nowhere below 100."""
    within_band: bool = False
    """Whether its points are cut so that they leave the band as it is."""
    urgency: float = 0.0
    """How often the points of their service words count."""
    labels: tuple[str, ...] = ()
    sla: int | None = None
    """The SLA in milliseconds; 0 takes it away."""
    sla_hours: str = ""
    """What the SLA counts: `wall` or `business`; empty for what the configuration says."""
    answer: bool | None = None
    """Whether what matches needs an answer; None says nothing of it."""
    assign: str = ""
    role: str = ""
    """What the person behind what matches is to the brand, where nobody said so; empty says nothing of it."""
    lift: bool = False
    """Whether what a listening source brought is lifted into the queue."""
    propose_crisis: bool = False
    notify: tuple[str, ...] = ()
    stop: bool = False
    file: Path | None = None
    line: int | None = None
    at: tuple[Key, ...] = ()
    """The way to it in its file."""

    @cached_property
    def conditions(self) -> tuple[Leaf, ...]:
        """What holds of the row whenever the rule matches, and signals that may; nothing where it looks at the text."""
        tree = self.when.tree
        return () if any(isinstance(leaf, Words | Pattern) for leaf in leaves(tree)) else tuple(_told(tree))

    @property
    def said(self) -> tuple[str, list[object]]:
        """What it says, wherever it stands."""
        kept = [f.name for f in fields(Rule) if f.name not in ("when", "file", "line", "at")]
        return self.when.text, [getattr(self, name) for name in kept]

    @cached_property
    def reason(self) -> Reason | None:
        """The reason that it gives, where that is the same for every conversation; None where the row is told of."""
        return None if self.conditions else Reason(self.priority, self.name, self.name)


@dataclass(frozen=True)
class RuleBook:
    """The rules in force, in the order in which they are tried, and what is wrong with the files.

    Attributes:
        rules: all rules; each name once.
        problems: one line for each mistake; the rules of a broken file are its last good ones.
        folder: the user's folder.
        files: what each file said.
        off: rules that are switched off, in the same order.
        switches: the file that says which.
    """

    rules: tuple[Rule, ...]
    problems: tuple[ConfigError, ...] = ()
    folder: Path | None = None
    files: Mapping[str, FileRead[Rule]] | None = None
    off: tuple[Rule, ...] = ()
    switches: Switches = NOTHING_OFF

    @property
    def all(self) -> tuple[Rule, ...]:
        """Every rule, on or off, in order."""
        known = {rule.name: rule for rule in (*self.rules, *self.off)}
        every = (rule for file in (self.files or {}).values() for rule in file.items)
        return tuple(rule for rule in every if known.get(rule.name) is rule) if self.files else self.rules

    @cached_property
    def index(self) -> Index:
        """Finds the few rules that can match a conversation at all."""
        return Index([rule.when for rule in self.rules])

    @cached_property
    def looks_at_labels(self) -> bool:
        """Whether any rule asks for a label."""
        every = (leaf for rule in self.rules for leaf in leaves(rule.when.tree))
        return any(isinstance(leaf, Named) and leaf.field in ("label", "topic") for leaf in every)

    @cached_property
    def answering(self) -> frozenset[int]:
        """The places of the rules on which it depends what needs an answer; none where no rule speaks of it."""
        if all(rule.answer is None for rule in self.rules):
            return frozenset()
        return frozenset(place for place, rule in enumerate(self.rules) if rule.answer is not None or rule.stop)

    @cached_property
    def lifting(self) -> bool:
        """Whether any rule lifts what was only heard."""
        return any(rule.lift for rule in self.rules)

    @cached_property
    def labelling(self) -> frozenset[int]:
        """The places of the rules on which labels depend: those that give one, and those that end the trial."""
        return frozenset(place for place, rule in enumerate(self.rules) if rule.labels or rule.stop)

    @property
    def digest(self) -> str:
        """A mark of what the rules say, wherever they stand; the same as long as that is."""
        said = [rule.said for rule in self.rules]
        return hashlib.sha256(repr(said).encode("utf-8", "replace")).hexdigest()

    def reload(self) -> RuleBook:
        """This book, or a new one if a file changed; a broken file keeps its last good rules."""
        files = read_folder(SHIPPED, self.folder, "rule", read_rule, self.files)
        off = switches.read(self.folder, self.switches)
        return self if (files, off) == (self.files, self.switches) else _assemble(self.folder, files, off)


def load(folder: Path | None) -> RuleBook:
    """The shipped rules and those of the user's folder, in order of file names.

    Args:
        folder: the user's `rules/`; it need not exist.
    """
    return _assemble(folder, read_folder(SHIPPED, folder, "rule", read_rule), switches.read(folder))


def beside(book: RuleBook, config: Config) -> list[ConfigError]:
    """Mistakes of rules that only the configuration shows: they notify nobody, or count hours that there are not."""
    names = config.told_names
    found = []
    files = (book.files or {}).values()
    # A file with a mistake elsewhere is not in force, and its rules have these mistakes nevertheless.
    for rule in dict.fromkeys(chain(book.rules, *(file.read for file in files))):
        for name in rule.notify:
            if problem := names.problem(name):
                message = f"rule {rule.name!r} notifies {name!r}, and {problem[0]}"
                hint = problem[1] or "config.toml names no [[member]] and no [[channel]] yet"
                found.append(_about(rule, "notify", message, hint))
        if rule.sla_hours == "business" and config.calendar is None:
            message = f"rule {rule.name!r} counts business hours, and there are none"
            hint = "add a [calendar] to config.toml, or take sla_hours away"
            found.append(_about(rule, "sla_hours", message, hint))
    return found


def _about(rule: Rule, key: str, message: str, hint: str) -> ConfigError:
    """A mistake in a value of a rule."""
    if rule.file is None:
        return ConfigError(message, hint=hint)
    line = locate(rule.file, (*rule.at, key)) or rule.line
    return ConfigError(message, file=rule.file, line=line, column=column_of(rule.file, line), hint=hint)


def load_file(path: Path) -> RuleBook:
    """The rules of one file alone, for trying them out."""
    return _assemble(None, {path.name: read_file(path, "rule", read_rule)})


def _assemble(folder: Path | None, files: Mapping[str, FileRead[Rule]], off: Switches = NOTHING_OFF) -> RuleBook:
    rules: dict[str, Rule] = {}
    problems: list[ConfigError] = []
    for read in files.values():
        problems.extend(read.problems)
        for rule in read.items:
            first = rules.setdefault(rule.name, rule)
            if first is not rule:
                place = f"{first.file.name}:{first.line}" if first.file else "another file"
                problems.append(
                    ConfigError(
                        f"a second rule is called {rule.name!r}",
                        file=rule.file,
                        line=rule.line,
                        column=None if rule.file is None else column_of(rule.file, rule.line),
                        hint=f"the first, in {place}, stays; give this one another name",
                    )
                )
    problems += off.problems(rules)
    on, not_on = (
        [rule for rule in rules.values() if (rule.name.strip() in off.lines) is is_off] for is_off in (False, True)
    )
    return RuleBook(tuple(on), tuple(problems), folder, files, tuple(not_on), off)


def _told(tree: Node) -> Iterator[Leaf]:
    """The leaves that hold whenever a tree does: itself, or the parts of a conjunction.

    Of alternatives the signals, of which a reason names those that are there.
    """
    if isinstance(tree, And):
        for part in tree.parts:
            yield from _told(part)
    elif isinstance(tree, Or):
        yield from (part for part in tree.parts if isinstance(part, Named) and part.field == "signal")
    elif isinstance(tree, Is | Named | Range):
        yield tree


def read_rule(table: Table) -> Rule:
    """The rule of one `[[rule]]` table.

    Raises:
        SeveralMistakes: all of its mistakes.
    """
    gather = Mistakes()
    no_names: tuple[str, ...] = ()
    rule = Rule(
        name=gather.of(lambda: table.text("name"), ""),
        when=gather.of(lambda: _query(table), query.parse("")),
        priority=gather.of(lambda: _points(table), 0),
        most=gather.of(lambda: _most(table), None),
        within_band=gather.of(lambda: _within_band(table), False),
        urgency=gather.of(lambda: _urgency(table), 0.0),
        labels=gather.of(lambda: _names(table, "labels"), no_names),
        sla=gather.of(lambda: _sla(table), None),
        sla_hours=gather.of(lambda: table.choice("sla_hours", SLA_HOURS, "") if table.has("sla_hours") else "", ""),
        answer=gather.of(lambda: table.flag("answer", False) if table.has("answer") else None, None),
        assign=gather.of(lambda: _assign(table), ""),
        role=gather.of(lambda: table.choice("role", CONTACT_ROLES, "") if table.has("role") else "", ""),
        lift=gather.of(lambda: table.flag("lift", False), False),
        propose_crisis=gather.of(lambda: table.flag("propose_crisis", False), False),
        notify=gather.of(lambda: _names(table, "notify"), no_names),
        stop=gather.of(lambda: table.flag("stop", False), False),
        file=table.file,
        line=locate(table.file, table.at),
        at=table.at,
    )
    told = {error.line_number for error in gather.found}
    # A key that is near to one that is missing was told as that.
    gather.found += [error for error in table.unknown() if error.line_number not in told]
    if gather.found:
        raise SeveralMistakes(gather.found, rule)
    acts = (rule.priority, rule.labels, rule.sla_hours, rule.assign, rule.role, rule.lift)
    tells = (rule.propose_crisis, rule.notify, rule.stop, rule.urgency)
    silent = rule.sla is None and rule.answer is None and rule.most is None
    if silent and not any((*acts, *tells)):
        hint = (
            "give it priority, most, urgency, labels, sla, answer, assign, role, lift, propose_crisis, notify or stop"
        )
        raise SeveralMistakes([table.error("name", f"rule {rule.name!r} does nothing", hint)], rule)
    return rule


def _query(table: Table) -> query.Query:
    if not table.has("when"):
        if near := nearest("when", table.rest()):
            raise table.error(near, f'unknown key "{near}" in [[rule]]', 'did you mean "when"?')
        raise table.error(None, '"when" is missing in [[rule]]', "write when = '' to match all")
    text = table.text("when", "")
    try:
        return query.parse_typed(text)
    except QueryError as error:
        line, column = _place_in_file(table.file, locate(table.file, (*table.at, "when")), error.column)
        message = error.message.removeprefix(f"column {error.column}: ")
        raise ConfigError(message, file=table.file, line=line, column=column, hint=error.hint) from None


def _points(table: Table) -> int:
    points = table.number("priority", 0)
    if not -_POINTS <= points <= _POINTS:
        raise table.error("priority", f"priority goes from -{_POINTS} to +{_POINTS}", "as in priority = +35")
    return points


def _most(table: Table) -> int | None:
    if not table.has("most"):
        return None
    most = table.number("most", _POINTS)
    if not 0 <= most <= _POINTS:
        raise table.error("most", f"most goes from 0 to {_POINTS}", "as in most = 9")
    return most


def _within_band(table: Table) -> bool:
    within = table.flag("within_band", False)
    if within and not table.has("priority"):
        raise table.error("within_band", "within_band says how far points of a priority go", "give it priority too")
    return within


def _urgency(table: Table) -> float:
    times = table.real("urgency", 0.0)
    if not 0 <= times <= _MOST_TIMES:
        raise table.error("urgency", f"urgency goes from 0 to {_MOST_TIMES}", "as in urgency = 1.0")
    return times


def _names(table: Table, key: str) -> tuple[str, ...]:
    names = table.texts(key)
    if not all(name.strip() for name in names):
        raise table.error(key, f"{key} has an empty name in it")
    return tuple(dict.fromkeys(name.strip() for name in names))


def _sla(table: Table) -> int | None:
    if not table.has("sla"):
        return None
    return 0 if table.values["sla"] in ("none", False) else table.duration("sla", least=1)


def _assign(table: Table) -> str:
    text = table.text("assign", "")
    if text and not _ASSIGN.fullmatch(text):
        raise table.error(
            "assign", f"cannot assign to {text!r}", "a member, team:NAME, least-loaded:TEAM or round-robin:TEAM"
        )
    return text


_OPENING = re.compile(r"""^\s*when\s*=\s*('''|\"\"\"|'|")""")


def _place_in_file(path: Path, line: int | None, column: int) -> tuple[int | None, int | None]:
    """Line and column in the file of the query's column, where the query stands in the file as it is read."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return line, None
    if line is None or not 0 < line <= len(lines):
        return line, None
    opening = _OPENING.match(lines[line - 1])
    if opening is None:
        return line, None
    start = opening.end()
    if len(opening[1]) == 3 and start == len(lines[line - 1]):
        line, start = line + 1, 0
    while line <= len(lines) and start + column > len(lines[line - 1]) + 1 and len(opening[1]) == 3:
        column -= len(lines[line - 1]) - start + 1
        line, start = line + 1, 0
    return line, start + column
