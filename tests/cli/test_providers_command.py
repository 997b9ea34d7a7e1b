"""`callwright providers`: what is there, what is missing, and a sentence through each."""

import json
from pathlib import Path
from typing import Any

import pytest
from shell import callwright

pytestmark = pytest.mark.openai  # all adapters are looked at

SETTINGS = """
providers:
  stt: {ear: {use: scripted, answers: hello}}
  tts: {voice: {use: scripted, milliseconds_per_character: 10}, other: {use: scripted}}
  llm: {model: {use: scripted, answers: [[I am well.]]}}
defaults: {stt: [ear], tts: [voice, other], llm: []}
"""


def listed(folder: Path, settings: str, *options: str) -> Any:
    config = folder / "callwright.yaml"
    config.write_text(settings)
    return callwright(["providers", "--config", str(config), *options])


def rows_of(folder: Path, settings: str, *options: str) -> dict[tuple[str, str], dict[str, Any]]:
    rows = json.loads(listed(folder, settings, "--json", *options).stdout)
    return {(row["kind"], row["name"] or row["adapter"]): row for row in rows}


def test_those_of_the_settings_come_with_their_place_among_the_defaults(tmp_path: Path):
    rows = rows_of(tmp_path, SETTINGS)
    assert [rows["tts", name]["default"] for name in ("voice", "other")] == [1, 2]
    assert rows["llm", "model"]["default"] is None
    assert not rows["tts", "espeak"]["in_settings"]
    assert "espeak" not in listed(tmp_path, SETTINGS).stdout.partition("(also")[0]


def test_a_sentence_goes_through_each(tmp_path: Path):
    result = listed(tmp_path, SETTINGS, "--try")
    assert result.exit_code == 0
    assert "0.5 s of speech" in result.stdout
    rows = rows_of(tmp_path, SETTINGS, "--try")
    assert rows["stt", "ear"]["result"] == "hello"
    assert rows["llm", "model"]["result"] == "I am well."
    assert rows["tts", "voice"]["first_ms"] <= rows["tts", "voice"]["whole_ms"]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ("providers: {tts: {voice: {use: nobody}}}", "'nobody' does not exist."),
        ("providers: {tts: {voice: {use: scripted, colour: red}}}", "has no option 'colour'."),
        ("providers: {llm: {smart: {use: openai, model: m}}}", "OpenAI wants an api_key"),
    ],
)
def test_what_is_missing_is_one_sentence_and_status_1(tmp_path: Path, settings, sentence):
    result = listed(tmp_path, settings)
    assert result.exit_code == 1
    assert sentence in result.stdout


def test_what_fails_is_told_and_the_others_are_tried(tmp_path: Path):
    settings = SETTINGS.replace("answers: hello", "failure: raise")
    result = listed(tmp_path, settings, "--try")
    assert result.exit_code == 1
    assert "failed:" in result.stdout
    assert "I am well." in result.stdout


@pytest.mark.network
def test_no_key_is_printed(tmp_path: Path):
    smart = "{use: openai, model: m, api_key: sk-secret, base_url: 'http://127.0.0.1:1/v1'}"
    settings = SETTINGS.replace("{use: scripted, answers: [[I am well.]]}", smart)
    assert smart in settings
    for options in ((), ("--try",), ("--try", "--json")):
        result = listed(tmp_path, settings, *options)
        assert "sk-secret" not in result.stdout + result.stderr
