"""What the caller takes back: "no, I meant Friday"."""

from datetime import date

import pytest
from scripted_calls import MORNING, ended, flow_of, rehearse, said, understood

from runtime.flow.conversation.rehearsal import Rehearsal
from runtime.flow.conversation.stand_ins import WebReply
from runtime.flow.engine.effects import Entered
from runtime.flow.engine.events import CallStarted

VISIT = """
slots:
  day: {type: date, ask: Which day?, valid: value > today, invalid: Not today.}
  hour: {type: time, ask: What time?}
  pin: {type: digits, length: 4, ask: Your PIN?}
states:
  visit: {collect: [day, hour], next: sure}
  sure: {ask: 'On {{ day | date }} at {{ hour | time }}?', on: {yes: more, no: visit}}
  more: {collect: [pin], next: done}
  done: {hangup: Done.}
"""
TUESDAY = "All right, Tuesday, 24th November."


def test_a_slot_is_corrected_while_another_is_asked_for():
    talk = rehearse(VISIT)
    talk.caller("tomorrow")
    shown = talk.caller("no, I meant Tuesday")
    assert said(shown) == [TUESDAY, "What time?"]
    assert understood(shown) == [(None, "correction")]
    assert talk.state.slots == {"day": date(2026, 11, 24)}


def test_a_correction_may_bring_the_answer_along():
    talk = rehearse(VISIT)
    talk.caller("tomorrow")
    assert said(talk.caller("no, I meant Tuesday at five pm")) == [
        TUESDAY,
        "On Tuesday, 24th November at 5 pm?",
    ]


def test_at_a_later_question_it_is_asked_anew_with_the_new_value():
    talk = rehearse(VISIT)
    talk.caller("tomorrow at five pm")
    assert said(talk.caller("no, I meant Tuesday")) == [
        TUESDAY,
        "On Tuesday, 24th November at 5 pm?",
    ]
    assert said(talk.caller("sorry, six pm")) == [
        "All right, 6 pm.",
        "On Tuesday, 24th November at 6 pm?",
    ]
    assert said(talk.caller("yes")) == ["Your PIN?"]


def test_where_another_state_collects_the_call_goes_back_to_the_slots_own():
    talk = rehearse(VISIT)
    talk.caller("tomorrow at five pm")
    talk.caller("yes")
    assert said(talk.caller("wait, I meant Tuesday")) == [
        TUESDAY,
        "On Tuesday, 24th November at 5 pm?",
    ]


def test_the_same_value_again_is_no_correction():
    talk = rehearse(VISIT)
    talk.caller("tomorrow at five pm")
    shown = talk.caller("no, not tomorrow")
    assert understood(shown) == [("no", "words")]
    talk = rehearse(VISIT)
    talk.caller("tomorrow at five pm")
    assert understood(talk.caller("yes, sorry, tomorrow")) == [("yes", "words")]


def test_a_correction_that_will_not_do_is_refused_and_counts():
    talk = rehearse(VISIT)
    talk.caller("tomorrow")
    refused = ["Not today.", "What time?"]
    assert said(talk.caller("no, I meant today")) == refused
    assert said(talk.caller("no, I meant today")) == refused
    assert talk.state.slots == {"day": date(2026, 11, 23)}
    assert ended(talk.caller("no, I meant today")) == "gave_up"


def test_at_a_confirmation_too():
    talk = rehearse(VISIT)
    talk.caller("tomorrow")
    talk.caller("5 pm or 6 pm")
    assert said(talk.caller("no, I meant today")) == [
        "Not today.",
        "5 pm, is that right?",
    ]


@pytest.mark.parametrize("words", ["no, I meant Tuesday or Wednesday", "I would like Tuesday"])
def test_what_leaves_it_open_corrects_nothing(words):
    talk = rehearse(VISIT)
    talk.caller("tomorrow")
    talk.caller(words)
    assert talk.state.slots == {"day": date(2026, 11, 23)}


def test_what_was_hardly_heard_corrects_nothing():
    talk = rehearse(VISIT)
    talk.caller("tomorrow")
    assert said(talk.caller("no, I meant Tuesday", 0.2)) == [
        "Sorry, I did not get that.",
        "What time?",
    ]


def test_of_two_slots_of_one_type_the_last_filled_is_meant():
    flow = """
slots:
  leave: {type: date, ask: When do you leave?}
  back: {type: date, ask: When are you back?}
  seats: {type: integer, ask: How many seats?}
states:
  trip: {collect: [leave, back, seats], next: done}
  done: {hangup: Done.}
"""
    talk = rehearse(flow)
    talk.caller("tomorrow")
    # The question is for a date: this is its answer.
    assert said(talk.caller("no, Friday")) == ["How many seats?"]
    talk.caller("sorry, I meant Saturday")
    assert talk.state.slots == {"leave": date(2026, 11, 23), "back": date(2026, 11, 28)}


def test_a_correction_of_what_was_set_and_never_collected_leaves_the_call_where_it_is():
    flow = """
slots: {day: {type: date}}
states:
  sure: {set: {day: today}, ask: 'Today?', on: {yes: done, no: done}}
  done: {hangup: '{{ day | date }}'}
"""
    talk = rehearse(flow)
    assert said(talk.caller("no, I meant tomorrow")) == [
        "All right, Monday, 23rd November.",
        "Today?",
    ]
    assert said(talk.caller("yes")) == ["Monday, 23rd November"]


# -- what was made of the old value --------------------------------------------------------------

TIMES = """
requests:
  free: {get: 'http://clinic.example/free?day={{ day }}', save: {times: body}}
slots:
  day: {type: date, ask: Which day?}
  name: {type: name, ask: Your name?}
states:
  visit: {collect: [day], next: find}
  find: {request: free, on: {error: sorry}, next: offer}
  offer: {ask: 'Free at {{ times }}. Shall I?', on: {yes: who, no: sorry}}
  who: {collect: [name], next: done}
  sorry: {hangup: Sorry.}
  done: {hangup: Done.}
"""


def asked(urls):
    def answer(request, sent):
        urls.append(sent.url)
        return WebReply(body="9" if sent.url.endswith("23") else "5")

    talk = Rehearsal(
        flow_of(TIMES), lambda *_: (), CallStarted(at=MORNING, call_id="c"), answer_request=answer
    )
    talk.opening()
    return talk


def test_a_request_that_was_made_with_the_old_value_is_made_again():
    urls = []
    talk = asked(urls)
    assert said(talk.caller("tomorrow")) == ["Free at 9. Shall I?"]
    assert said(talk.caller("no, I meant Tuesday")) == [TUESDAY, "Free at 5. Shall I?"]
    assert [url[-10:] for url in urls] == ["2026-11-23", "2026-11-24"]


def test_also_where_something_else_is_collected_by_then():
    urls = []
    talk = asked(urls)
    talk.caller("tomorrow")
    assert said(talk.caller("yes")) == ["Your name?"]
    assert said(talk.caller("no sorry, I meant Tuesday")) == [TUESDAY, "Free at 5. Shall I?"]
    assert [x.state for x in talk.trail if isinstance(x, Entered)][-3:] == [
        "visit",
        "find",
        "offer",
    ]
    assert len(urls) == 2


@pytest.mark.parametrize("type_", ["yes_no", "text", "name"])
def test_the_words_of_a_correction_answer_no_other_question(type_):
    flow = f"""
slots:
  day: {{type: date, ask: Which day?}}
  more: {{type: {type_}, ask: More?}}
states:
  visit: {{collect: [day, more], next: done}}
  done: {{hangup: Done.}}
"""
    talk = rehearse(flow)
    talk.caller("tomorrow")
    assert said(talk.caller("no, I meant Tuesday")) == [TUESDAY, "More?"]


def test_back_asks_for_what_is_missing():
    always = "  lost: {say: So., next: back}\nalways: {on: {person: lost}}"
    talk = rehearse(f"intents: {{person: {{words: [nobody]}}}}\n{VISIT}{always}")
    talk.caller("tomorrow")
    assert said(talk.caller("nobody")) == ["So.", "What time?"]
    assert talk.state.slots == {"day": date(2026, 11, 23)}
