"""What a conversation test is made of: what the caller does, and what is expected of the bot."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from runtime.flow.conversation.stand_ins import ModelReply, WebReply
from runtime.flow.model import Flow
from runtime.flow.place import Place


@dataclass(frozen=True)
class Pattern:
    """A line of the bot as a test writes it; `*` stands for anything, all else for itself."""

    text: str

    def matches(self, line: str) -> bool:
        """Return whether the whole line is meant."""
        return self._regex.fullmatch(line) is not None

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        # Stars in a row would make the search slow and mean no more than one.
        parts = re.split(r"\*+", self.text)
        return re.compile(".*".join(re.escape(part) for part in parts), re.DOTALL)


# -- what the caller and the world do --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CallerSays:
    """The caller says something; `confidence` is the recogniser's, 0 to 1."""

    place: Place
    text: str
    confidence: float = 1.0
    interrupting: bool = False
    """He does not wait until the bot's last line has been said."""


@dataclass(frozen=True, slots=True)
class CallerPresses:
    """The caller presses keys, one after the other."""

    place: Place
    digits: str


@dataclass(frozen=True, slots=True)
class CallerIsSilent:
    """Nobody speaks: for `seconds`, or until the bot reacts (None)."""

    place: Place
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class CallerHangsUp:
    """The caller ends the call."""

    place: Place


@dataclass(frozen=True, slots=True)
class ProviderGoesDown:
    """From here on nothing is recognised (stt), spoken (tts) or answered by a model (llm)."""

    place: Place
    kind: str


# -- what is expected ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BotSays:
    """The bot says this line."""

    place: Place
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class BotNeverSays:
    """No line from here on is this one."""

    place: Place
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class InState:
    """The call waits in this state, or has ended in it."""

    place: Place
    state: str


@dataclass(frozen=True, slots=True)
class HasIntent:
    """The caller's last input was understood as this."""

    place: Place
    intent: str


@dataclass(frozen=True, slots=True)
class HasVariables:
    """Variables have these values, compared as text."""

    place: Place
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class HasSlots:
    """Slots have these values, compared as text; None: not filled."""

    place: Place
    values: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Sent:
    """What a request has to have sent; what is left out may be anything."""

    url: Pattern | None = None
    json: object = None
    """Data: of a mapping the keys that are named, of texts `*` for anything."""
    form: Mapping[str, Pattern] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WasRequested:
    """Requests of these names were made, the last time with this."""

    place: Place
    requests: Mapping[str, Sent]


@dataclass(frozen=True, slots=True)
class HasEnded:
    """The call is over, for this reason."""

    place: Place
    reason: str


Act = CallerSays | CallerPresses | CallerIsSilent | CallerHangsUp | ProviderGoesDown
Expectation = (
    BotSays | BotNeverSays | InState | HasIntent | HasVariables | HasSlots | WasRequested | HasEnded
)
Step = Act | Expectation


@dataclass(frozen=True, slots=True)
class Conversation:
    """One test: a call to a flow, step by step."""

    name: str
    place: Place
    flow: Flow
    at: float
    """When the call begins, in POSIX seconds."""
    talk: tuple[Step, ...]
    variables: Mapping[str, object] = field(default_factory=dict)
    """Over the flow's own starting values."""
    requests: Mapping[str, tuple[WebReply, ...]] = field(default_factory=dict)
    """What web services answer, in order; the last repeats."""
    model: tuple[ModelReply, ...] = ()
    """What the language model answers, in order."""
