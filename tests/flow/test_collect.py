"""`collect`: what is missing is asked for, slot after slot."""

from datetime import date, time

import pytest
from scripted_calls import Call, ended, rehearse, said, understood

from runtime.flow.engine.effects import Listen
from runtime.flow.engine.events import Heard

VISIT = """
slots:
  day:
    type: date
    ask: Which day?
    retry: [What day was that?, Say a date.]
    help: I need the day of your visit.
    valid: value >= today
    invalid: That day has passed.
  hour: {type: time, ask: At what time?}
  name: {type: name, ask: Your name?}
states:
  menu: {ask: What?, on: {"1": visit}}
  visit:
    collect: [day, hour, name]
    help: I am booking a visit.
    no_match: Pardon?
    no_input: [Hello?, Still there?]
    next: done
  done: {hangup: Done.}
"""


def visit(flow: str = VISIT, **started):
    """A call that has come to where slots are collected."""
    talk = rehearse(flow, **started)
    talk.press("1")
    return talk


# -- what is asked -------------------------------------------------------------------------------


def test_slots_are_asked_for_in_order():
    talk = visit()
    assert said(talk.caller("tomorrow")) == ["At what time?"]
    assert said(talk.caller("five pm")) == ["Your name?"]
    assert said(talk.caller("Ravi Kumar")) == ["Done."]
    assert talk.state.slots == {"day": date(2026, 11, 23), "hour": time(17), "name": "Ravi Kumar"}


def test_what_is_known_already_is_not_asked_for():
    talk = rehearse(VISIT.replace('{"1": visit}', "{yes: visit}"))
    assert said(talk.caller("yes, tomorrow at five pm")) == ["Your name?"]


def test_nothing_is_asked_where_all_is_known():
    flow = VISIT.replace("collect: [day, hour, name]", "set: {day: today}\n    collect: [day]")
    assert said(rehearse(flow).press("1")) == ["Done."]


def test_one_answer_may_fill_several_slots():
    talk = visit()
    assert said(talk.caller("tomorrow at five pm")) == ["Your name?"]


def test_what_is_said_too_early_is_kept_and_the_question_asked_again():
    talk = visit()
    shown = talk.caller("at five pm")
    assert said(shown) == ["Which day?"]
    assert understood(shown) == [(None, "slot")]
    assert said(talk.caller("tomorrow")) == ["Your name?"]


def test_two_slots_of_one_type_take_one_value_each():
    flow = """
slots:
  leave: {type: date, ask: When do you leave?}
  back: {type: date, ask: When are you back?}
states:
  trip: {collect: [leave, back], next: done}
  done: {hangup: 'From {{ leave | date }} to {{ back | date }}.'}
"""
    talk = rehearse(flow)
    assert said(talk.caller("tomorrow")) == ["When are you back?"]
    assert said(talk.caller("on Friday")) == [
        "From Monday, 23rd November to Friday, 27th November."
    ]


def test_a_value_in_passing_that_could_be_one_of_two_slots_fills_neither():
    flow = """
slots:
  leave: {type: date, ask: When do you leave?}
  back: {type: date, ask: When are you back?}
states:
  menu: {ask: What?, on: {yes: trip}}
  trip: {collect: [leave, back], next: done}
  done: {hangup: Done.}
"""
    talk = rehearse(flow)
    assert said(talk.caller("yes, tomorrow")) == ["When do you leave?"]


def test_a_slot_that_is_set_to_none_is_asked_for_again():
    flow = VISIT.replace("done: {hangup: Done.}", "done: {set: {day: none}, say: So., next: visit}")
    talk = visit(flow)
    talk.caller("tomorrow at five pm")
    assert said(talk.caller("Ravi")) == ["So.", "Which day?"]
    assert said(talk.caller("Tuesday")) == ["So.", "Which day?"]


def test_coming_again_with_all_known_asks_anew():
    flow = """
slots:
  day: {type: date, ask: Which day?}
  hour: {type: time, ask: What time?}
states:
  visit: {collect: [day, hour], next: sure}
  sure: {ask: 'Sure?', on: {no: visit, yes: done}}
  done: {hangup: Done.}
"""
    talk = rehearse(flow)
    assert said(talk.caller("tomorrow at five pm")) == ["Sure?"]
    assert said(talk.caller("no")) == ["Which day?"]
    assert said(talk.caller("Tuesday")) == ["What time?"]
    assert said(talk.caller("six pm")) == ["Sure?"]
    assert talk.state.slots["day"] == date(2026, 11, 24)


def test_coming_again_with_something_missing_asks_for_that_alone():
    flow = """
slots:
  day: {type: date, ask: Which day?}
  hour: {type: time, ask: What time?}
states:
  visit: {collect: [day, hour], next: sure}
  sure: {ask: 'Sure?', on: {no: {set: {hour: none}, next: visit}, yes: done}}
  done: {hangup: Done.}
"""
    talk = rehearse(flow)
    talk.caller("tomorrow at five pm")
    assert said(talk.caller("no")) == ["What time?"]
    assert said(talk.caller("six pm")) == ["Sure?"]


def test_what_is_expected_is_told_to_the_recogniser():
    flow = """
slots:
  new: {type: yes_no, ask: 'Are you new?'}
  way: {type: choice, ask: Which?, choices: {by air: [plane], by sea: []}}
  day: {type: date, ask: Which day?}
states:
  all: {collect: [new, way, day], next: done}
  done: {hangup: Done.}
"""
    call = Call(flow)

    def listens():
        return next(x for x in reversed(call.effects) if isinstance(x, Listen))

    assert (listens().slot_type, listens().closed) == ("yes_no", True)
    assert {"yes", "no"} <= set(listens().phrases)
    call.hears_all()
    call.gets(Heard, text="yes")
    assert (listens().slot_type, listens().closed) == ("choice", True)
    assert listens().phrases == ("by air", "plane", "by sea")
    call.hears_all()
    call.gets(Heard, text="by air")
    assert (listens().slot_type, listens().phrases, listens().closed) == ("date", (), False)
    call.hears_all()
    call.gets(Heard, text="Friday or Saturday")
    # What is asked now is whether it is right.
    assert listens().slot_type == ""
    assert {"yes", "no"} <= set(listens().phrases)


# -- what is said again --------------------------------------------------------------------------


def test_a_misunderstanding_is_answered_with_the_next_wording():
    talk = visit()
    assert said(talk.caller("blue sky")) == ["Pardon?", "What day was that?"]
    assert said(talk.caller("blue sky")) == ["Pardon?", "Say a date."]


def test_silence_is_answered_in_its_own_words():
    talk = visit()
    assert said(talk.silence()) == ["Hello?", "What day was that?"]
    assert said(talk.silence()) == ["Still there?", "Say a date."]


def test_a_slots_own_lines_go_before_the_states():
    own = "invalid: That day has passed.\n    no_match: No such day.\n    no_input: A day please."
    talk = visit(VISIT.replace("invalid: That day has passed.", own))
    assert said(talk.caller("blue sky")) == ["No such day.", "What day was that?"]
    assert said(talk.silence()) == ["A day please.", "Say a date."]


def test_the_question_itself_is_asked_again_where_there_is_no_other_wording():
    talk = visit()
    talk.caller("tomorrow")
    assert said(talk.caller("blue sky")) == ["Pardon?", "At what time?"]


def test_help_is_the_slots_else_the_states():
    talk = visit()
    assert said(talk.caller("help")) == ["I need the day of your visit.", "Which day?"]
    talk.caller("tomorrow")
    assert said(talk.caller("help")) == ["I am booking a visit.", "At what time?"]


def test_a_misunderstanding_is_forgotten_with_the_next_value():
    talk = visit()
    talk.caller("blue sky")
    talk.silence()
    assert talk.state.misses == 2
    talk.caller("tomorrow")
    assert talk.state.misses == 0
    talk.caller("blue sky")
    assert said(talk.caller("blue sky")) == ["Pardon?", "At what time?"]


@pytest.mark.parametrize(
    ("way", "heard"),
    [
        ("", ["Sorry, I could not help you today. Goodbye."]),
        ("give_up: menu", ["What?"]),
    ],
)
def test_after_so_many_tries_the_call_gives_up(way, heard):
    talk = visit(VISIT.replace("next: done", f"next: done\n    tries: 2\n    {way}".rstrip()))
    talk.caller("blue sky")
    assert said(talk.silence()) == heard


def test_always_knows_what_to_do_when_the_state_gives_up():
    talk = visit(
        f"{VISIT}  person: {{hangup: Someone will call.}}\nalways: {{on: {{give_up: person}}}}"
    )
    talk.caller("blue sky")
    talk.silence()
    assert said(talk.caller("yesterday")) == ["That day has passed.", "Someone will call."]


# -- what will not do ----------------------------------------------------------------------------


def test_an_invalid_value_is_refused_in_the_slots_words_and_counts_as_a_miss():
    talk = visit()
    shown = talk.caller("yesterday")
    assert said(shown) == ["That day has passed.", "What day was that?"]
    assert talk.state.misses == 1
    assert "day" not in talk.state.slots
    talk.caller("yesterday")
    assert ended(talk.caller("yesterday")) == "gave_up"


def test_there_is_a_sentence_for_values_that_will_not_do():
    talk = visit(VISIT.replace("    invalid: That day has passed.\n", ""))
    assert said(talk.caller("yesterday")) == ["That will not do.", "What day was that?"]


def test_what_will_not_do_may_be_said_again_to_the_caller():
    flow = VISIT.replace("That day has passed.", "'{{ value | date }} has passed.'")
    assert said(visit(flow).caller("yesterday"))[0] == "Saturday, 21st November has passed."


def test_a_rule_may_look_at_variables_and_other_slots():
    flow = """
variables: {most: 5}
slots:
  leave: {type: date, ask: When do you leave?}
  back: {type: date, ask: When are you back?, valid: value > leave and (value - leave).days <= most}
states:
  trip: {collect: [leave, back], next: done}
  done: {hangup: Done.}
"""
    talk = rehearse(flow)
    talk.caller("on Friday")
    assert said(talk.caller("tomorrow")) == ["That will not do.", "When are you back?"]
    assert said(talk.caller("10 December")) == ["That will not do.", "When are you back?"]
    assert said(talk.caller("Saturday")) == ["Done."]


def test_a_value_in_passing_that_will_not_do_is_left_out():
    talk = rehearse(VISIT.replace('{"1": visit}', "{yes: visit}"))
    assert said(talk.caller("yes, yesterday at five pm")) == ["Which day?"]
    assert talk.state.slots == {"hour": time(17)}


def test_a_rule_that_fails_takes_the_way_of_errors():
    flow = VISIT.replace("value >= today", "value >= today + name")
    talk = visit(flow)
    assert ended(talk.caller("tomorrow")) == "error"
