"""Jinja2, sandboxed and strict: `{{ … }}` inside texts, bare expressions in `when`, `valid`, `set`.

What a caller or a web service says only ever arrives as a value; it is never parsed as a template.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from jinja2 import StrictUndefined, meta, nodes
from jinja2 import Template as JinjaTemplate
from jinja2 import TemplateError as JinjaError
from jinja2.environment import TemplateExpression
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from runtime.flow.filters import FILTERS

MAX_RANGE = 1000
"""A flow has no use for longer loops, and a call's turn has no time for them."""

MAX_SIZE = 100_000
"""Letters, items or bits of what `*` and `**` may make: `9**9**9` must not hold up the server."""

_SPECIAL = frozenset({"self", "super", "caller", "loop"})
"""Names that Jinja itself gives a meaning."""


class TemplateProblem(Exception):  # noqa: N818 - as `Problem`, which it becomes
    """A text or expression that cannot be read, or failed on its values; `line` counts from 1."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class _TooMuch(SecurityError):  # noqa: N818 - as `TemplateProblem`
    """What would be too large, or take too long."""


def _range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > MAX_RANGE:
        raise _TooMuch(f"range() over more than {MAX_RANGE} numbers")
    return numbers


class Raw(str):
    """A text that goes into a URL as it is: the operator's own, of `env`."""

    __slots__ = ()


def _in_url(value: Any) -> str:
    return str(value) if isinstance(value, Raw) else quote(str(value), safe="")


class _Environment(ImmutableSandboxedEnvironment):
    # What is intercepted is not computed while the template is compiled, either.
    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Refuse what would be too large, or take too long."""
        if operator == "**":
            size = _bits(left) * abs(right) if isinstance(right, int) else 0
        else:
            size = _times(left, right)
        if size > MAX_SIZE:
            raise _TooMuch(f"'{operator}' would make too much")
        return super().call_binop(context, operator, left, right)


def _bits(value: Any) -> int:
    return value.bit_length() if isinstance(value, int) else 1


def _times(left: Any, right: Any) -> int:
    for many, count in ((left, right), (right, left)):
        if isinstance(many, str | list | tuple) and isinstance(count, int):
            return len(many) * count
    return _bits(left) + _bits(right)


def _environment() -> ImmutableSandboxedEnvironment:
    env = _Environment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False)
    # Jinja's own globals read the clock or make random text (lipsum); a flow may not.
    env.globals = {"range": _range}
    env.filters.pop("random", None)
    env.filters.update(FILTERS)
    return env


ENVIRONMENT = _environment()
_IN_URLS = ENVIRONMENT.overlay(finalize=_in_url)


@lru_cache(256)
def _compiled(source: str, in_url: bool) -> JinjaTemplate:
    return (_IN_URLS if in_url else ENVIRONMENT).from_string(source)


@lru_cache(256)
def _compiled_expression(source: str) -> TemplateExpression:
    return ENVIRONMENT.compile_expression(source, undefined_to_none=False)


def _names(tree: nodes.Template, compile_: Callable[[], object]) -> frozenset[str]:
    """Return the variables that a template needs; raises Jinja's errors.

    Compiling takes half a millisecond and waits for the first use, where nothing can go wrong with
    it: a template without statements whose filters and tests exist.
    """
    names: set[str] = set()
    waiting: list[nodes.Node] = list(tree.body)
    while waiting:
        node = waiting.pop()
        waiting.extend(node.iter_child_nodes())
        match node:
            case nodes.Name(name=name):
                names.add(name)
            case nodes.Filter(name=name) if name not in ENVIRONMENT.filters:
                compile_()
            case nodes.Test(name=name) if name not in ENVIRONMENT.tests:
                compile_()
    has_statements = any(not isinstance(node, nodes.Output) for node in tree.body)
    if has_statements:
        compile_()
    if has_statements or names & _SPECIAL:
        # Statements have names of their own; Jinja finds out which, at a price.
        names = meta.find_undeclared_variables(tree)
    return frozenset(names) - ENVIRONMENT.globals.keys()


_PLAIN_WORDS = frozenset({"is", "undefined", "has", "no", "attribute", "element"})
"""What Jinja's errors say of a value's type and of a name, besides these two."""

_TYPE = re.compile(r"'?[\w.]+ object'? ")


def _reason(exc: Exception, source: str) -> str:
    """Return why a template failed, without any value: what a caller said is not for the log."""
    told = str(exc)
    known = _PLAIN_WORDS.union(re.findall(r"\w+", source))
    beginning = _TYPE.match(told)
    words = re.findall(r"\w+", told[beginning.end() if beginning else 0 :])
    is_plain = isinstance(exc, JinjaError) and known.issuperset(words)
    return told if is_plain or isinstance(exc, _TooMuch) else type(exc).__name__


def _is_one_value(tree: nodes.Template) -> bool:
    outputs = [node for node in tree.body if isinstance(node, nodes.Output)]
    return len(outputs) == len(tree.body) == 1 and len(outputs[0].nodes) == 1


@dataclass(frozen=True, slots=True)
class Template:
    """A text that may hold `{{ … }}`."""

    source: str
    names: frozenset[str]
    """The variables that it needs."""
    is_fixed: bool
    in_url: bool = False
    """Values are percent-encoded, but for those of `env`."""
    # Filled at the first use, and freed with the flow: a cache of all texts would grow with every
    # version that is saved. The newest are kept for the next version, which has most of them.
    _ready: list[JinjaTemplate] = field(default_factory=list, compare=False, repr=False)

    @classmethod
    def parse(cls, source: str, *, in_url: bool = False) -> "Template":
        """Read `source`; raises `TemplateProblem`."""
        if not any(mark in source for mark in ("{{", "{%", "{#")):
            return cls(source, frozenset(), is_fixed=True, in_url=in_url)
        try:
            tree = ENVIRONMENT.parse(source)
            names = _names(tree, lambda: _compiled(source, in_url))
        except JinjaError as exc:
            raise TemplateProblem(str(exc), getattr(exc, "lineno", None) or 1) from exc
        return cls(source, names, is_fixed=False, in_url=in_url)

    def render(self, values: Mapping[str, object]) -> str:
        """Return the text with `values` put in; raises `TemplateProblem`, never half a text."""
        if self.is_fixed:
            return self.source
        try:
            if not self._ready:
                self._ready.append(_compiled(self.source, self.in_url))
            return self._ready[0].render(values)
        except Exception as exc:
            # The author's expression meets values of any kind: whatever it raises is the flow's
            # `error`, not the server's.
            raise TemplateProblem(f"{{{{ … }}}} failed: {_reason(exc, self.source)}") from exc


@dataclass(frozen=True, slots=True)
class Expression:
    """A bare expression, as in `when: times | length == 0`."""

    source: str
    names: frozenset[str]
    _ready: list[TemplateExpression] = field(default_factory=list, compare=False, repr=False)

    @classmethod
    def parse(cls, source: str) -> "Expression":
        """Read `source`; raises `TemplateProblem`."""
        try:
            tree = ENVIRONMENT.parse("{{ (" + source + "\n) }}")
            names = _names(tree, lambda: _compiled_expression(source))
            if not source.strip() or not _is_one_value(tree):
                # Nothing, or braces of its own that end the expression early.
                _compiled_expression(source)
        except JinjaError as exc:
            raise TemplateProblem(str(exc), getattr(exc, "lineno", None) or 1) from exc
        return cls(source, names)

    def evaluate(self, values: Mapping[str, object]) -> object:
        """Return the expression's value; raises `TemplateProblem`, also for a missing name."""
        try:
            if not self._ready:
                self._ready.append(_compiled_expression(self.source))
            value = self._ready[0](values)
        except Exception as exc:
            # As in `Template.render`.
            raise TemplateProblem(f"'{self.source}' failed: {_reason(exc, self.source)}") from exc
        if isinstance(value, StrictUndefined):
            raise TemplateProblem(f"'{self.source}' has no value")
        return value
