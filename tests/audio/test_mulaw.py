import numpy as np
import pytest
from tables import each_row

from runtime.audio import mulaw

# G.711 table 2a: eight segments; the first step of the first one is half, then sixteen steps
# each, twice as wide from segment to segment. In 14-bit units, of which ours are four times finer.
STEPS = [1, *[2] * 15, *[4] * 16, *[8] * 16, *[16] * 16, *[32] * 16, *[64] * 16, *[128] * 16]
DECISIONS = np.cumsum([*STEPS, *[256] * 15]) * 4


def itu_code(sample: int) -> int:
    """The character signal of a sample, from the table of decision values."""
    step = int(np.searchsorted(DECISIONS, abs(sample), side="right"))
    return (0x7F if sample < 0 else 0xFF) - step


def itu_value(code: int) -> int:
    """The quantised value of a character signal: the middle between its decision values."""
    step = 0x7F - (code & 0x7F)
    bounds = [0, *DECISIONS, 8159 * 4]
    value = 0 if step == 0 else (bounds[step] + bounds[step + 1]) // 2
    return value if code & 0x80 else -value


def test_every_code_decodes_to_the_value_of_the_recommendation():
    assert mulaw.decode(bytes(range(256))).tolist() == [itu_value(code) for code in range(256)]


def test_known_values_of_the_decoder():
    assert mulaw.decode(b"\x00\x80\x7f\xff\xfe\x8f").tolist() == [-32124, 32124, 0, 0, 8, 16764]


def test_every_sample_is_encoded_by_the_decision_values_of_the_recommendation():
    samples = np.arange(-32768, 32768, dtype=np.int32)
    steps = np.searchsorted(DECISIONS, np.abs(samples), side="right")
    codes = np.where(samples < 0, 0x7F, 0xFF) - steps
    assert mulaw.encode(samples.astype(np.int16)) == codes.astype(np.uint8).tobytes()


@each_row("sample", [0, 3, 4, 11, 12, -1, -4, 1000, 32635, 32767, -32768])
def test_edges_are_encoded_as_the_table_says(sample):
    assert mulaw.encode(np.array([sample], np.int16))[0] == itu_code(sample)


def test_a_decoded_code_encodes_to_itself():
    codes = bytes(code for code in range(256) if code != 0x7F)  # 0x7F is minus zero
    assert mulaw.encode(mulaw.decode(codes)) == codes
    assert mulaw.encode(mulaw.decode_float(codes)) == codes


def test_floats_are_scaled_and_clipped():
    assert mulaw.encode(np.array([-7.0, -1.0, 0.0, 1.0, 7.0])) == b"\x00\x00\xff\x80\x80"
    assert np.abs(mulaw.decode_float(bytes(range(256)))).max() < 1


def test_a_strided_array_is_encoded_too():
    samples = np.arange(0, 2000, 10, dtype=np.int16)
    assert mulaw.encode(samples[::2]) == mulaw.encode(samples[::2].copy())


def test_duration_counts_bytes():
    assert mulaw.duration(bytes(mulaw.FRAME)) == 0.02


def test_level_is_rms_below_full_scale():
    sine = np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000)
    assert mulaw.level(mulaw.encode(sine * 0.99)) == pytest.approx(-3.1, abs=0.1)
    assert mulaw.level(mulaw.encode(sine * 0.1)) == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize("audio", [b"", bytes([mulaw.SILENCE]) * 160])
def test_silence_has_the_lowest_level(audio):
    assert mulaw.level(audio) == mulaw.QUIETEST
