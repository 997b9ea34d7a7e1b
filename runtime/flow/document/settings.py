"""A flow's `settings`, `limits`, `voice` and `phrases`."""

from collections.abc import Mapping
from dataclasses import dataclass

from runtime.flow.document.draft import Draft
from runtime.flow.document.keys import Key, Kind, Table, open_table, read_mapping
from runtime.flow.document.texts import read_text
from runtime.flow.document.values import BARGE_IN, DURATION, WORD, number, whole_number
from runtime.flow.model import BargeIn, Limits, Voice
from runtime.flow.phrases import PHRASES, VALUES
from runtime.flow.problem import suggestion
from runtime.flow.source import Node
from runtime.flow.text import Text


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for every state that does not say otherwise, and how sure is sure."""

    barge_in: BargeIn = BargeIn.SPEECH
    no_input_after: float = 6.0
    end_of_speech: float = 0.7
    tries: int = 3
    accept: float = 0.6
    confirm: float = 0.4


ACCEPT = Key("accept", number(0, 1), "From this score on an intent is taken as meant.", "0.6")
CONFIRM = Key("confirm", number(0, 1), "From this score on the caller is asked.", "0.4")
CONFIDENCE_TABLE = Table("'confidence'", (ACCEPT, CONFIRM))


def _read_confidence(draft: Draft, node: Node) -> tuple[float, float] | None:
    values = open_table(draft, node, CONFIDENCE_TABLE)
    if values is None:
        return None
    plain = Settings()
    accept, confirm = values.get_or(ACCEPT, plain.accept), values.get_or(CONFIRM, plain.confirm)
    if confirm > accept:
        message = f"'confirm' ({confirm:g}) must not be more than 'accept' ({accept:g})."
        draft.error(node, "out-of-range", message)
    return accept, confirm


BARGE = Key("barge_in", BARGE_IN, "What stops the bot while it speaks.", "true")
AFTER = Key("no_input_after", DURATION, "Silence after the bot's last word.", "6s")
END = Key("end_of_speech", DURATION, "The longest wait after the caller's last word.", "700ms")
SETTINGS_TRIES = Key("tries", whole_number(1, 20), "Misunderstandings until giving up.", "3")
CONFIDENCE = Key("confidence", Kind("{accept, confirm}", _read_confidence), "How sure is sure.")
SETTINGS_TABLE = Table("'settings'", (BARGE, AFTER, END, SETTINGS_TRIES, CONFIDENCE))


def read_settings(draft: Draft, node: Node) -> Settings | None:
    """Read the settings of all states."""
    values = open_table(draft, node, SETTINGS_TABLE)
    if values is None:
        return None
    plain = Settings()
    accept, confirm = values.get_or(CONFIDENCE, (plain.accept, plain.confirm))
    return Settings(
        barge_in=values.get_or(BARGE, plain.barge_in),
        no_input_after=values.get_or(AFTER, plain.no_input_after),
        end_of_speech=values.get_or(END, plain.end_of_speech),
        tries=values.get_or(SETTINGS_TRIES, plain.tries),
        accept=accept,
        confirm=confirm,
    )


CALL_DURATION = Key("duration", DURATION, "Call time.", "15m")
TURNS = Key("turns", whole_number(1, 10_000), "Utterances of the caller.", "100")
TOKENS = Key("tokens", whole_number(0, 100_000_000), "Of language models.", "20000")
COST = Key("cost", number(0, 1_000_000), "Of the providers, in their currency.", "none")
LIMITS_TABLE = Table("'limits'", (CALL_DURATION, TURNS, TOKENS, COST))


def read_limits(draft: Draft, node: Node) -> Limits | None:
    """Read where a call ends whatever happens."""
    values = open_table(draft, node, LIMITS_TABLE)
    if values is None:
        return None
    plain = Limits()
    return Limits(
        duration=values.get_or(CALL_DURATION, plain.duration),
        turns=values.get_or(TURNS, plain.turns),
        tokens=values.get_or(TOKENS, plain.tokens),
        cost=values.get(COST),
    )


# The ranges are those of Google's synthesis, whose names the carrier's document uses.
VOICE_NAME = Key("name", WORD, "The provider's name of the voice.", "the provider's own")
RATE = Key("speaking_rate", number(0.25, 4), "1 is the voice's own speed.", "1.0")
PITCH = Key("pitch", number(-20, 20), "In semitones.", "0")
VOICE_TABLE = Table("'voice'", (VOICE_NAME, RATE, PITCH))


def read_voice(draft: Draft, node: Node) -> Voice | None:
    """Read how the bot sounds."""
    values = open_table(draft, node, VOICE_TABLE)
    if values is None:
        return None
    return Voice(values.get_or(VOICE_NAME, ""), values.get_or(RATE, 1.0), values.get_or(PITCH, 0.0))


def read_phrases(draft: Draft, node: Node) -> Mapping[str, Text] | None:
    """Read the built-in sentences that are replaced."""
    fields = read_mapping(draft, node)
    if fields is None:
        return None
    phrases: dict[str, Text] = {}
    for name, entry in fields.entries.items():
        if name not in PHRASES:
            message = f"there is no built-in sentence '{name}'."
            draft.error(entry.key, "unknown-key", message, suggestion(name, PHRASES))
            continue
        with draft.local(VALUES.get(name, ())):
            text = read_text(draft, entry.value)
        if text is not None:
            phrases[name] = text
    return phrases


SETTINGS = Kind("mapping", read_settings)
LIMITS = Kind("mapping", read_limits)
VOICE = Kind("mapping", read_voice)
PHRASE_TEXTS = Kind("mapping of a sentence's name to a text", read_phrases)
