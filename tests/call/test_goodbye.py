"""When a call is closed: the caller shall hear the last word to its end."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from taped import HELLO, TapedCall, taped_call

from runtime.audio.mulaw import SAMPLE_RATE
from runtime.call.equipment import LINGER_SECONDS

FLOW = """
greeting: Good morning.
start: menu
states:
  menu: {ask: Shall we end this?, on: {yes: bye}}
  bye: {hangup: Goodbye.}
"""
Act = Callable[[TapedCall], Awaitable[None]]


def ended(folder: Path, act: Act) -> TapedCall:
    return taped_call(folder, FLOW, act, words={HELLO: "yes"})


def test_a_call_is_closed_a_little_after_the_last_word_has_been_heard(tmp_path: Path):
    async def act(call: TapedCall) -> None:
        await call.wait(5)
        await call.say(HELLO)
        await call.wait(4)

    call = ended(tmp_path, act)
    assert call.session.record.end_reason == "hangup"
    assert call.closed_at is not None
    last_word = len(call.heard()) / SAMPLE_RATE
    assert call.closed_at - last_word == pytest.approx(LINGER_SECONDS, abs=0.005)


def test_nobody_waits_for_a_caller_who_has_gone(tmp_path: Path):
    async def act(call: TapedCall) -> None:
        # The greeting takes 1.3 s, and the question 1.8 s.
        await call.wait(3.2)
        call.session.on_close()
        await call.wait(1)

    call = ended(tmp_path, act)
    assert call.session.record.end_reason == "caller_hung_up"
    assert call.closed_at == pytest.approx(3.2, abs=0.001)


def test_a_line_that_was_cut_is_not_waited_for(tmp_path: Path):
    async def act(call: TapedCall) -> None:
        await call.wait(2)
        call.session.end("operator")
        await call.wait(1)

    call = ended(tmp_path, act)
    assert call.session.record.end_reason == "operator"
    assert call.closed_at == pytest.approx(2, abs=0.001)
