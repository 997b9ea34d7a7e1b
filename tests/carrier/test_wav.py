import math
import struct
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import each_row

from runtime.audio import mulaw
from runtime.carrier import wav
from runtime.carrier.wav import WavProblem

SPEECH = bytes(range(256))
RAMP = np.linspace(-0.9, 0.9, 800)


def tone(rate, seconds=0.5, level=0.5):
    return level * np.sin(2 * math.pi * 440 * np.arange(int(rate * seconds)) / rate)


def riff(tag, channels, rate, bits, data, *, extra=b"", before=b"", extensible=False):
    block = channels * bits // 8
    if extensible:
        extra = struct.pack("<HHIH", 22, bits, 0, tag) + bytes(14)
        tag = 0xFFFE
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits) + extra
    chunks = b"WAVE" + struct.pack("<4sI", b"fmt ", len(form)) + form + before
    chunks += struct.pack("<4sI", b"data", len(data)) + data
    return struct.pack("<4sI", b"RIFF", len(chunks)) + chunks


def chunk(name, body):
    return struct.pack("<4sI", name, len(body)) + body + b"\0" * (len(body) % 2)


def pcm16(samples):
    return (samples * 32767).astype("<i2").tobytes()


def pcm8(samples):
    return (samples * 127 + 128).astype(np.uint8).tobytes()


@pytest.mark.parametrize("length", [0, 1, 160, 161])
def test_a_mono_file_says_what_it_is_and_how_long(length):
    content = wav.mono(SPEECH[:length])
    fields = struct.unpack_from("<4sI4s4sIHHIIHHH4sII4sI", content)
    assert fields == (
        *(b"RIFF", len(content) - 8, b"WAVE"),
        *(b"fmt ", 18, 7, 1, 8000, 8000, 1, 8, 0),
        *(b"fact", 4, length),
        *(b"data", length),
    )
    assert len(content) % 2 == 0
    assert content[wav.MONO_HEADER_BYTES :][:length] == SPEECH[:length]


@given(st.binary(max_size=400))
def test_what_is_written_is_read_byte_for_byte(audio):
    assert wav.read(wav.mono(audio)) == audio
    assert wav.read_channels(wav.mono(audio)) == (audio,)


@given(st.binary(max_size=400), st.binary(max_size=400))
def test_a_stereo_file_keeps_both_sides_and_evens_them_with_silence(left, right):
    length = max(len(left), len(right))
    sides = wav.read_channels(wav.stereo(left, right))
    assert sides == (left.ljust(length, b"\xff"), right.ljust(length, b"\xff"))


def test_a_file_tells_its_own_length():
    for data in (0, 2, 16000):
        assert wav.length(wav.header(data, channels=2)) == wav.STEREO_HEADER_BYTES + data


KINDS = [(1, 16), (1, 8), (7, 8)]
"""Format tag and bits of a sample."""


@each_row(("kind", "channels", "rate"), product(KINDS, [1, 2], [8000, 11025, 16000, 44100, 48000]))
def test_a_tone_of_any_kind_is_the_same_tone_on_the_line(kind, channels, rate):
    tag, bits = kind
    samples = np.repeat(tone(rate), channels)
    data = {
        (1, 16): pcm16,
        (1, 8): pcm8,
        (7, 8): lambda each: mulaw.encode((each * 32767).astype(np.int16)),
    }[kind](samples)
    heard = mulaw.decode(wav.read(riff(tag, channels, rate, bits, data))) / 32768
    assert len(heard) == pytest.approx(4000, abs=2)
    middle = slice(400, 3600)
    assert np.abs(heard[: len(tone(8000))][middle] - tone(8000)[middle]).max() < 0.03


def test_channels_are_averaged():
    sides = np.stack([np.full(800, 0.5), np.full(800, -0.5)], axis=1).ravel()
    assert set(wav.read(riff(1, 2, 8000, 16, pcm16(sides)))) <= {0xFF, 0x7F}


def test_an_extensible_file_is_what_its_sub_format_says():
    content = riff(1, 1, 8000, 16, pcm16(RAMP), extensible=True)
    assert wav.read(content) == wav.read(riff(1, 1, 8000, 16, pcm16(RAMP)))


def test_chunks_that_nobody_needs_are_passed_over():
    before = chunk(b"LIST", b"odd") + chunk(b"fact", b"1234")
    assert wav.read(riff(7, 1, 8000, 8, SPEECH, before=before)) == SPEECH


def test_a_file_that_is_cut_in_its_data_is_read_as_far_as_it_goes():
    assert wav.read(wav.mono(SPEECH)[:-100]) == SPEECH[:-100]
    assert len(wav.read(riff(1, 1, 8000, 16, pcm16(RAMP)[:-1]))) == 799


@each_row(
    ("content", "why"),
    [
        (b"", "no WAV file"),
        (b"OggS" + bytes(40), "no WAV file"),
        (wav.mono(SPEECH)[:40], "no data chunk"),
        (wav.mono(b"")[:12] + chunk(b"data", b"12"), "no whole fmt"),
        (riff(6, 1, 8000, 8, SPEECH), "A-law"),
        (riff(3, 1, 8000, 32, SPEECH), "floating point with 32 bits"),
        (riff(1, 1, 8000, 24, SPEECH), "PCM with 24 bits"),
        (riff(85, 1, 8000, 0, SPEECH), "format tag 85"),
        (riff(1, 0, 8000, 16, SPEECH), "0 channels"),
        (riff(1, 1, 0, 16, SPEECH), "at 0 Hz"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(content, why):
    with pytest.raises(WavProblem, match=why):
        wav.read(content)


def test_channels_are_given_of_telephone_sound_only():
    with pytest.raises(WavProblem, match="not mu-law of 8000"):
        wav.read_channels(riff(1, 2, 8000, 16, pcm16(RAMP)))


@given(st.binary(max_size=80), st.integers(0, 60), st.binary(max_size=4))
def test_a_damaged_file_is_read_or_refused(tail, at, damage):
    content = wav.mono(SPEECH)[:-200] + tail
    content = content[:at] + damage + content[at + len(damage) :]
    try:
        audio = wav.read(content)
    except WavProblem:
        return
    assert isinstance(audio, bytes)
