"""Jinja2, sandboxed and strict: `{{ … }}` inside texts, bare expressions in `when`, `valid`, `set`.

What a caller or a web service says only ever arrives as a value; it is never parsed as a template.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from jinja2 import StrictUndefined, meta
from jinja2 import Template as JinjaTemplate
from jinja2 import TemplateError as JinjaError
from jinja2.environment import TemplateExpression
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from runtime.flow.filters import FILTERS

MAX_RANGE = 1000
"""A flow has no use for longer loops, and a call's turn has no time for them."""


class TemplateProblem(Exception):  # noqa: N818 - as `Problem`, which it becomes
    """A text or expression that cannot be read, or failed on its values; `line` counts from 1."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def _range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > MAX_RANGE:
        raise SecurityError(f"range() over more than {MAX_RANGE} numbers")
    return numbers


def _environment() -> ImmutableSandboxedEnvironment:
    env = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False
    )
    # Jinja's own globals read the clock or make random text (lipsum); a flow may not.
    env.globals = {"range": _range}
    env.filters.pop("random", None)
    env.filters.update(FILTERS)
    return env


ENVIRONMENT = _environment()


def _reason(exc: Exception) -> str:
    # Jinja's own errors name variables; others may quote what the caller said, which is not for
    # the log.
    return str(exc) if isinstance(exc, JinjaError) else type(exc).__name__


@dataclass(frozen=True, slots=True)
class Template:
    """A text that may hold `{{ … }}`."""

    source: str
    names: frozenset[str]
    """The variables that it needs."""
    _compiled: JinjaTemplate | None
    """None where the text is fixed."""

    @classmethod
    def parse(cls, source: str) -> "Template":
        """Read `source`; raises `TemplateProblem`."""
        if not any(mark in source for mark in ("{{", "{%", "{#")):
            return cls(source, frozenset(), None)
        try:
            names = frozenset(meta.find_undeclared_variables(ENVIRONMENT.parse(source)))
            return cls(source, names - ENVIRONMENT.globals.keys(), ENVIRONMENT.from_string(source))
        except JinjaError as exc:
            raise TemplateProblem(str(exc), getattr(exc, "lineno", None) or 1) from exc

    def render(self, values: Mapping[str, object]) -> str:
        """Return the text with `values` put in; raises `TemplateProblem`, never half a text."""
        if self._compiled is None:
            return self.source
        try:
            return self._compiled.render(values)
        except Exception as exc:
            # The author's expression meets values of any kind: whatever it raises is the flow's
            # `error`, not the server's.
            raise TemplateProblem(f"{{{{ … }}}} failed: {_reason(exc)}") from exc


@dataclass(frozen=True, slots=True)
class Expression:
    """A bare expression, as in `when: times | length == 0`."""

    source: str
    names: frozenset[str]
    _compiled: TemplateExpression

    @classmethod
    def parse(cls, source: str) -> "Expression":
        """Read `source`; raises `TemplateProblem`."""
        try:
            tree = ENVIRONMENT.parse("{{ (" + source + "\n) }}")
            names = frozenset(meta.find_undeclared_variables(tree)) - ENVIRONMENT.globals.keys()
            compiled = ENVIRONMENT.compile_expression(source, undefined_to_none=False)
        except JinjaError as exc:
            raise TemplateProblem(str(exc), getattr(exc, "lineno", None) or 1) from exc
        return cls(source, names, compiled)

    def evaluate(self, values: Mapping[str, object]) -> object:
        """Return the expression's value; raises `TemplateProblem`, also for a missing name."""
        try:
            value = self._compiled(values)
        except Exception as exc:
            # As in `Template.render`.
            raise TemplateProblem(f"'{self.source}' failed: {_reason(exc)}") from exc
        if isinstance(value, StrictUndefined):
            raise TemplateProblem(f"'{self.source}' has no value")
        return value
