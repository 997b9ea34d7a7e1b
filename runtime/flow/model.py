"""A flow, read and checked: immutable, shared by every call that runs it.

`reading` makes it from a file; `engine` follows it. Whatever could be found wrong for the author's
reasons was found before: a `Flow` in hand cannot fail for them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from re import Pattern

from runtime.flow.place import Place
from runtime.flow.request import Payload, Request
from runtime.flow.template import Expression, Template
from runtime.flow.text import Text, Wordings


class BargeIn(Enum):
    """What stops the bot while it speaks. Digits also stop it where speech does."""

    SPEECH = "true"
    DIGITS = "digits"
    NEVER = "false"


# -- what the caller may mean --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Intent:
    """Something that a caller may want, and by what it is known."""

    name: str
    place: Place
    description: str = ""
    examples: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    patterns: tuple[Pattern[str], ...] = ()
    digit: str | None = None
    answer: Text | None = None
    """Said wherever the caller asks; then he is asked again where he was."""


# -- what the bot asks for -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Slot:
    """A value that the flow needs from the caller, and how it is asked for and judged."""

    name: str
    place: Place
    type: str
    """A key of `runtime.flow.slots.SLOT_TYPES`."""
    options: Mapping[str, object] = field(default_factory=dict)
    """What the type takes: length, min, max, choices, pattern."""
    description: str = ""
    """For a language model."""
    ask: Text | None = None
    retry: Wordings = ()
    help: Text | None = None
    no_match: Wordings = ()
    no_input: Wordings = ()
    valid: Expression | None = None
    """Over `value` and all that templates see."""
    invalid: Text | None = None
    confirm: Text | None = None
    sensitive: bool = False
    """The value never reaches logs, events, transcripts, recordings or a model."""


# -- the ways on ---------------------------------------------------------------------------------

Assignments = tuple[tuple[str, Expression | Template], ...]
"""`set`, in order: a bare expression, or a text with `{{ … }}` in it."""


@dataclass(frozen=True, slots=True)
class Handler:
    """What happens when its key of `on` does. Without `next` the state goes on waiting."""

    place: Place
    when: Expression | None = None
    set: Assignments = ()
    say: Text | None = None
    next: str | None = None
    """A state's name or a built-in target: back, repeat, restart, hangup."""


Handlers = Mapping[str, tuple[Handler, ...]]
"""Key: an intent, a digit, an outcome of the verb or an event; the first that holds is taken."""

BUILT_IN_TARGETS = frozenset({"back", "repeat", "restart", "hangup"})


# -- verbs -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pass:
    """`say` or `set` alone: straight on."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Speaks, then waits for the caller."""

    text: Text


@dataclass(frozen=True, slots=True)
class Choose:
    """Branches: the first handler whose `when` holds; the last has none."""

    branches: tuple[Handler, ...]


@dataclass(frozen=True, slots=True)
class Hangup:
    """Says goodbye and ends the call."""

    text: Text | None


@dataclass(frozen=True, slots=True)
class Collect:
    """Fills slots, asking only for what is missing."""

    slots: tuple[str, ...]


class Context(Enum):
    """What of the conversation before its state a model sees."""

    KEEP = "keep"
    FRESH = "fresh"
    SUMMARY = "summary"


@dataclass(frozen=True, slots=True)
class Prompt:
    """A language model leads, until a way out is taken."""

    text: Template
    tools: tuple[str, ...] = ()
    """Requests that the model may make."""
    slots: tuple[str, ...] = ()
    """Slots that it may fill; their own rules judge the values."""
    context: Context = Context.KEEP
    turns: int = 12
    hold: Text | None = None
    """Said when the model takes long to begin."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """Makes a request."""

    request: str


@dataclass(frozen=True, slots=True)
class Run:
    """Runs another flow, then goes on here."""

    flow: "Flow"
    given: tuple[tuple[str, Payload], ...] = ()
    """Its starting variables."""
    save: tuple[tuple[str, str], ...] = ()
    """(our variable, its variable or slot), once it returns."""


@dataclass(frozen=True, slots=True)
class Record:
    """Records what the caller says."""

    text: Text
    up_to: float = 60.0
    """Seconds."""
    save: str | None = None
    """The variable that gets the recording's name; "" where nothing was left."""


@dataclass(frozen=True, slots=True)
class Handoff:
    """Passes the conversation to people, by a request."""

    request: str


Verb = Pass | Ask | Choose | Hangup | Collect | Prompt | Fetch | Run | Record | Handoff

Listening = Ask | Collect | Prompt
"""The verbs that wait for what the caller means."""


# -- the whole -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class State:
    """One state: `set`, `say`, then its verb; afterwards `next` or one of `on`."""

    name: str
    place: Place
    verb: Verb
    set: Assignments = ()
    say: Text | None = None
    next: str | None = None
    on: Handlers = field(default_factory=dict)
    retry: Wordings = ()
    help: Text | None = None
    no_match: Wordings = ()
    no_input: Wordings = ()
    tries: int = 3
    give_up: str | None = None
    barge_in: BargeIn = BargeIn.SPEECH
    no_input_after: float = 6.0
    """Seconds of silence after the bot's last word."""
    end_of_speech: float = 0.7
    """Seconds; the most that is waited after the caller's last word."""
    places: Mapping[str, Place] = field(default_factory=dict)
    """Where `next` and `give_up` stand."""


@dataclass(frozen=True, slots=True)
class AfterCall:
    """A step when the call has ended: a question to a model about it, or a request."""

    place: Place
    ask: Template | None = None
    save: str = ""
    """The variable that gets the model's answer."""
    request: str = ""
    when: Expression | None = None


@dataclass(frozen=True, slots=True)
class Greeting:
    """What is heard when the call is answered."""

    text: Text
    barge_in: BargeIn = BargeIn.SPEECH


@dataclass(frozen=True, slots=True)
class Voice:
    """The `voice` of a flow, as the carrier's document configures synthesis."""

    name: str = ""
    speaking_rate: float = 1.0
    pitch: float = 0.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a call ends whatever happens."""

    duration: float = 900.0
    """Seconds."""
    turns: int = 100
    tokens: int = 20_000
    cost: float | None = None


class RecordCall(Enum):
    """Whether a call is recorded."""

    OFF = "off"
    ALWAYS = "always"
    AFTER_CONSENT = "after_consent"


@dataclass(frozen=True, slots=True)
class Flow:
    """One bot."""

    name: str
    file: str
    version: str
    """12 hex digits of the SHA-256 of the file and all that it includes."""
    start: str
    states: Mapping[str, State]
    language: str = "en-IN"
    timezone: str = "Asia/Kolkata"
    voice: Voice = Voice()
    providers: Mapping[str, str] = field(default_factory=dict)
    """Kind (stt, tts, llm): a name from the settings."""
    variables: Mapping[str, object] = field(default_factory=dict)
    greeting: Greeting | None = None
    intents: Mapping[str, Intent] = field(default_factory=dict)
    """The built-in ones of the flow's language included, extended or replaced by the author's."""
    slots: Mapping[str, Slot] = field(default_factory=dict)
    requests: Mapping[str, Request] = field(default_factory=dict)
    always: Handlers = field(default_factory=dict)
    after: tuple[tuple[float, str], ...] = ()
    """(seconds of call time, state), in order."""
    provider_down: Mapping[str, str] = field(default_factory=dict)
    """Kind: state."""
    places: Mapping[str, Place] = field(default_factory=dict)
    """Where these stand, by the names of `runtime.flow.ways`."""
    inherited: tuple[str, ...] = ()
    """Keys of `always.on` of the flows around, where this one is run by others."""
    after_call: tuple[AfterCall, ...] = ()
    accept: float = 0.6
    confirm: float = 0.4
    limits: Limits = Limits()
    record_call: RecordCall | None = None
    """None: as the operator has it."""
    consent: str = "consent"
    """The variable or slot that is true once the caller agrees to be recorded."""
    phrases: Mapping[str, Text] = field(default_factory=dict)
    """The built-in sentences that the author replaced."""
    files: tuple[str, ...] = ()
    """Every file it was read from, sounds included: a change of one is a new version."""
    names: frozenset[str] = frozenset()
    """The variables and slots that may have a value."""


def with_runs(flow: Flow) -> Iterator[Flow]:
    """Iterate over the flow and those that it runs, and that they run, each once."""
    waiting, seen = [flow], {id(flow)}
    while waiting:
        each = waiting.pop()
        yield each
        run = [state.verb.flow for state in each.states.values() if isinstance(state.verb, Run)]
        for inner in reversed(run):
            if id(inner) not in seen:
                seen.add(id(inner))
                waiting.append(inner)
