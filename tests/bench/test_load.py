"""The load measurement's own parts: what it sends, reads, matches and concludes."""

import random
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.answers import Turn, Turns, percentile
from bench.contestants import END_OF_SPEECH
from bench.decision import decider, delay
from bench.frames import NO_MASK, NotAFrame, Opcode, ServerFrames, client_frame
from bench.lags import Lags
from bench.load import FRAME_SECONDS, Call, Caller, Load, Stream
from bench.row import Row, decisions
from bench.search import RUNGS, memory_per_call, most_calls, next_rung
from bench.server import ANSWER, BOT, Usage
from runtime.carrier import messages, rtp
from runtime.carrier.messages import Media
from runtime.flow import engine
from runtime.flow.dids import read_dids
from runtime.flow.engine.effects import Say
from runtime.flow.engine.events import CallStarted, Heard, PlayedOut
from runtime.flow.reading import read_flow


def server_frame(opcode: int, payload: bytes, *, final: bool = True) -> bytes:
    length = len(payload)
    first = opcode | (0x80 if final else 0)
    if length < 126:
        return bytes((first, length)) + payload
    if length < 0x10000:
        return bytes((first, 126)) + length.to_bytes(2) + payload
    return bytes((first, 127)) + length.to_bytes(8) + payload


def caller(speech_frames: int = 3, silence_frames: int = 30) -> Caller:
    frames = [bytes([number]) * 160 for number in range(speech_frames + silence_frames)]
    return Caller(tuple(frames), speech_frames)


def row(calls: int, *, added_p99: float | None = 10.0, resident_mb: float = 100.0) -> Row:
    load = Load(calls, window=(0.0, 10.0), lags=Lags(0.001))
    usage = Usage(0.0, 0, 0.0, 0.0)
    empty = Row.of(load, usage, usage, {})
    return replace(empty, added_p99=added_p99, resident_mb=resident_mb)


# -- percentiles and turns -------------------------------------------------------------------------


@given(st.lists(st.integers(0, 5_000), min_size=1), st.integers(1, 100))
def test_lags_that_are_only_counted_have_the_percentiles_of_a_list(steps, share):
    seconds = [step / 10_000 for step in steps]
    assert Lags(*seconds).percentile(share) == pytest.approx(percentile(seconds, share))
    assert len(Lags(*seconds)) == len(seconds)


def test_no_lags_have_no_percentile_and_what_left_early_was_not_late():
    assert Lags().percentile(99) is None
    assert Lags(-0.002).percentile(99) == 0.0


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([], 50, None),
        ([5.0], 99, 5.0),
        ([3.0, 1.0, 2.0], 50, 2.0),
        ([float(n) for n in range(1, 101)], 99, 99.0),
        ([float(n) for n in range(1, 101)], 100, 100.0),
        ([float(n) for n in range(1, 51)], 99, 50.0),
    ],
)
def test_a_percentile_is_a_value_that_was_seen(values, share, expected):
    assert percentile(values, share) == expected


def test_the_first_sound_after_the_last_word_answers_a_turn():
    turns = Turns()
    turns.speech_began()
    turns.speech_ended(10.0, frames=50)
    turns.sounded(10.8)
    turns.sounded(10.9)
    assert turns.past == [Turn(10.0, 50, 10.8)]
    assert turns.past[0].seconds == pytest.approx(0.8)


def test_a_turn_stays_unanswered_when_the_caller_speaks_again_first():
    turns = Turns()
    turns.speech_began()
    turns.speech_ended(10.0, frames=50)
    turns.speech_began()
    turns.sounded(13.1)
    turns.speech_ended(15.0, frames=300)
    turns.sounded(15.7)
    assert [turn.seconds is None for turn in turns.past] == [True, False]
    assert turns.early == 1


def test_sound_before_anybody_spoke_answers_nothing():
    turns = Turns()
    turns.sounded(1.0)
    assert turns.past == []
    assert turns.early == 0


def test_only_turns_that_ended_in_the_window_are_counted():
    turns = Turns([Turn(1.0, 1), Turn(2.0, 2), Turn(3.0, 3)])
    assert [turn.ended_at for turn in turns.between(2.0, 3.0)] == [2.0]


# -- WebSocket frames ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("length", "head"), [(125, b"\x81\xfd"), (126, b"\x81\xfe\0\x7e"), (65536, b"\x81\xff")]
)
def test_a_client_frame_has_the_length_that_its_size_asks_for(length, head):
    frame = client_frame(Opcode.TEXT, b"a" * length)
    assert frame.startswith(head)
    assert frame.endswith(NO_MASK + b"a" * length)


@given(st.lists(st.binary(max_size=400), max_size=6), st.integers(1, 300))
def test_messages_are_the_same_in_whatever_pieces_they_arrive(payloads, piece):
    stream = b"".join(server_frame(Opcode.TEXT, payload) for payload in payloads)
    frames = ServerFrames()
    read = []
    for at in range(0, len(stream), piece):
        read += frames.feed(stream[at : at + piece])
    assert read == [(Opcode.TEXT, payload) for payload in payloads]


def test_a_long_message_is_read_whole():
    payload = b"7" * 70_000
    assert ServerFrames().feed(server_frame(Opcode.TEXT, payload)) == [(Opcode.TEXT, payload)]


def test_a_ping_may_come_between_the_fragments_of_a_message():
    stream = server_frame(Opcode.TEXT, b"good ", final=False)
    stream += server_frame(Opcode.PING, b"!") + server_frame(Opcode.CONTINUATION, b"day")
    assert ServerFrames().feed(stream) == [(Opcode.PING, b"!"), (Opcode.TEXT, b"good day")]


@pytest.mark.parametrize("stream", [b"\xc1\x00", b"\x81\x80\0\0\0\0", b"\x83\x00"])
def test_what_no_server_may_send_is_refused(stream):
    with pytest.raises(NotAFrame):
        ServerFrames().feed(stream)


# -- the caller ------------------------------------------------------------------------------------


def test_the_server_reads_each_frame_as_twenty_milliseconds_of_the_caller():
    call = Call(3, caller(), random.Random(1))
    packets = []
    for _ in range(2):
        content = call.next_frame(1234).split(NO_MASK, 1)[1]
        message = messages.read(content)
        assert isinstance(message, Media)
        assert message.timestamp == 1234
        packets.append(rtp.parse(message.payload))
        call.frame_sent(0.0)
    first, second = packets
    assert len(first.payload) == 160
    assert (second.sequence - first.sequence) & 0xFFFF == 1
    assert (second.timestamp - first.timestamp) & 0xFFFFFFFF == 160
    assert first.ssrc == second.ssrc


def test_a_call_begins_silent_and_then_speaks_in_turns():
    said = caller(speech_frames=3, silence_frames=30)
    call = Call(0, said, random.Random(5))
    silence = -call.position
    assert 25 <= silence <= 30
    for number in range(silence + 2 * len(said.frames)):
        call.frame_sent(number / 50)
    assert [turn.frames for turn in call.turns.past] == [silence + 3, silence + 36]


def test_the_clip_is_two_seconds_of_speech_in_whole_frames():
    said = Caller.of(BOT / "caller.wav", silence_seconds=3.0, noise_db=-60.0)
    assert (said.speech_frames, said.silence_frames) == (100, 150)
    assert {len(frame) for frame in said.frames} == {160}


@pytest.mark.parametrize("first", [0, 120, 200, 249])
def test_a_detector_without_hangover_decides_with_the_frame_that_completes_the_silence(first):
    said = Caller.of(BOT / "caller.wav", silence_seconds=3.0, noise_db=-60.0)
    decided = decider("energy", END_OF_SPEECH)(said, [Stream(first, 700)])
    ends = [at for at in range(1, 700) if (first + at) % len(said.frames) == said.speech_frames]
    delays = [delay(Turn(0.0, end), {0: decided[0]}) for end in ends]
    assert len(decided[0]) >= len(ends) - 1
    # Its last yes may lie in a window that ends 32 ms after the speech; then frames of 20 ms.
    assert all(d is None or 0.7 <= d <= 0.76 for d in delays)
    assert any(delays)


def test_a_stream_is_what_the_call_sent():
    said = caller(speech_frames=3, silence_frames=30)
    call = Call(4, said, random.Random(2))
    sent = b""
    for _ in range(80):
        content = call.next_frame(0).split(NO_MASK, 1)[1]
        message = messages.read(content)
        assert isinstance(message, Media)
        sent += rtp.parse(message.payload).payload
        call.frame_sent(0.0)
    assert call.stream.frames == 80
    assert call.stream.sound(said) == sent
    assert {turn.call for turn in call.turns.past} == {4}


def test_calls_that_began_alike_are_heard_once_and_as_long_as_the_longest():
    asked = []

    def decide(_caller, streams):
        asked.extend(streams)
        return [[stream.first] for stream in streams]

    streams = {0: Stream(7, 100), 1: Stream(9, 90), 2: Stream(7, 120)}
    assert decisions(decide, caller(), streams) == {0: [7], 1: [9], 2: [7]}
    assert asked == [Stream(7, 120), Stream(9, 90)]


@pytest.mark.parametrize(
    ("decided", "frames"), [([], None), ([40], None), ([40, 60], 10), ([50], 0), ([40, 60, 90], 10)]
)
def test_the_first_decision_after_the_last_word_counts(decided, frames):
    needed = delay(Turn(1.0, 50, call=3), {3: decided})
    assert needed == (None if frames is None else pytest.approx(frames * FRAME_SECONDS))


# -- the bot and the conclusions -------------------------------------------------------------------


def test_the_bot_of_the_measurement_has_no_mistakes():
    text = (BOT / "echo.yaml").read_text()
    reading = read_flow(text, "echo.yaml", open_file=Path.read_bytes)
    assert reading.problems == ()
    assert reading.flow is not None
    assert reading.flow.states["listen"].end_of_speech == END_OF_SPEECH
    assert read_dids((BOT / "dids.yaml").read_text(), "dids.yaml", flows=["echo.yaml"]).dids


def test_what_the_callers_are_taken_to_say_lets_the_bot_wait_as_long_as_its_peers():
    flow = read_flow((BOT / "echo.yaml").read_text(), "echo.yaml", open_file=Path.read_bytes).flow
    assert flow is not None
    state, _ = engine.start(flow, CallStarted(at=0.0, call_id="one"))
    for line in (1, 2):
        state, _ = engine.step(flow, state, PlayedOut(at=1.0, say=line))
    assert engine.patience(flow, state, 2.0, ANSWER, 1.0) == END_OF_SPEECH
    _, effects = engine.step(flow, state, Heard(at=2.0, text=ANSWER))
    assert any(isinstance(effect, Say) for effect in effects)


def test_added_latency_begins_with_the_frame_that_decides():
    turns = [Turn(1.0, 9, 1.85, call=0), Turn(2.0, 10, 2.9, call=1), Turn(3.0, 60, 3.8, call=1)]
    load = Load(2, connected=2, window=(0.0, 10.0), turns=turns, frames=1000)
    used = Usage(1.0, 0, 1.0, 0.0), Usage(3.0, 50_000_000, 3.5, 0.1)
    # 39 frames after the ninth, 41 after the tenth; of the last turn nothing is heard.
    found = Row.of(load, *used, {0: [48], 1: [51]})
    assert (found.wait_p50, found.wait_p99) == (150.0, 200.0)
    assert (found.added_p50, found.added_p99) == (70.0, 80.0)
    assert found.undecided == 1
    assert found.cpu_ms_per_call_second == 100.0
    assert found.cpu_us_per_frame == 2000.0
    assert found.others_percent == 6.0
    assert orjson.dumps(found)


def test_the_search_climbs_while_calls_are_borne_and_tries_the_border_twice():
    assert next_rung([row(100)]) == 150
    assert next_rung([row(100), row(150, added_p99=300.0)]) == 150
    assert next_rung([row(100), row(150, added_p99=300.0), row(150, added_p99=200.0)]) is None
    assert next_rung([row(100), row(150, added_p99=300.0), row(150)]) == 200
    assert next_rung([row(RUNGS[-1])]) is None


def test_a_run_whose_generator_was_too_slow_gives_a_third_chance():
    rows = [row(100), replace(row(150, added_p99=300.0), lag_p99=80.0), row(150, added_p99=300.0)]
    assert next_rung(rows) == 150
    assert next_rung([*rows, replace(rows[1])]) is None


def test_the_search_goes_down_when_the_first_calls_were_too_many():
    rows = [row(10), row(50, added_p99=500.0), row(100, added_p99=900.0)]
    assert next_rung(rows) == 25
    assert most_calls([*rows, row(25)]) == 25


def test_the_search_begins_where_it_is_told_and_goes_down_from_there():
    few = [row(10), row(15)]
    assert next_rung(few, first=200) == 200
    assert next_rung([*few, row(200)], first=200) == 250
    failed = [row(200, added_p99=300.0)] * 2
    assert next_rung([*few, *failed[:1]], first=200) == 200
    assert next_rung([*few, *failed], first=200) == 150
    assert next_rung([*few, *failed, row(150)], first=200) is None
    both = [*failed, *[row(150, added_p99=300.0)] * 2]
    assert next_rung([*few, *both], first=200) == 100


def test_calls_without_an_answer_are_not_borne():
    silent = row(10, added_p99=None)
    assert not silent.bearable
    assert not replace(row(10), unanswered=1).bearable
    assert not replace(row(10), errors={"no greeting": 1}).bearable


def test_memory_of_a_call_is_the_slope_over_all_runs():
    rows = [row(n, resident_mb=120 + 0.5 * n) for n in (10, 50, 100)]
    assert memory_per_call(rows) == pytest.approx(500)
    assert memory_per_call(rows[:1]) is None
