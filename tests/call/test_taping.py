"""Recorded calls: both sides true to the sample, and nothing sensitive in either."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from loudness import QUIET
from taped import BOOK, HELLO, NUMBER, TapedCall, taped_call, voice

from runtime.audio import dtmf
from runtime.audio.mulaw import SAMPLE_RATE
from runtime.store.changes import CallChanged

MENU = """
record_call: always
greeting: Welcome.
states:
  menu:
    ask: What next?
    on: {book: bye}
    no_input_after: 60s
  bye: {hangup: Goodbye then.}
intents:
  book: {words: [book]}
"""

PHONE = """
record_call: always
slots:
  phone: {type: digits, length: 4, ask: Your number?, sensitive: true}
states:
  ask_phone: {collect: [phone], next: menu}
  menu:
    say: 'It is {{ phone }}.'
    ask: What next?
    on: {book: bye}
    no_input_after: 60s
  bye: {hangup: Bye.}
intents:
  book: {words: [book]}
"""

LATER = PHONE.replace("digits, length: 4", "phone").replace(
    "  ask_phone", "  first: {ask: Yes?, on: {book: ask_phone}}\n  ask_phone"
)


WORDS = {HELLO[4000:4200]: "hello", NUMBER[4000:4200]: "1 2 3 4", BOOK[4000:4200]: "book"}


def same_length(call: TapedCall) -> tuple[bytes, bytes]:
    """What the caller heard, and what was recorded of it, up to the recording's end."""
    _, right = call.recording()
    return call.heard().ljust(len(right), QUIET)[: len(right)], right


async def listens(call: TapedCall) -> None:
    await call.wait(4)


def test_both_sides_are_true_to_the_sample(tmp_path: Path):
    async def act(call: TapedCall) -> None:
        await call.wait(3)
        await call.say(HELLO)
        await call.wait(6)

    call = taped_call(tmp_path, MENU, act, WORDS)
    left, right = call.recording()
    assert left == bytes(call.caller)
    heard, recorded = same_length(call)
    assert recorded == heard
    # The greeting begins with the first frame, and the question where it ends.
    assert right[0:6400] != QUIET * 6400
    assert len(left) == len(right) == 10 * SAMPLE_RATE


def test_where_the_caller_interrupts_the_bot_is_cut(tmp_path: Path):
    async def act(call: TapedCall) -> None:
        await call.wait(1.1)
        await call.say(BOOK)
        await call.wait(5)

    call = taped_call(tmp_path, MENU, act, WORDS)
    events = [event for _, event, _ in call.sent]
    assert "interrupt" in events
    heard, recorded = same_length(call)
    assert recorded == heard
    cut = next(at for at, event, _ in call.sent if event == "interrupt") - call.answered_at
    at = round(cut * SAMPLE_RATE)
    assert recorded[at : at + 800] == QUIET * 800


def test_what_was_paused_is_heard_again_from_where_it_goes_on(tmp_path: Path):
    async def act(call: TapedCall) -> None:
        await call.wait(1.1)
        # Nothing that anybody understands: the bot goes on.
        await call.say(voice(9, 0.5))
        await call.wait(6)

    call = taped_call(tmp_path, MENU, act, WORDS)
    events = [event for _, event, _ in call.sent]
    assert events.index("interrupt") < len(events) - 1
    heard, recorded = same_length(call)
    assert recorded == heard


def test_what_a_caller_says_to_a_sensitive_question_is_silenced(tmp_path: Path):
    async def act(call: TapedCall) -> None:
        await call.wait(3)
        await call.say(NUMBER)
        await call.wait(6)
        await call.say(BOOK)
        await call.wait(3)

    call = taped_call(tmp_path, PHONE, act, WORDS)
    left, right = call.recording()
    assert left[: 5 * SAMPLE_RATE] == QUIET * 5 * SAMPLE_RATE
    assert BOOK in left
    # "It is 1234." is silenced too, and all else is heard.
    at, _, line = [sent for sent in call.sent if sent[1] == "media"][1]
    start = round((at - call.answered_at) * SAMPLE_RATE)
    heard = bytearray(call.heard().ljust(len(right), QUIET)[: len(right)])
    assert bytes(heard) != right
    heard[start : start + len(line)] = QUIET * len(line)
    assert bytes(heard) == right


def test_keys_are_silenced_to_the_end_of_the_last_tone(tmp_path: Path):
    async def act(call: TapedCall) -> None:
        await call.wait(3)
        await call.say(dtmf.tones("123", ms=100, gap_ms=100) + dtmf.tones("4", ms=1500))
        await call.wait(6)
        await call.say(BOOK)
        await call.wait(1)

    call = taped_call(tmp_path, PHONE, act, WORDS)
    left, _ = call.recording()
    assert call.session.record.slots == {"phone": "[phone]"}
    at = left.index(BOOK)
    assert left[:at] == QUIET * at


def test_what_is_said_after_the_answer_is_kept_though_nobody_asks_any_more(tmp_path: Path):
    flow = """
record_call: always
slots:
  phone: {type: digits, length: 4, ask: Your number?, sensitive: true}
states:
  ask_phone: {collect: [phone], next: bye}
  bye: {hangup: Thank you very much for your number and for having called us today.}
"""

    async def act(call: TapedCall) -> None:
        await call.wait(3)
        await call.say(NUMBER)
        await call.wait(2)
        await call.say(HELLO)
        await call.wait(4)

    left, _ = taped_call(tmp_path, flow, act, WORDS).recording()
    assert HELLO in left
    assert NUMBER[4000:4200] not in left


def test_a_click_is_kept(tmp_path: Path):
    click = voice(4, 0.06)

    async def act(call: TapedCall) -> None:
        await call.wait(3)
        await call.say(click)
        await call.wait(1)

    assert click in taped_call(tmp_path, LATER, act).recording()[0]


def test_where_nothing_is_recognised_any_of_it_may_be_sensitive(tmp_path: Path):
    async def act(call: TapedCall) -> None:
        await call.wait(2)
        # More than wait for the recogniser.
        for seed in range(20, 40):
            await call.say(voice(seed, 0.4))
            await call.wait(0.8)

    left, _ = taped_call(tmp_path, LATER, act, failure="hang").recording()
    assert left == QUIET * len(left)


def test_a_value_that_is_being_said_when_the_recording_begins_is_silenced(tmp_path: Path):
    flow = """
record_call: after_consent
slots:
  phone: {type: phone, ask: Your number?, sensitive: true}
states:
  first:
    ask: Press 1 if we may record.
    barge_in: digits
    on: {"1": {set: {consent: true}}, "2": ask_phone}
  ask_phone: {collect: [phone], next: bye}
  bye: {hangup: Bye.}
"""
    number = voice(6, 3.0)

    async def act(call: TapedCall) -> None:
        await call.wait(5)
        await call.say(number[:8000])
        call.press("1")
        await call.say(number[8000:])
        await call.wait(2)
        await call.say(HELLO)
        await call.wait(3)

    words = {**WORDS, number[4000:4200]: "it is 98450 12345"}
    left, _ = taped_call(tmp_path, flow, act, words).recording()
    assert HELLO in left
    assert left[:15000] == QUIET * 15000


def test_what_comes_before_its_time_does_not_tell_what_will_be_heard(tmp_path: Path):
    async def act(call: TapedCall) -> None:
        await call.say(HELLO[:160])
        for _ in range(250):
            call.send(QUIET * 160)
        await call.wait(0.5)

    call = taped_call(tmp_path, MENU, act)
    left, right = call.recording()
    assert len(left) == (1 + 250 + 25) * 160
    # The call ended in the greeting.
    assert right == call.heard()[: round(0.52 * SAMPLE_RATE)].ljust(len(left), QUIET)


@pytest.mark.parametrize(
    ("said", "is_kept"),
    [("it is 98450 12345", False), ("hello", True)],
    ids=["value", "none"],
)
def test_what_is_said_in_passing_is_silenced_where_it_turns_out_sensitive(
    tmp_path: Path, said: str, is_kept: bool
):

    async def act(call: TapedCall) -> None:
        await call.wait(2)
        await call.say(HELLO)
        await call.wait(6)

    call = taped_call(tmp_path, LATER, act, {HELLO[4000:4200]: said})
    assert (HELLO in call.recording()[0]) is is_kept


@pytest.mark.parametrize("hangs_up_after", [0.0, 0.2])
def test_what_was_not_understood_before_the_end_is_silenced(tmp_path: Path, hangs_up_after: float):

    async def act(call: TapedCall) -> None:
        await call.wait(5)
        await call.say(HELLO)
        await call.wait(hangs_up_after)

    left, _ = taped_call(tmp_path, LATER, act, WORDS).recording()
    assert left == QUIET * len(left)


def test_a_flow_without_sensitive_values_holds_nothing_back(tmp_path: Path):
    kept: list[int] = []

    async def act(call: TapedCall) -> None:
        await call.say(voice(5, 3.0))
        # All that was given to the disk is on it then.
        call.shelf.close()
        left, _ = call.recording()
        kept.append(len(left))
        assert left == bytes(call.caller)[: len(left)]

    taped_call(tmp_path, MENU, act)
    assert kept[0] >= 2 * SAMPLE_RATE


def test_where_nothing_comes_for_a_while_the_caller_is_later_still_at_his_time(tmp_path: Path):
    async def act(call: TapedCall) -> None:
        await call.wait(4)
        await asyncio.sleep(2.5)
        await call.say(HELLO)
        await call.wait(3)

    call = taped_call(tmp_path, MENU, act, WORDS)
    left, right = call.recording()
    assert abs(left.index(HELLO) - 6.5 * SAMPLE_RATE) <= 160
    assert len(left) == len(right)
    heard, recorded = same_length(call)
    assert recorded == heard


def test_what_comes_late_in_one_go_stays_where_it_was_said(tmp_path: Path):
    async def act(call: TapedCall) -> None:
        await call.wait(4)
        await asyncio.sleep(1)
        for at in range(0, len(HELLO), 160):
            call.send(HELLO[at : at + 160])
        await call.wait(3)

    left, _ = taped_call(tmp_path, MENU, act, WORDS).recording()
    assert left.index(HELLO) == 4 * SAMPLE_RATE


Act = Callable[[TapedCall], Awaitable[None]]


@pytest.mark.parametrize(
    ("rule", "by_default", "is_recorded"),
    [
        *(("", False, False), ("", True, True)),
        *(("record_call: off", True, False), ("record_call: always", False, True)),
    ],
)
def test_what_the_flow_says_goes_before_the_setting(
    tmp_path: Path, rule: str, by_default: bool, is_recorded: bool
):
    flow = MENU.replace("record_call: always", rule)
    call = taped_call(tmp_path, flow, listens, records_calls=by_default)
    assert (call.path is not None) is is_recorded
    told = [change.values for change in call.kept.changes if isinstance(change, CallChanged)]
    name = call.session.record.recording
    assert ({"recording": name} in told) is is_recorded
    assert [*tmp_path.glob("recordings/*/*.wav")] == ([call.path] if is_recorded else [])


def test_a_call_that_is_not_answered_has_no_recording(tmp_path: Path):
    async def act(call: TapedCall) -> None:
        await asyncio.sleep(5)

    assert taped_call(tmp_path, MENU, act).path is None


def test_a_frame_after_the_end_of_a_call_that_was_not_answered_begins_no_recording(tmp_path: Path):
    async def act(call: TapedCall) -> None:
        call.session.end("server_shutdown")
        await asyncio.sleep(1)
        call.send(HELLO[:160])

    assert taped_call(tmp_path, MENU, act).path is None


def test_a_full_disk_ends_the_recording_and_not_the_call(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    async def act(call: TapedCall) -> None:
        day = tmp_path / "recordings" / "2026-11-22"
        day.mkdir(parents=True)
        (day / f"{call.session.record.id}.wav").symlink_to("/dev/full")
        await call.wait(4)
        await call.say(BOOK)
        await call.wait(5)

    with caplog.at_level(logging.ERROR):
        call = taped_call(tmp_path, MENU, act, WORDS)
    [told] = [record for record in caplog.records if record.msg == "recording_ended"]
    assert (told.why, told.call) == ("No space left on device", call.session.record.id)  # type: ignore[attr-defined]
    assert call.session.record.end_reason == "hangup"
