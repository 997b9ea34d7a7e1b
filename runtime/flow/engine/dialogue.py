"""What has been said in a call, and the words in which a language model is spoken to."""

from collections.abc import Mapping
from dataclasses import dataclass, field

BOT, CALLER, TOOL = "bot", "caller", "tool"


@dataclass(frozen=True, slots=True)
class Said:
    """One side's words, as far as the other side has heard them; sensitive values are masked."""

    who: str
    """bot | caller | tool: what a tool has told the model."""
    text: str
    line: int = 0
    """The number of the bot's line."""


@dataclass(frozen=True, slots=True)
class ModelCall:
    """The model asks for a tool; nobody has judged the arguments yet."""

    id: str
    tool: str
    arguments: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ModelMessage:
    """One message that a model is shown."""

    role: str
    """system | user | assistant | tool"""
    text: str = ""
    calls: tuple[ModelCall, ...] = ()
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class ModelTool:
    """What a model may ask for; `parameters` is a JSON Schema of an object."""

    name: str
    description: str
    parameters: Mapping[str, object] = field(default_factory=dict)


def as_text(talk: tuple[Said, ...]) -> str:
    """Return the conversation as a text: a line for each turn."""
    names = {BOT: "Bot", CALLER: "Caller"}
    return "\n".join(f"{names[said.who]}: {said.text}" for said in talk if said.who in names)
