"""From a flow file's text to a `Flow`, with all of its mistakes at once."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath

from runtime.flow.check import Subject, check_flow
from runtime.flow.document.draft import Draft, OpenFile
from runtime.flow.document.handlers import ALWAYS
from runtime.flow.document.intents import INTENT_TABLE, read_intents
from runtime.flow.document.keys import MAPPING, Key, Kind, Table, Values, open_table
from runtime.flow.document.settings import LIMITS, PHRASE_TEXTS, SETTINGS, VOICE, Settings
from runtime.flow.document.states import STATE_TABLE, read_state
from runtime.flow.document.texts import read_greeting
from runtime.flow.document.values import (
    LANGUAGE,
    PROVIDERS,
    TIMEZONE,
    VARIABLES,
    WORD,
)
from runtime.flow.engine.state import CALL_FACTS
from runtime.flow.model import Flow, Limits, State, Voice
from runtime.flow.problem import Problem, in_order, suggestion
from runtime.flow.source import Fields, Node, Scalar, read_source

LANGUAGE_VERSION = 1
DEFAULT_LANGUAGE = "en-IN"
DEFAULT_TIMEZONE = "Asia/Kolkata"


def _read_version(draft: Draft, node: Node) -> int | None:
    if isinstance(node, Scalar) and node.value == LANGUAGE_VERSION and node.text == "1":
        return LANGUAGE_VERSION
    message = f"only version {LANGUAGE_VERSION} of the language is known."
    draft.error(node, "unknown-version", message, f"Write {LANGUAGE_VERSION}.")
    return None


def _unread(_: Draft, node: Node) -> Node:
    return node


CALLWRIGHT = Key("callwright", Kind("1", _read_version), "The language's version.", "1")
NAME = Key("flow", WORD, "The flow's name.", "the file's name without its ending")
FLOW_LANGUAGE = Key("language", LANGUAGE, "What is spoken.", "en-IN")
ZONE = Key("timezone", TIMEZONE, "Where `now` and `today` are.", "Asia/Kolkata")
FLOW_VOICE = Key("voice", VOICE, "How the bot sounds.", "the provider's own")
FLOW_PROVIDERS = Key("providers", PROVIDERS, "Names from the settings.", "the settings' defaults")
STARTING = Key("variables", VARIABLES, "Starting values; a DID or call may override them.", "none")
GREETING = Key("greeting", Kind("text to say", _unread), "Heard when the call is answered.", "none")
INTENTS = Key("intents", MAPPING, "What the caller may want.", "the built-in ones")
START = Key("start", WORD, "The first state.", "the first in the file")
STATES = Key("states", MAPPING, "The states, by name.", required=True)
FLOW_ALWAYS = Key("always", ALWAYS, "What may happen in any state.", "nothing")
FLOW_SETTINGS = Key("settings", SETTINGS, "What holds where a state does not say otherwise.")
FLOW_LIMITS = Key("limits", LIMITS, "Where a call ends whatever happens.")
FLOW_PHRASES = Key("phrases", PHRASE_TEXTS, "The built-in sentences, replaced.", "none")

FLOW_TABLE = Table(
    "a flow",
    (
        CALLWRIGHT,
        NAME,
        FLOW_LANGUAGE,
        ZONE,
        FLOW_VOICE,
        FLOW_PROVIDERS,
        STARTING,
        GREETING,
        INTENTS,
        START,
        STATES,
        FLOW_ALWAYS,
        FLOW_SETTINGS,
        FLOW_LIMITS,
        FLOW_PHRASES,
    ),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of a file: a flow unless there is an error, and everything that is wrong."""

    flow: Flow | None
    problems: tuple[Problem, ...]


def read_flow(text: str, file: str, *, open_file: OpenFile) -> Reading:
    """Read and check a flow; `open_file` is asked for the recordings it names."""
    source = read_source(text, file)
    if source.root is None:
        return Reading(None, source.problems)
    draft = Draft(file, text, open_file)
    draft.problems.extend(source.problems)
    values = open_table(draft, source.root, FLOW_TABLE, (STATE_TABLE, INTENT_TABLE))
    if values is None:
        return Reading(None, in_order(draft.problems))
    settings = values.get_or(FLOW_SETTINGS, Settings())
    states, broken = _read_states(values, settings)
    flow = _assembled(values, settings, states)
    subject = Subject(flow, values.fields, broken, is_whole=not draft.errors)
    _check_names(values, flow)
    if flow.states:
        draft.problems.extend(check_flow(subject))
    problems = in_order(draft.problems)
    if any(problem.is_error for problem in problems):
        return Reading(None, problems)
    return Reading(_sealed(flow, draft, text), problems)


def _read_states(values: Values, settings: Settings) -> tuple[Mapping[str, State], frozenset[str]]:
    """Return the states, and the names of those that could not be read whole."""
    draft, fields = values.draft, values.get(STATES)
    states: dict[str, State] = {}
    broken: set[str] = set()
    if fields is not None and not fields.entries:
        draft.error(fields, "missing-key", "a flow needs at least one state.")
    for name, entry in (fields.entries if fields else {}).items():
        before = draft.errors
        states[name] = read_state(draft, entry.key, entry.value, settings)
        if draft.errors > before:
            broken.add(name)
    return states, frozenset(broken)


def _assembled(values: Values, settings: Settings, states: Mapping[str, State]) -> Flow:
    draft = values.draft
    values.get(CALLWRIGHT)
    language = values.get_or(FLOW_LANGUAGE, DEFAULT_LANGUAGE)
    greeting = values.node(GREETING)
    on, after = values.get_or(FLOW_ALWAYS, ({}, ()))
    return Flow(
        name=values.get_or(NAME, PurePath(draft.file).stem),
        file=draft.file,
        version="",
        start=values.get_or(START, next(iter(states), "")),
        states=states,
        language=language,
        timezone=values.get_or(ZONE, DEFAULT_TIMEZONE),
        voice=values.get_or(FLOW_VOICE, Voice()),
        providers=values.get_or(FLOW_PROVIDERS, {}),
        variables=values.get_or(STARTING, {}),
        greeting=read_greeting(draft, greeting, settings.barge_in) if greeting else None,
        intents=read_intents(draft, values.get(INTENTS), language),
        always=on,
        after=after,
        accept=settings.accept,
        confirm=settings.confirm,
        limits=values.get_or(FLOW_LIMITS, Limits()),
        phrases=values.get_or(FLOW_PHRASES, {}),
    )


def _check_names(values: Values, flow: Flow) -> None:
    """Note the variables that nothing sets."""
    draft = values.draft
    if values.node(STARTING) is not None and not isinstance(values.node(STARTING), Fields):
        return
    known = CALL_FACTS | flow.variables.keys() | draft.assigned
    for use in draft.uses:
        for name in sorted(use.names - known):
            hint = suggestion(name, known) or _how_to_know(name, bare=use.bare)
            message = f"there is no variable '{name}'."
            draft.error(draft.name_within(use, name), "unknown-variable", message, hint)


def _how_to_know(name: str, *, bare: bool) -> str:
    if name == "env":
        return "The environment is there in requests only."
    hint = "Give it a value under 'variables' or with 'set'."
    return f"{hint} For the text itself write \"'{name}'\"." if bare else hint


def _sealed(flow: Flow, draft: Draft, text: str) -> Flow:
    """Return the flow with the version that its files make."""
    digest = hashlib.sha256(text.encode())
    sounds = sorted((path, content) for path, content in draft.opened.items() if content)
    for path, content in sounds:
        digest.update(f"\0{path}\0{len(content)}\0".encode())
        digest.update(content)
    files = (flow.file, *(draft.beside(path) for path, _ in sounds))
    return replace(flow, version=digest.hexdigest()[:12], files=files)
