"""Which providers there are, and building one by its name in the settings.

A package of somebody else's adds one with an entry point of the group `callwright.providers`,
named KIND.NAME, whose value is the class:

    [project.entry-points."callwright.providers"]
    "stt.acme" = "acme_callwright:AcmeSpeechToText"

The settings' options are the class's keyword arguments. What ships here cannot be replaced.
"""

import difflib
import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Final, Literal, overload

from providers.base import LanguageModel, ProviderMissing, SpeechToText, TextToSpeech

Kind = Literal["stt", "tts", "llm"]

GROUP: Final = "callwright.providers"
"""The group of entry points."""

_TITLES: Final[Mapping[Kind, str]] = {
    "stt": "Speech to text",
    "tts": "Text to speech",
    "llm": "Language model",
}


@dataclass(frozen=True, slots=True)
class Row:
    """Where a provider's class is, and the extra that brings what it imports."""

    target: str
    """module:Class"""

    extra: str = ""


PROVIDERS: Final[Mapping[Kind, Mapping[str, Row]]] = {
    "stt": {
        "deepgram": Row("providers.deepgram_stt:DeepgramSpeechToText"),
        "local": Row("providers.local_stt:LocalSpeechToText", "local"),
        "openai": Row("providers.openai_stt:OpenAISpeechToText", "openai"),
        "openai_realtime": Row("providers.openai_realtime:OpenAIRealtimeSpeechToText", "openai"),
        "sarvam": Row("providers.sarvam_stt:SarvamSpeechToText"),
        "scripted": Row("providers.scripted:ScriptedSpeechToText"),
    },
    "tts": {
        "cartesia": Row("providers.cartesia_tts:CartesiaTextToSpeech"),
        "elevenlabs": Row("providers.elevenlabs_tts:ElevenLabsTextToSpeech"),
        "espeak": Row("providers.espeak_tts:EspeakTextToSpeech"),
        "google": Row("providers.google_tts:GoogleTextToSpeech", "google"),
        "local": Row("providers.local_tts:LocalTextToSpeech", "local"),
        "openai": Row("providers.openai_tts:OpenAITextToSpeech", "openai"),
        "sarvam": Row("providers.sarvam_tts:SarvamTextToSpeech"),
        "scripted": Row("providers.scripted:ScriptedTextToSpeech"),
    },
    "llm": {
        "openai": Row("providers.openai_llm:OpenAILanguageModel", "openai"),
        "scripted": Row("providers.scripted:ScriptedLanguageModel"),
    },
}


def known(kind: Kind) -> tuple[str, ...]:
    """The names of a kind, installed or not, in alphabetical order."""
    return tuple(sorted(_rows(kind)))


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an adapter without building it."""

    can: str
    """The first line of its class's docstring."""
    missing: str
    """Why it cannot be built here, with the command to mend it; "" where it can."""


def describe(kind: Kind, name: str) -> Facts:
    """Return what an adapter can; one that does not exist is missing, too."""
    title = f"{_TITLES[kind]} '{name}'"
    rows = _rows(kind)
    if name not in rows:
        return Facts("", f"{title} does not exist.{_hint(name, rows)}")
    try:
        adapter = _load(rows[name], title, name)
    except ProviderMissing as missing:
        return Facts("", missing.message)
    return Facts((inspect.getdoc(adapter) or "").partition("\n")[0], "")


@overload
def build(kind: Literal["stt"], name: str, options: Mapping[str, object]) -> SpeechToText: ...
@overload
def build(kind: Literal["tts"], name: str, options: Mapping[str, object]) -> TextToSpeech: ...
@overload
def build(kind: Literal["llm"], name: str, options: Mapping[str, object]) -> LanguageModel: ...


def build(
    kind: Kind, name: str, options: Mapping[str, object]
) -> SpeechToText | TextToSpeech | LanguageModel:
    """Return the provider; models and connections wait for its `warm`.

    Raises `ProviderMissing`, whose message tells the operator what to change or to install.
    """
    title = f"{_TITLES[kind]} '{name}'"
    rows = _rows(kind)
    if name not in rows:
        raise ProviderMissing(f"{title} does not exist.{_hint(name, rows)}", provider=name)
    provider = _load(rows[name], title, name)
    allowed = inspect.signature(provider).parameters
    for option in options:
        if option not in allowed:
            hint = _hint(option, allowed)
            raise ProviderMissing(f"{title} has no option '{option}'.{hint}", provider=name)
    try:
        built: SpeechToText | TextToSpeech | LanguageModel = provider(**options)
    except (TypeError, ValueError) as error:
        raise ProviderMissing(f"{title} refuses its options: {error}.", provider=name) from error
    return built


def _rows(kind: Kind) -> Mapping[str, Row]:
    others = {
        point.name.removeprefix(f"{kind}."): Row(point.value)
        for point in entry_points(group=GROUP)
        if point.name.startswith(f"{kind}.")
    }
    return {**others, **PROVIDERS[kind]}


def _load(row: Row, title: str, name: str) -> Any:  # Any: a class with arguments of its own.
    module, _, attribute = row.target.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except ModuleNotFoundError as error:
        if not row.extra:
            reason = f"its module cannot be imported: {error}"
            raise ProviderMissing(f"{title}: {reason}.", provider=name) from error
        raise ProviderMissing(
            f"{title} needs an extra: pip install 'callwright[{row.extra}]'.", provider=name
        ) from error
    except (ImportError, AttributeError) as error:
        raise ProviderMissing(f"{title} cannot be imported: {error}.", provider=name) from error


def _hint(wrong: str, right: Iterable[str]) -> str:
    names = sorted(right)
    close = difflib.get_close_matches(wrong, names, n=1)
    if close:
        return f" Did you mean '{close[0]}'?"
    return f" There are: {', '.join(names)}." if names else " There are none."
