"""The sandbox in which templates are filled in: what they may use, and how much of it.

Jinja's own sandbox keeps Python out of reach, but bounds neither time nor memory: one filter makes a text of gigabytes,
two loops never end. Here each filter and method is one of a list, and what it is given and gives is measured before it
is done. Every step of a loop, every call and every piece of text is paid for from one budget. A template that has spent
it, or its time, ends with an error; no single step takes long.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, wraps
from itertools import islice
from types import CodeType
from typing import Any

from jinja2 import ChainableUndefined, Template, meta, nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.nodes import EvalContext
from jinja2.runtime import Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace
from jinja2.visitor import NodeTransformer

LONGEST = 20_000
"""Characters of a text, and members of a list."""
MOST_STEPS = 200_000
"""A step: one node of the template that is worked out, or ten characters that are handled."""
SECONDS = 1.0
DEEPEST = 60
"""Brackets, conditions and loops within each other."""
LARGEST = 10**12
"""Numbers grow no further."""
MOST_COUNTED = 1_000
"""Numbers that filters are given, and of a range."""
MARK = "\x00"
"""Stands on both sides of the name of what has no value."""

_TOO_MUCH = "it does too much: fewer or shorter loops"
_GROWS = f"it grows beyond {LONGEST:,} characters"
_MOST_PRODUCT = 2_000_000


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FILTERS = _words(
    """abs batch capitalize center count d default dictsort e escape first float indent int items join last length
    list lower map max min reject rejectattr replace reverse round select selectattr slice sort string sum title
    trim truncate unique upper urlencode wordcount wordwrap"""
)
_METHODS = _words(
    """capitalize casefold count endswith find isalnum isalpha isdecimal isdigit islower isspace istitle isupper
    join lower lstrip partition removeprefix removesuffix replace rpartition rsplit rstrip split splitlines
    startswith strip swapcase title upper"""
)
_SCALARS = (str, int, float, bool, type(None))


class Missing(ChainableUndefined):
    """Something without a value: false, and visible when it is written."""

    def __getattr__(self, name: str) -> Missing:
        if name.startswith("__"):
            raise AttributeError(name)
        return Missing(name=f"{self._undefined_name}.{name}")

    def __getitem__(self, name: str) -> Missing:  # type: ignore[override]
        return Missing(name=f"{self._undefined_name}.{name}")

    def __str__(self) -> str:
        return f"{MARK}{self._undefined_name}{MARK}"


class Values:
    """A mapping as templates see it: keys only, and a missing one remembers its path."""

    def __init__(self, path: str, content: Mapping[str, object]) -> None:
        self.path = path
        self.content = content

    def find(self, name: str) -> object:
        """The value of a key."""
        path = f"{self.path}.{name}" if self.path else name
        value = self.content.get(name)
        if value is None or value == "":
            return Missing(name=path)
        if isinstance(value, Mapping):
            return Values(path, value)
        return value.replace(MARK, "") if isinstance(value, str) else value

    def __str__(self) -> str:
        """A table in place of one of its values is missing its value."""
        return f"{MARK}{self.path}{MARK}"


class Budget:
    """What one template may still spend.

    Args:
        clock: seconds, going on evenly.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._left = MOST_STEPS
        self._clock = clock
        self._end = clock() + SECONDS

    def spend(self, steps: int) -> None:
        """Pay for some steps before they are done.

        Raises:
            SecurityError: there is not so much left, of steps or of time.
        """
        self._left -= steps
        if self._left < 0 or self._clock() > self._end:
            raise SecurityError(_TOO_MUCH)


def _size(value: object) -> int:
    """How much there is to a value: characters and members.

    Raises:
        SecurityError: it is too long, or a list of lists, whose text can grow without end.
    """
    if isinstance(value, str):
        size = len(value)
    elif isinstance(value, list | tuple | dict | set | frozenset):
        members = [*value, *value.values()] if isinstance(value, dict) else value
        if len(members) > LONGEST or any(isinstance(one, list | tuple | dict | set | frozenset) for one in members):
            raise SecurityError("lists of lists, and very long ones, are too much")
        return sum(len(one) + 1 if isinstance(one, str) else 1 for one in members)
    elif isinstance(value, int | float) and not -LARGEST <= value <= LARGEST:
        raise SecurityError("a number is too large")
    else:
        return 1
    if size > LONGEST:
        raise SecurityError(_GROWS)
    return size


class Sandbox(ImmutableSandboxedEnvironment):
    """Fills in one template.

    Args:
        budget: what it may spend.
    """

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def __init__(self, budget: Budget) -> None:
        # The text goes to a network as it is, so nothing is escaped for HTML. What is constant is not worked out while
        # the template is read: nothing is measured there.
        super().__init__(
            undefined=Missing,
            finalize=_as_text,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,
            optimized=False,
        )
        self.budget = budget
        self.template_steps = 1
        known = self.filters
        self.filters = {name: self._measured(known[name]) for name in _FILTERS if name in known}
        self.filters.update(_looped=self._looped, _joined=self._joined, _flat=self._flat)
        self.globals = {"range": self._range, "namespace": Namespace}

    # what the reader of templates puts in

    def _looped(self, members: Iterable[object], steps: int) -> list[object]:
        """What a loop goes over, paid for before it begins."""
        found = list(islice(members, LONGEST + 1))
        if len(found) > LONGEST:
            raise SecurityError(_TOO_MUCH)
        self.budget.spend(len(found) * steps)
        return found

    def _joined(self, parts: Iterable[object]) -> str:
        """What `~` makes of its two sides."""
        texts = [self.text_of(part) for part in parts]
        if sum(map(len, texts)) > LONGEST:
            raise SecurityError(_GROWS)
        return "".join(texts)

    def _flat(self, members: object) -> object:
        """A list as it is written in a template."""
        self.budget.spend(_size(members))
        return members

    def _range(self, *numbers: int) -> range:
        found = range(*numbers)
        if len(found) > MOST_COUNTED:
            raise SecurityError(f"a range has at most {MOST_COUNTED:,} numbers")
        return found

    def text_of(self, value: object) -> str:
        """A value as it is written into the text.

        Raises:
            TypeError: it is no text and no number.
        """
        if not isinstance(value, (*_SCALARS, Missing, Values)):
            what = "a function" if callable(value) else "a list" if isinstance(value, Iterable) else "this"
            raise TypeError(f"{what} is no text")
        _size(value)
        text = str(value)
        self.budget.spend(1 + len(text) // 10)
        return text

    # what templates use by themselves

    def _measured(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A filter that looks first at what it is given, and then at what it makes."""

        @wraps(function)
        def measured(*args: Any, **named: Any) -> Any:
            self._measure(args, named)
            return self._made(function(*args, **named))

        return measured

    def _measure(self, args: Iterable[object], named: Mapping[str, object]) -> None:
        # Jinja's own arguments are none of the template's.
        more = (value for name, value in named.items() if not name.startswith("_"))
        given = [one for one in (*args, *more) if not isinstance(one, Sandbox | Context | EvalContext)]
        if any(isinstance(one, int) and abs(one) > MOST_COUNTED for one in given[1:]):
            raise SecurityError(f"a number is larger than {MOST_COUNTED:,}")
        sizes = sorted((_size(one) for one in given), reverse=True)
        if len(sizes) > 1 and sizes[0] * sizes[1] > _MOST_PRODUCT:
            raise SecurityError(_GROWS)
        self.budget.spend(1 + sum(sizes) // 10)

    def _made(self, value: Any) -> Any:
        if isinstance(value, Iterator):
            value = list(islice(value, LONGEST + 1))
        if isinstance(value, str | list | tuple) and len(value) > LONGEST:
            raise SecurityError(_GROWS)
        self.budget.spend(1 + (len(value) // 10 if isinstance(value, str | list | tuple) else 0))
        return value

    def getattr(self, obj: Any, attribute: str) -> Any:
        return obj.find(attribute) if isinstance(obj, Values) else super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        return obj.find(str(argument)) if isinstance(obj, Values) else super().getitem(obj, argument)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Sums, of numbers that stay small; `+` of texts and lists too."""
        numbers = all(isinstance(side, int | float) for side in (left, right))
        if operator == "**" or not (numbers or operator == "+"):
            raise SecurityError(f"{operator} is for small numbers alone")
        if numbers:
            _size(left)
            _size(right)
        else:
            self.budget.spend(1 + (_size(left) + _size(right)) // 10)
        return self._made(super().call_binop(context, operator, left, right))

    def call(self, context: Any, obj: Any, /, *args: Any, **named: Any) -> Any:
        """Call a macro, or a method of a text: nothing else can be called."""
        owner, name = getattr(obj, "__self__", None), getattr(obj, "__name__", "")
        if isinstance(obj, Missing):
            raise SecurityError(f"{str(obj).strip(MARK)} has no value")
        if isinstance(obj, Macro):
            self.budget.spend(self.template_steps)
        elif not (
            obj in (self.globals["range"], Namespace)
            or (isinstance(owner, str) and name in _METHODS)
            or (isinstance(owner, LoopContext) and name in ("cycle", "changed"))
        ):
            raise SecurityError(f"{name or 'this'} cannot be called")
        self._measure([owner if isinstance(owner, str) else "", *args], named)
        return self._made(super().call(context, obj, *args, **named))


@pass_context
def _as_text(context: Any, value: object) -> str:
    environment: Sandbox = context.environment
    return environment.text_of(value)


class _Paid(NodeTransformer):
    """Puts what measures and counts into a template that was read."""

    def visit_For(self, node: nodes.For) -> nodes.Node:
        steps = 1 + sum(map(_steps, (*node.body, *node.else_)))
        self.generic_visit(node)
        node.iter = _filtered(node.iter, "_looped", nodes.Const(steps, lineno=node.lineno))
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        return _filtered(nodes.List(node.nodes, lineno=node.lineno), "_joined")

    def _literal(self, node: Any) -> nodes.Node:
        self.generic_visit(node)
        stored = isinstance(node, nodes.Tuple) and node.ctx != "load"
        made: nodes.Node = node if stored else _filtered(node, "_flat")
        return made

    visit_List = visit_Tuple = visit_Dict = _literal


def _filtered(node: Any, name: str, *args: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(node, name, list(args), [], None, None, lineno=node.lineno)


def _steps(node: nodes.Node) -> int:
    """What it costs to work a node out once."""
    inside = sum(1 + len(getattr(each, "data", "") or "") // 10 for each in node.find_all(nodes.Node))
    return 1 + inside


def _depth(tree: nodes.Node) -> int:
    """How many nodes stand within each other, counted without going down so deep oneself."""
    depth, level = 0, [tree]
    while level and depth <= DEEPEST:
        depth, level = depth + 1, [child for node in level for child in node.iter_child_nodes()]
    return depth


@dataclass(frozen=True, slots=True)
class Prepared:
    """A template's text that was read.

    Attributes:
        names: what it asks for.
        steps: what it costs to go through it once.
    """

    code: CodeType
    names: frozenset[str]
    steps: int

    def pieces(self, values: Values, environment: Sandbox) -> Iterator[str]:
        """Its text, piece by piece."""
        environment.template_steps = self.steps
        environment.budget.spend(self.steps)
        template = Template.from_code(environment, self.code, dict(environment.globals))
        return template.generate({name: values.find(name) for name in self.names})


@lru_cache(maxsize=256)
def prepare(source_text: str) -> Prepared:
    """Read a template's text.

    Raises:
        TemplateSyntaxError: it has a mistake, in the line that the error says.
        SecurityError: it is too long or too deep.
    """
    if len(source_text) > LONGEST:
        raise SecurityError(f"it is longer than {LONGEST:,} characters")
    environment = Sandbox(Budget())
    try:
        tree = environment.parse(source_text)
        if _depth(tree) > DEEPEST:
            raise SecurityError("too much stands within each other")
        names = frozenset(meta.find_undeclared_variables(tree) - {*environment.globals})
        steps = _steps(tree)
        paid: nodes.Template = _Paid().visit(tree)
        paid.set_environment(environment)
        code = environment.compile(paid)
    except RecursionError:
        raise SecurityError("too much stands within each other") from None
    except SyntaxError as error:
        # Jinja makes Python of it, which has limits of its own.
        raise SecurityError(f"it is too much at once ({error.msg})") from None
    except (ValueError, OverflowError):
        raise SecurityError("a number in it is too large") from None
    return Prepared(code, names, steps)
