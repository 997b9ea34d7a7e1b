"""What is said, and expressions: `{{ … }}` in texts, bare in `when` and `set`."""

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from runtime.flow.document.draft import Draft
from runtime.flow.document.keys import Key, Kind, Table, open_table
from runtime.flow.document.values import BARGE_IN, FACTS, WORD, is_language, is_variable_name
from runtime.flow.model import Assignments, BargeIn, Greeting
from runtime.flow.problem import suggestion
from runtime.flow.source import Fields, Items, Node, Scalar
from runtime.flow.template import ENVIRONMENT, Expression, Template, TemplateProblem
from runtime.flow.text import Sound, Text, Wording, Wordings

T = TypeVar("T")

_MISSING = re.compile(r"No (filter|test) named '([^']*)'")
_SETTABLE = frozenset({"language"})
"""Facts that `set` may change."""


# -- templates and expressions ---------------------------------------------------------------------


def _parsed(draft: Draft, node: Scalar, source: str, parse: Callable[[str], T]) -> T | None:
    try:
        return parse(source)
    except TemplateProblem as exc:
        place = draft.line_within(node, exc.line)
        missing = _MISSING.search(exc.message)
        if missing is None:
            message = f"this cannot be read: {exc.message.rstrip('.')}."
            draft.error(place, "bad-template", message)
            return None
        sort, name = missing.groups()
        known: Iterable[str] = ENVIRONMENT.filters if sort == "filter" else ENVIRONMENT.tests
        message = f"there is no {sort} '{name}'."
        draft.error(place, f"unknown-{sort}", message, suggestion(name, known))
    except RecursionError:
        draft.error(node, "bad-template", "this is nested too deeply to be read.")
    return None


def read_template(draft: Draft, node: Node) -> Template | None:
    """Read a text that may hold `{{ … }}`."""
    if not isinstance(node, Scalar) or node.value is None or not node.text.strip():
        hint = "For one of several wordings write {any: […]}." if isinstance(node, Items) else ""
        draft.needs(node, "a text", hint)
        return None
    template = _parsed(draft, node, node.text.strip(), Template.parse)
    if template is not None:
        draft.use(node, template.names, bare=False)
    return template


def read_url(draft: Draft, node: Node) -> Template | None:
    """Read a URL: the values in it are percent-encoded."""
    if not isinstance(node, Scalar) or not node.text.strip():
        draft.needs(node, "a URL")
        return None
    template = _parsed(draft, node, node.text.strip(), partial(Template.parse, in_url=True))
    if template is not None:
        draft.use(node, template.names, bare=False)
    return template


def read_braced(draft: Draft, node: Scalar, source: str) -> Expression | None:
    """Read the expression `source`, all that `node` has between its braces."""
    expression = _parsed(draft, node, source, Expression.parse)
    if expression is not None:
        draft.use(node, expression.names, bare=False)
    return expression


def read_expression(draft: Draft, node: Node) -> Expression | None:
    """Read a bare expression."""
    if not isinstance(node, Scalar) or node.value is None or not node.text.strip():
        draft.needs(node, "an expression such as  times | length == 0")
        return None
    if "{{" in node.text:
        draft.error(node, "bad-template", "an expression stands here without '{{' and '}}'.")
        return None
    expression = _parsed(draft, node, node.text, Expression.parse)
    if expression is not None:
        draft.use(node, expression.names, bare=True)
    return expression


def read_assignments(draft: Draft, node: Node) -> Assignments | None:
    """Read `set`: each value an expression, or a text with `{{ … }}` in it."""
    if not isinstance(node, Fields):
        draft.needs(node, "a mapping such as {count: count + 1}")
        return None
    done: list[tuple[str, Expression | Template]] = []
    for name, entry in node.entries.items():
        if not is_variable_name(draft, entry.key, FACTS - _SETTABLE):
            continue
        draft.assigned.add(name)
        value = _assigned(draft, entry.value)
        if value is not None:
            done.append((name, value))
    return tuple(done)


def _assigned(draft: Draft, node: Node) -> Expression | Template | None:
    if not isinstance(node, Scalar):
        hint = "A list or mapping is written as an expression in quotes, such as '[1, 2]'."
        draft.needs(node, "an expression", hint)
        return None
    if node.value is None:
        return Expression.parse("none")
    if "{{" in node.text or "{%" in node.text:
        return read_template(draft, node)
    return read_expression(draft, node)


EXPRESSION = Kind("expression", read_expression)
ASSIGNMENTS = Kind("mapping of a variable to an expression", read_assignments)


# -- texts -----------------------------------------------------------------------------------------


def _read_sound_path(draft: Draft, node: Node) -> str | None:
    path = WORD.read(draft, node)
    if path is None:
        return None
    name = draft.named_at(node, path)
    audio = draft.open(name)
    if audio is None:
        draft.error(node, "missing-audio", f"there is no file '{draft.beside(name)}'.")
    elif audio[:4] != b"RIFF" or audio[8:12] != b"WAVE":
        draft.error(node, "unplayable-audio", f"'{path}' is not a WAV file.")
    else:
        return draft.beside(name)
    return None


AUDIO = Key("audio", Kind("file", _read_sound_path), "A WAV file that is played.", required=True)
SOUND_WORDS = Key("say", WORD, "What the recording says, for the transcript.", "nothing")
SOUND_TABLE = Table("a recording", (AUDIO, SOUND_WORDS))


def _read_wording(draft: Draft, node: Node) -> Wording | None:
    if not isinstance(node, Fields):
        return read_template(draft, node)
    values = open_table(draft, node, SOUND_TABLE)
    if values is None:
        return None
    path, words = values.get(AUDIO), values.get_or(SOUND_WORDS, "")
    return None if path is None else Sound(path, words)


def _read_any(draft: Draft, node: Node) -> tuple[Wording, ...] | None:
    if not isinstance(node, Items) or not node.items:
        draft.needs(node, "a list of texts")
        return None
    wordings = [_read_wording(draft, item) for item in node.items]
    return tuple(wording for wording in wordings if wording is not None) or None


ANY = Key("any", Kind("list of texts", _read_any), "One of them, never the same twice running.")
ANY_TABLE = Table("a choice of wordings", (ANY,))


def _read_wordings_of_one(draft: Draft, node: Node) -> tuple[Wording, ...] | None:
    if isinstance(node, Fields) and ANY.name in node.entries:
        values = open_table(draft, node, ANY_TABLE)
        return values.get(ANY) if values else None
    wording = _read_wording(draft, node)
    return None if wording is None else (wording,)


def read_text(draft: Draft, node: Node) -> Text | None:
    """Read one thing to say."""
    if not isinstance(node, Fields) or node.entries.keys() & {"any", "audio", "say"}:
        wordings = _read_wordings_of_one(draft, node)
        return Text({"": wordings}, node.place) if wordings else None
    by_language: dict[str, tuple[Wording, ...]] = {}
    for language, entry in node.entries.items():
        if not is_language(language):
            message = f"'{language}' is neither 'any', 'audio' nor a language such as en or hi-IN."
            draft.error(entry.key, "unknown-key", message)
            continue
        wordings = _read_wordings_of_one(draft, entry.value)
        if wordings:
            by_language[language] = wordings
    if not node.entries:
        draft.needs(node, "a text")
    return Text(by_language, node.place) if by_language else None


def read_wordings(draft: Draft, node: Node) -> Wordings | None:
    """Read a text, or a list of them: for the first time, the second …."""
    nodes = node.items if isinstance(node, Items) else (node,)
    if not nodes:
        draft.needs(node, "a text or a list of texts")
    texts = [read_text(draft, item) for item in nodes]
    return tuple(text for text in texts if text is not None)


TEMPLATE = Kind("text", read_template)
TEXT = Kind("text to say", read_text)
WORDINGS = Kind("text to say, or list of them", read_wordings)


# -- the greeting ----------------------------------------------------------------------------------

GREETING_SAY = Key("say", TEXT, "What is said; with `audio`, what the recording says.")
GREETING_AUDIO = Key("audio", AUDIO.kind, "A WAV file that is played instead of speaking.")
GREETING_BARGE_IN = Key("barge_in", BARGE_IN, "What stops the greeting.", "that of `settings`")
GREETING_TABLE = Table("a greeting", (GREETING_SAY, GREETING_AUDIO, GREETING_BARGE_IN))


def read_greeting(draft: Draft, node: Node, barge_in: BargeIn) -> Greeting | None:
    """Read what is heard when the call is answered."""
    if not isinstance(node, Fields) or not node.entries.keys() & set(GREETING_TABLE.names):
        text = read_text(draft, node)
        return Greeting(text, barge_in) if text else None
    values = open_table(draft, node, GREETING_TABLE)
    if values is None:
        return None
    barge_in = values.get_or(GREETING_BARGE_IN, barge_in)
    if values.node(GREETING_AUDIO) is not None:
        path, said = values.get(GREETING_AUDIO), values.node(GREETING_SAY)
        words = WORD.read(draft, said) if said is not None else ""
        text = Text({"": (Sound(path, words or ""),)}, node.place) if path else None
    elif values.node(GREETING_SAY) is None:
        draft.error(node, "missing-key", "a greeting needs the key 'say' or 'audio'.")
        return None
    else:
        text = values.get(GREETING_SAY)
    return Greeting(text, barge_in) if text else None
