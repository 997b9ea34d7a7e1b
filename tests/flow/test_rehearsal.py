"""A call without sound, on a virtual clock."""

from scripted_calls import MORNING, ended, flow_of, rehearse, said, understood

from runtime.flow.conversation.rehearsal import Rehearsal
from runtime.flow.engine.effects import Failed, HangUp, Say, Understood
from runtime.flow.engine.events import CallStarted

FLOW = """
greeting: Hi.
intents: {book: {examples: [I want a visit]}}
states:
  menu: {ask: What?, barge_in: false, tries: 2, on: {book: bye, "1": more}}
  more: {ask: More?, barge_in: false, on: {"2": bye}}
  bye: {hangup: Bye.}
"""


def test_the_opening_is_what_is_heard_before_the_caller_does_anything():
    start = CallStarted(at=MORNING, call_id="c")
    talk = Rehearsal(flow_of(FLOW), lambda *_: (), start)
    assert said(talk.opening()) == ["Hi.", "What?"]
    assert talk.opening() == ()
    assert not talk.ended


def test_the_classifier_is_asked_and_what_came_of_it_is_shown():
    asked = []

    def rank(text, intents):
        asked.append((text, intents))
        return (("book", 0.8),)

    talk = rehearse(FLOW, rank)
    assert [type(shown) for shown in talk.caller("I am ill")] == [Understood, Say, HangUp]
    assert asked == [("I am ill", ("book",))]


def test_everything_is_heard_to_its_end_before_the_next_key():
    assert said(rehearse(FLOW).press("12")) == ["More?", "Bye."]


def test_silence_lasts_until_the_bot_does_something():
    talk = rehearse(FLOW)
    assert understood(talk.silence()) == [(None, "no_input")]
    assert talk.now == MORNING + 6
    assert ended(talk.silence()) == "gave_up"
    assert talk.now == MORNING + 12


def test_a_timer_that_nobody_hears_of_does_not_break_the_silence():
    flow = """
variables: {n: 0}
states:
  menu: {ask: What?, no_input_after: 20s, on: {yes: quiet}}
  quiet: {set: {n: 1}, ask: '{{ "" }}', no_input_after: 20s, on: {yes: menu}}
always: {after: {5s: quiet}}
"""
    talk = rehearse(flow)
    assert understood(talk.silence()) == [(None, "no_input")]
    assert talk.state.state == "quiet"
    assert talk.now == MORNING + 25


def test_a_failure_is_shown():
    talk = rehearse("states: {menu: {ask: What?, on: {yes: {set: {n: 1 / 0}, next: hangup}}}}")
    assert any(isinstance(shown, Failed) for shown in talk.caller("yes"))
    assert talk.ended


def test_after_the_end_nothing_happens_any_more():
    talk = rehearse(FLOW)
    assert ended(talk.hang_up()) == "caller_hung_up"
    assert talk.ended
    for shown in (talk.hang_up(), talk.caller("book"), talk.press("1"), talk.silence()):
        assert shown == ()
    assert talk.now == MORNING
