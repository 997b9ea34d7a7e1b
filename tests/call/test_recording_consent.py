"""Calls that are recorded once the caller agrees, for as long as he does."""

from pathlib import Path

import pytest
from taped import BOOK, HELLO, TapedCall, taped_call

from runtime.audio.mulaw import SAMPLE_RATE

CONSENT = """
record_call: after_consent
slots:
  consent: {type: yes_no, ask: May we record?}
states:
  first: {collect: [consent], next: menu}
  menu: {ask: What next?, no_input_after: 60s, on: {goodbye: bye}}
  bye: {hangup: Bye.}
"""


@pytest.mark.parametrize(
    "flow",
    [
        CONSENT,
        CONSENT.replace("after_consent", "{after_consent: may_record}")
        .replace("consent: {type", "may_record: {type")
        .replace("[consent]", "[may_record]"),
        CONSENT.replace("slots:\n  consent: {type: yes_no, ask: May we record?}\n", "").replace(
            "{collect: [consent], next: menu}",
            "{ask: May we record?, on: {yes: {set: {consent: true}, next: menu}}}",
        ),
    ],
    ids=["slot", "named", "variable"],
)
def test_the_recording_begins_when_the_caller_agrees(tmp_path: Path, flow: str):
    async def act(call: TapedCall) -> None:
        await call.wait(3)
        await call.say(HELLO)
        await call.wait(2)
        await call.say(BOOK)
        await call.wait(4)

    call = taped_call(tmp_path, flow, act, {HELLO[4000:4200]: "yes", BOOK[4000:4200]: "hm"})
    left, right = call.recording()
    assert HELLO not in left
    # Both sides begin at the same moment, to a frame.
    at, _, question = [sent for sent in call.sent if sent[1] == "media"][1]
    assert right.startswith(question)
    began = round((at - call.answered_at) * SAMPLE_RATE)
    assert 0 <= call.caller.index(BOOK) - left.index(BOOK) - began <= 160


def test_who_does_not_agree_is_not_recorded(tmp_path: Path):
    async def act(call: TapedCall) -> None:
        await call.wait(3)
        await call.say(HELLO)
        await call.wait(4)

    call = taped_call(tmp_path, CONSENT, act, {HELLO[4000:4200]: "no"})
    assert call.path is None


def test_who_takes_his_consent_back_is_recorded_no_longer(tmp_path: Path):
    flow = """
record_call: after_consent
variables: {consent: true}
states:
  menu:
    ask: What next?
    no_input_after: 60s
    on: {no: {set: {consent: false}}, goodbye: bye}
  bye: {hangup: Bye.}
"""

    async def act(call: TapedCall) -> None:
        await call.wait(3)
        await call.say(HELLO)
        await call.wait(2)
        await call.say(BOOK)
        await call.wait(4)

    call = taped_call(tmp_path, flow, act, {HELLO[4000:4200]: "no"})
    left, _ = call.recording()
    assert HELLO in left
    assert len(left) < len(call.caller) - 5 * SAMPLE_RATE
