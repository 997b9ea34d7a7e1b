"""From a flow file's text to a `Flow`, with all of its mistakes at once."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from runtime.flow.check import Subject, check_flow
from runtime.flow.document.after_call import AFTER_CALL
from runtime.flow.document.draft import Budget, Draft, OpenFile
from runtime.flow.document.handlers import ALWAYS, Always
from runtime.flow.document.including import INCLUDE, is_part, with_included
from runtime.flow.document.intents import INTENT_TABLE, read_intents
from runtime.flow.document.keys import MAPPING, Key, Kind, Table, Values, open_table
from runtime.flow.document.record_call import CONSENT, RECORD_CALL
from runtime.flow.document.requests import read_requests
from runtime.flow.document.settings import LIMITS, PHRASE_TEXTS, SETTINGS, VOICE, Settings
from runtime.flow.document.slots import read_slots
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
from runtime.flow.model import (
    Flow,
    Intent,
    Limits,
    State,
    Voice,
)
from runtime.flow.problem import Problem, in_order, suggestion
from runtime.flow.source import Fields, Node, Scalar, read_source

LANGUAGE_VERSION = 1
DEFAULT_LANGUAGE = "en-IN"
DEFAULT_TIMEZONE = "Asia/Kolkata"

MAX_RUNS = 10
"""Flows that run each other."""


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
FLOW_SLOTS = Key("slots", MAPPING, "Values that the flow needs from the caller.", "none")
FLOW_REQUESTS = Key("requests", MAPPING, "Your own systems, each named once.", "none")
START = Key("start", WORD, "The first state.", "the first in the file")
STATES = Key("states", MAPPING, "The states, by name.", required=True)
FLOW_ALWAYS = Key("always", ALWAYS, "What may happen in any state.", "nothing")
FLOW_AFTER_CALL = Key("after_call", AFTER_CALL, "What is done when the call has ended.", "nothing")
FLOW_SETTINGS = Key("settings", SETTINGS, "What holds where a state does not say otherwise.")
FLOW_LIMITS = Key("limits", LIMITS, "Where a call ends whatever happens.")
FLOW_RECORD_CALL = Key("record_call", RECORD_CALL, "Whether calls are recorded.", "the settings'")
FLOW_PHRASES = Key("phrases", PHRASE_TEXTS, "The built-in sentences, replaced.", "none")

FLOW_TABLE = Table(
    "a flow",
    (
        *(CALLWRIGHT, NAME, INCLUDE, FLOW_LANGUAGE, ZONE, FLOW_VOICE, FLOW_PROVIDERS),
        *(STARTING, GREETING, INTENTS, FLOW_SLOTS, FLOW_REQUESTS, START, STATES),
        *(FLOW_ALWAYS, FLOW_AFTER_CALL, FLOW_SETTINGS, FLOW_LIMITS, FLOW_RECORD_CALL),
        FLOW_PHRASES,
    ),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of a file: a flow unless there is an error, and everything that is wrong."""

    flow: Flow | None
    problems: tuple[Problem, ...]
    is_part: bool = False
    """It is no flow, but a file that flows include."""


@dataclass(frozen=True, slots=True)
class Around:
    """The flows that run the one that is read."""

    files: tuple[str, ...] = ()
    intents: Mapping[str, Intent] = field(default_factory=dict)
    """What their `always` listens for."""
    keys: tuple[str, ...] = ()
    """The keys of their `always.on`."""
    budget: Budget | None = None


NOTHING_AROUND = Around()


def read_flow(
    text: str,
    file: str,
    *,
    open_file: OpenFile,
    is_run: bool = False,
    around: Around = NOTHING_AROUND,
) -> Reading:
    """Read and check a flow.

    `open_file` is asked for what the flow names: recordings, files to include and flows to run.
    `is_run`: others run it, so that it may end where nothing follows.
    """
    source = read_source(text, file)
    if source.root is None:
        return Reading(None, source.problems)
    draft = Draft(file, text, open_file, around.budget)
    draft.problems.extend(source.problems)
    root = with_included(draft, source.root)
    if is_part(source.root):
        return _part(draft, root)
    values = open_table(draft, root, FLOW_TABLE, (STATE_TABLE, INTENT_TABLE))
    if values is None:
        return Reading(None, in_order(draft.problems))
    is_run = is_run or bool(around.files)
    flow, broken = _Assembly(values, around).flow()
    subject = Subject(flow, values.fields, broken, is_whole=not draft.errors, is_run=is_run)
    _check_names(values, flow)
    if flow.states:
        draft.problems.extend(check_flow(subject))
    problems = in_order(draft.problems)
    if any(problem.is_error for problem in problems):
        return Reading(None, problems)
    return Reading(_sealed(flow, draft, text), problems)


def read_part(text: str, file: str, *, open_file: OpenFile) -> Reading:
    """Read and check a file that others include, as far as it goes by itself."""
    source = read_source(text, file)
    if source.root is None:
        return Reading(None, source.problems, is_part=True)
    draft = Draft(file, text, open_file)
    draft.problems.extend(source.problems)
    return _part(draft, with_included(draft, source.root))


def _part(draft: Draft, root: Node) -> Reading:
    # What its names mean is known where it is included only.
    values = open_table(draft, root, FLOW_TABLE_OF_PARTS)
    if values is not None:
        language = DEFAULT_LANGUAGE
        values.get(FLOW_ALWAYS)
        values.get(FLOW_PHRASES)
        read_intents(draft, values.get(INTENTS), language)
        read_slots(draft, values.get(FLOW_SLOTS))
        read_requests(draft, values.get(FLOW_REQUESTS))
    return Reading(None, in_order(draft.problems), is_part=True)


FLOW_TABLE_OF_PARTS = Table(
    "an included file",
    (INCLUDE, INTENTS, FLOW_SLOTS, FLOW_REQUESTS, FLOW_PHRASES, FLOW_ALWAYS),
)


class _Assembly:
    """Reads the parts of a flow, in the order in which they need each other."""

    def __init__(self, values: Values, around: Around) -> None:
        self._values = values
        self._draft = values.draft
        self._around = around
        self._runs: dict[str, Reading] = {}
        language = values.get_or(FLOW_LANGUAGE, DEFAULT_LANGUAGE)
        self._settings = values.get_or(FLOW_SETTINGS, Settings())
        self._always = values.get_or(FLOW_ALWAYS, Always())
        own = read_intents(self._draft, values.get(INTENTS), language)
        self._language = language
        self._intents = {**around.intents, **own}
        self._draft.read_run = self._read_run

    def flow(self) -> tuple[Flow, frozenset[str]]:
        """Return the flow, and the names of the states that could not be read whole."""
        values, draft, settings, always = self._values, self._draft, self._settings, self._always
        values.get(CALLWRIGHT)
        slots = read_slots(draft, values.get(FLOW_SLOTS))
        requests = read_requests(draft, values.get(FLOW_REQUESTS))
        states, broken = self._states()
        greeting = values.node(GREETING)
        variables = values.get_or(STARTING, {})
        recorded = values.get(FLOW_RECORD_CALL)
        flow = Flow(
            name=values.get_or(NAME, PurePath(draft.file).stem),
            file=draft.file,
            version="",
            start=values.get_or(START, next(iter(states), "")),
            states=states,
            language=self._language,
            timezone=values.get_or(ZONE, DEFAULT_TIMEZONE),
            voice=values.get_or(FLOW_VOICE, Voice()),
            providers=values.get_or(FLOW_PROVIDERS, {}),
            variables=variables,
            greeting=read_greeting(draft, greeting, settings.barge_in) if greeting else None,
            intents=self._intents,
            slots=slots,
            requests=requests,
            always=always.on,
            after=always.after,
            provider_down=always.provider_down,
            places=always.places,
            inherited=tuple(key for key in self._around.keys if key not in always.on),
            after_call=values.get_or(FLOW_AFTER_CALL, ()),
            accept=settings.accept,
            confirm=settings.confirm,
            limits=values.get_or(FLOW_LIMITS, Limits()),
            record_call=recorded.rule if recorded else None,
            consent=recorded.consent if recorded else CONSENT,
            phrases=values.get_or(FLOW_PHRASES, {}),
        )
        names = frozenset(variables.keys() | draft.assigned | slots.keys())
        return replace(flow, names=names), broken

    def _states(self) -> tuple[Mapping[str, State], frozenset[str]]:
        draft, fields = self._draft, self._values.get(STATES)
        states: dict[str, State] = {}
        broken: set[str] = set()
        if fields is not None and not fields.entries:
            draft.error(fields, "missing-key", "a flow needs at least one state.")
        for name, entry in (fields.entries if fields else {}).items():
            before = draft.errors
            states[name] = read_state(draft, entry.key, entry.value, self._settings)
            if draft.errors > before:
                broken.add(name)
        return states, frozenset(broken)

    def _read_run(self, node: Scalar) -> Flow | None:
        """Read the flow that a state runs; what is wrong with it is told in its own file."""
        draft, name = self._draft, self._draft.named_at(node, node.text.strip())
        file = draft.beside(name)
        files = (*self._around.files, draft.file)
        if file in files:
            message = f"'{file}' runs itself{_through(files, file)}."
            draft.error(node, "runs-itself", message, "A flow that is run must come to an end.")
            return None
        if len(files) > MAX_RUNS:
            draft.error(node, "too-much", f"more than {MAX_RUNS} flows run each other.")
            return None
        if file not in self._runs:
            text = draft.text_of(node, name, "flow")
            if text is None:
                return None
            around = self._around_run(files)
            self._runs[file] = read_flow(text, file, open_file=_opener(draft, name), around=around)
        reading = self._runs[file]
        # Each of a circle of flows would send the author to the next.
        own = next((x for x in reading.problems if x.code in _OF_ALL_TOGETHER), None)
        if own is not None:
            draft.error(node, own.code, own.message, own.hint)
        elif reading.flow is None:
            hint = f"'callwright check {file}' explains them."
            draft.error(node, "broken-flow", f"the flow '{file}' has mistakes.", hint)
        return reading.flow

    def _around_run(self, files: tuple[str, ...]) -> Around:
        keys = (*self._always.on, *self._around.keys)
        heard = {key: self._intents[key] for key in keys if key in self._intents}
        return Around(files, heard, tuple(dict.fromkeys(keys)), self._draft.budget)


_OF_ALL_TOGETHER = ("runs-itself", "too-much")
"""Rules that no one file breaks."""


def _through(files: tuple[str, ...], file: str) -> str:
    between = files[files.index(file) + 1 :]
    return f" by way of {', '.join(between)}" if between else ""


def _opener(draft: Draft, name: str) -> Callable[[str], bytes | None]:
    folder = PurePath(name).parent
    return lambda beside: draft.open(str(folder / beside))


def _check_names(values: Values, flow: Flow) -> None:
    """Note the variables that nothing sets."""
    draft = values.draft
    if values.node(STARTING) is not None and not isinstance(values.node(STARTING), Fields):
        return
    known = CALL_FACTS | flow.names
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
    others = sorted((path, content) for path, content in draft.opened.items() if content)
    for path, content in others:
        digest.update(f"\0{path}\0{len(content)}\0".encode())
        digest.update(content)
    files = (flow.file, *(draft.beside(path) for path, _ in others))
    return replace(flow, version=digest.hexdigest()[:12], files=files)
