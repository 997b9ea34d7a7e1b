"""The talk-off's own parts: that it would count a false key, and how it tells what was heard."""

import json
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from bench import voices
from bench.keypad import Pressed, Way, hear, heard_once, press
from bench.talk_off import VARIANTS, false_keys
from runtime.audio.dtmf import KEYS, Digit, tones
from runtime.audio.mulaw import decode_float, level

HUM = voices.Clip(np.sin(np.arange(16000) * 0.3).astype(np.float32), 16000)


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
def test_a_key_in_the_sound_is_counted_in_every_variant(variant):
    sound = tones("5", 100, 100, level_db=-22) + b"\xff" * 1600
    assert false_keys(variant(sound))[:1] == ["5"]


def test_keys_are_counted_in_every_minute():
    minute = tones("1", 100, 100) + b"\xff" * (60 * 8000 - 1600)
    assert false_keys(minute * 3) == ["1"] * 3
    assert false_keys(b"") == []


def test_a_key_that_is_heard_twice_or_beside_another_is_not_heard_once():
    line = Pressed(b"", (("1", 1000), ("2", 3000), ("3", 5000), ("4", 7000)), 400)
    told = [
        Digit("1", 1010),
        Digit("2", 3000),
        Digit("2", 3300),
        Digit("4", 7000),
        Digit("7", 7100),
    ]
    assert heard_once(line, told) == 1


def test_keys_are_pressed_as_asked():
    line = press(Way(60, -12, -8), np.random.default_rng(0), times=2)
    assert sorted(key for key, _ in line.keys) == sorted(KEYS * 2)
    assert line.samples == 480
    (_, at) = line.keys[5]
    tone = decode_float(line.sound[at : at + 480])
    # The weaker tone at -12 dBm0, the other one 8 dB above it; a full-scale sine is 3.17 dBm0.
    power = (10 ** (-15.17 / 10) + 10 ** (-7.17 / 10)) / 2
    assert np.mean(tone**2) == pytest.approx(power, rel=0.1)
    assert not decode_float(line.sound[at - 300 : at]).any()
    assert heard_once(line, hear([line.sound])[0]) == 32


def test_synthesis_is_kept_for_the_next_time(tmp_path, monkeypatch):
    made = []

    def source(texts: Sequence[str]) -> Iterator[voices.Clip]:
        for text in texts:
            made.append(text)
            yield HUM

    monkeypatch.setitem(voices.SOURCES, "people", source)
    first = voices.line("people", 1.5, ["a b", "c d", "e f"], tmp_path / "new")
    assert voices.line("people", 1.5, ["a b", "c d", "e f"], tmp_path / "new") == first
    # Each clip lasts a second, and the first one and a half are two.
    assert made == ["a b", "c d"]
    assert level(first) == pytest.approx(-20, abs=1)


def test_sentences_come_from_the_folder_or_else_from_the_documentation(tmp_path):
    (tmp_path / "a.json").write_text(
        json.dumps({"train": [["how are you", "greet"]], "n": [1, "x y"]})
    )
    assert sorted(voices.sentences(tmp_path)) == ["how are you", "x y"]
    assert len(voices.sentences(None)) > 50
