"""From when a silence counts: the caller waits from the last sound, not from our notice of it."""

from pathlib import Path

import pytest
from taped import TapedCall, taped_call

from runtime.audio.mulaw import SAMPLE_RATE

FLOW = """
greeting: Good morning.
start: menu
states:
  menu: {ask: How may we help?, no_input: [Are you there?], tries: 2, give_up: bye, on: {yes: bye}}
  bye: {hangup: Goodbye.}
settings: {no_input_after: 2s}
"""


def test_a_silence_counts_from_the_end_of_the_last_sound(tmp_path: Path):
    async def act(call: TapedCall) -> None:
        await call.wait(9)

    call = taped_call(tmp_path, FLOW, act)
    # The greeting waited for the answer, and the question came behind it.
    greeting, question, reminder = [(at, sound) for at, _, sound in call.sent if sound][:3]
    ends_at = call.answered_at + (len(greeting[1]) + len(question[1])) / SAMPLE_RATE
    assert reminder[0] - ends_at == pytest.approx(2.0, abs=0.0005)
