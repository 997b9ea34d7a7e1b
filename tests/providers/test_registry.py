import inspect
import sys

import pytest

from providers import registry
from providers.base import ProviderMissing
from providers.scripted import ScriptedSpeechToText

EXTRAS = {"google": "google.cloud.texttospeech_v1", "local": "ctranslate2", "openai": "openai"}
"""What each extra brings, and all that it brings with it."""
LARGE = ("google", "openai")
"""Extras whose libraries take a third of a second to load."""


@pytest.fixture
def third_party(tmp_path, monkeypatch):
    """An installed package of somebody else's, with its entry points."""
    info = tmp_path / "acme-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[callwright.providers]\n"
        "stt.acme = providers.scripted:ScriptedSpeechToText\n"
        "stt.local = providers.scripted:ScriptedSpeechToText\n"
        "tts.broken = acme_without_module:Voice\n"
    )
    monkeypatch.syspath_prepend(tmp_path)


def test_names_are_known_by_kind():
    assert registry.known("stt") == tuple(sorted(registry.PROVIDERS["stt"]))
    assert {"deepgram", "local", "openai", "openai_realtime", "sarvam", "scripted"} <= set(
        registry.known("stt")
    )
    assert {"espeak", "local", "scripted"} <= set(registry.known("tts"))
    assert "scripted" in registry.known("llm")


def test_a_provider_is_built_with_its_options():
    provider = registry.build("stt", "scripted", {"answers": "yes"})
    assert isinstance(provider, ScriptedSpeechToText)


@pytest.mark.parametrize(
    ("kind", "name", "options", "message"),
    [
        ("tts", "locl", {}, "Text to speech 'locl' does not exist. Did you mean 'local'?"),
        ("llm", "x", {}, "Language model 'x' does not exist. There are: "),
        (
            "stt",
            "scripted",
            {"answer": "yes"},
            "Speech to text 'scripted' has no option 'answer'. Did you mean 'answers'?",
        ),
        (
            "stt",
            "scripted",
            {"answers": 5},
            "Speech to text 'scripted' refuses its options: 'int' object is not iterable.",
        ),
    ],
)
def test_a_mistake_is_one_sentence_that_helps(kind, name, options, message):
    with pytest.raises(ProviderMissing) as caught:
        registry.build(kind, name, options)
    assert caught.value.message.startswith(message)
    assert caught.value.provider == name


def test_a_missing_extra_is_named_with_its_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "hibari", None)
    monkeypatch.delitem(sys.modules, "providers.local_tts", raising=False)
    with pytest.raises(ProviderMissing) as caught:
        registry.build("tts", "local", {})
    assert caught.value.message == (
        "Text to speech 'local' needs an extra: pip install 'callwright[local]'."
    )


def test_a_language_models_extra_is_named_likewise(monkeypatch):
    monkeypatch.setitem(sys.modules, "openai", None)
    for module in ("providers.openai_llm", "providers.openai_answer"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    with pytest.raises(ProviderMissing, match=r"pip install 'callwright\[openai\]'\.$"):
        registry.build("llm", "openai", {"model": "any"})


def test_somebody_elses_provider_appears(third_party):
    assert "acme" in registry.known("stt")
    assert isinstance(registry.build("stt", "acme", {"answers": "yes"}), ScriptedSpeechToText)


def test_somebody_else_cannot_replace_ours(third_party):
    assert registry.PROVIDERS["stt"]["local"] == registry._rows("stt")["local"]


def test_somebody_elses_broken_provider_is_one_sentence(third_party):
    with pytest.raises(ProviderMissing, match="'broken': its module cannot be imported"):
        registry.build("tts", "broken", {})


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        pytest.param(kind, name, marks=pytest.mark.openai if row.extra in LARGE else ())
        for kind, rows in registry.PROVIDERS.items()
        for name, row in rows.items()
    ],
)
def test_each_row_names_a_class_of_its_kind(kind, name):
    row = registry.PROVIDERS[kind][name]
    if row.extra:
        pytest.importorskip(EXTRAS[row.extra])
    provider = registry._load(row, name, name)
    method = {"stt": "transcribe", "tts": "synthesize", "llm": "answer"}[kind]
    assert {method, "warm", "close"} <= set(dict(inspect.getmembers(provider)))
    assert provider.name == name
