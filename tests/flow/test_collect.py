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


# -- what else the caller may say ----------------------------------------------------------------


def test_what_happens_in_any_state_happens_here():
    always = (
        "  person: {say: I will ask., next: back}\nalways: {on: {person: person, goodbye: hangup}}"
    )
    talk = visit(VISIT + always)
    talk.caller("tomorrow")
    assert said(talk.caller("I want to speak to a person")) == ["I will ask.", "At what time?"]
    assert said(talk.caller("repeat that please")) == ["At what time?"]
    assert said(talk.caller("hold on a second")) == ["Sure, take your time."]
    assert talk.state.slots == {"day": date(2026, 11, 23)}
    assert ended(talk.caller("goodbye")) == "hangup"


def test_wait_grants_half_a_minute_of_silence():
    talk = visit()
    talk.caller("hold on a second")
    before = talk.now
    assert said(talk.silence()) == ["Hello?", "What day was that?"]
    assert talk.now - before == 30


def test_stop_silences_the_bot_and_the_question_stands():
    talk = visit()
    shown = talk.caller("stop")
    assert said(shown) == []
    assert understood(shown) == [("stop", "words")]
    assert said(talk.caller("tomorrow")) == ["At what time?"]


def test_goodbye_ends_the_call():
    assert said(visit().caller("goodbye")) == ["Goodbye."]


def test_an_answer_is_given_and_the_slot_asked_for_again():
    flow = f"intents: {{hours: {{words: [timings], answer: From nine to six.}}}}\n{VISIT}"
    talk = visit(flow)
    talk.caller("tomorrow")
    assert said(talk.caller("what are your timings")) == ["From nine to six.", "At what time?"]


def test_the_states_own_intents_lead_away():
    flow = VISIT.replace("next: done", "next: done\n    on: {cancel: done}")
    talk = visit(f"intents: {{cancel: {{words: [cancel]}}}}\n{flow}")
    assert said(talk.caller("cancel it")) == ["Done."]


def test_a_handler_that_settles_the_slot_goes_on_to_the_next():
    flow = VISIT.replace("next: done", "next: done\n    on: {urgent: {set: {day: today}}}")
    talk = visit(f"intents: {{urgent: {{words: [urgent]}}}}\n{flow}")
    assert said(talk.caller("it is urgent")) == ["At what time?"]
    talk.caller("five pm")
    assert said(talk.caller("Ravi")) == ["Done."]


def test_a_handler_that_settles_the_last_slot_goes_on_from_the_state():
    flow = VISIT.replace("next: done", "next: done\n    on: {urgent: {set: {day: today}}}")
    flow = flow.replace("[day, hour, name]", "[day]")
    talk = visit(f"intents: {{urgent: {{words: [urgent]}}}}\n{flow}")
    assert said(talk.caller("it is urgent")) == ["Done."]


def test_an_intent_outweighs_free_words_that_are_little_more():
    flow = """
slots: {problem: {type: text, ask: What is wrong?}}
states:
  ticket: {collect: [problem], next: done}
  done: {hangup: 'Noted: {{ problem }}.'}
"""
    assert said(rehearse(flow).caller("help please")) == [
        "Please answer the question, or press a key.",
        "What is wrong?",
    ]
    talk = rehearse(flow)
    wrong = "nobody came to help me when the pump broke"
    assert said(talk.caller(wrong)) == [f"Noted: {wrong}."]


def test_an_intent_outweighs_what_is_only_perhaps_a_value():
    flow = """
intents: {later: {words: [the fifth element]}}
slots: {day: {type: date, ask: Which day?}}
states:
  visit: {collect: [day], on: {later: cinema}, next: done}
  cinema: {hangup: Cinema.}
  done: {hangup: Done.}
"""
    assert said(rehearse(flow).caller("fifth or sixth, the fifth element")) == ["Cinema."]


# -- "did you mean" ------------------------------------------------------------------------------

MEANT = """
intents:
  cancel: {examples: [forget about it]}
  move: {examples: [another day would be better]}
slots: {day: {type: date, ask: Which day?}}
states:
  visit: {collect: [day], on: {cancel: gone, move: moved}, next: done}
  gone: {hangup: Cancelled.}
  moved: {hangup: Moved.}
  done: {hangup: Done.}
"""


def unsure(text, intents):
    return (("cancel", 0.5), ("move", 0.45))


def fairly_sure(text, intents):
    return (("cancel", 0.5), ("move", 0.1))


def test_the_bot_asks_what_was_meant_while_it_collects():
    talk = rehearse(MEANT, unsure)
    assert said(talk.caller("leave that")) == ["Did you mean cancel, or move?"]
    assert said(talk.caller("cancel please")) == ["Cancelled."]
    talk = rehearse(MEANT, fairly_sure)
    assert said(talk.caller("leave that")) == ["Did you mean cancel?"]
    assert said(talk.caller("yes")) == ["Cancelled."]
    talk = rehearse(MEANT, fairly_sure)
    talk.caller("leave that")
    assert said(talk.caller("no")) == ["Sorry, I did not get that.", "Which day?"]


def test_a_value_answers_the_question_what_was_meant_too():
    talk = rehearse(MEANT, unsure)
    talk.caller("leave that")
    assert said(talk.caller("tomorrow")) == ["Done."]


def test_yes_and_no_never_go_to_the_classifier():
    asked = []

    def rank(text, intents):
        asked.append(text)
        return ()

    talk = rehearse(MEANT, rank)
    for words in ("yes", "no", "yes please"):
        assert understood(talk.caller(words)) == [(None, "no_match")]
        talk.caller("repeat")
    assert asked == []
