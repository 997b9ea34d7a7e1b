import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.base import ProviderError
from providers.wav_stripper import WavStripper
from runtime.audio import mulaw
from runtime.carrier import wav

TONE = mulaw.encode((0.3 * np.sin(np.arange(803) / 3)).astype(np.float32))
PCM = mulaw.decode(TONE).astype("<i2").tobytes()


def file(tag, bits, data, *, rate=8000, channels=1, size=None, before=b"", after=b""):
    block = bits // 8 * channels
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits)
    data_chunk = struct.pack("<4sI", b"data", len(data) if size is None else size)
    chunks = struct.pack("<4sI", b"fmt ", len(form)) + form + before + data_chunk + data + after
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


LIST = b"LIST\x05\0\0\0abcde\0"
ANSWERS = {
    "bare": TONE,
    "as our carrier has it": wav.header(len(TONE), 1) + TONE + b"\0",
    "mu-law": file(7, 8, TONE),
    "with other chunks": file(7, 8, TONE, before=LIST, after=b"\0" + LIST),
    "its size not known": file(7, 8, TONE, size=0xFFFFFFFF),
    "its size left out": file(7, 8, TONE, size=0),
    "PCM": file(1, 16, PCM),
}


def stripped(*received, **options):
    stripper = WavStripper("acme", **options)
    return b"".join([*(stripper.push(piece) for piece in received), stripper.finish()])


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_the_sound_is_found_in_one_piece(answer):
    assert stripped(answer) == TONE


@given(st.sampled_from(sorted(ANSWERS)), st.lists(st.integers(0, 1200), min_size=1, max_size=6))
def test_the_sound_is_the_same_however_it_comes(name, cuts):
    answer = ANSWERS[name]
    ends = sorted({min(cut, len(answer)) for cut in cuts})
    pieces = [answer[a:b] for a, b in zip([0, *ends], [*ends, len(answer)], strict=True)]
    assert stripped(*pieces) == TONE


def test_a_bare_sound_comes_at_once():
    assert WavStripper("acme").push(TONE[:20]) == TONE[:20]


def test_bare_pcm_is_known_by_what_was_asked_for():
    assert stripped(PCM[:33], PCM[33:], pcm=True) == TONE
    assert stripped(file(7, 8, TONE), pcm=True) == TONE


@pytest.mark.parametrize("answer", [b"RIF", b"RIFF", b"RIFFabcd", b"RIFFabcdWAVX", b""])
def test_a_sound_that_begins_like_a_header_and_is_none(answer):
    if answer in (b"RIFF", b"RIFFabcd"):
        with pytest.raises(ProviderError, match="cut short"):
            stripped(answer)
    else:
        assert stripped(answer) == answer


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (file(1, 16, PCM, rate=24000), "of format 1 with 16 bits, 1 channels, 24000 Hz"),
        (file(7, 8, TONE, channels=2), "of format 7 with 8 bits, 2 channels, 8000 Hz"),
        (file(6, 8, TONE), "of format 6 with 8 bits"),
        (ANSWERS["mu-law"][:40], "cut short"),
        (b"RIFF\0\0\0\0WAVEfmt \2\0\0\0\7\0", "whose format is cut short"),
        (b"RIFF\0\0\0\0WAVEjunk\xff\xff\xff\0" + bytes(70000), "without sound"),
    ],
)
def test_what_cannot_be_used_is_said(answer, message):
    with pytest.raises(ProviderError, match=message) as caught:
        stripped(answer)
    assert (caught.value.provider, caught.value.retryable) == ("acme", False)
