"""A value that the caller is asked to confirm: yes, no, another one."""

from datetime import date, time

import pytest
from scripted_calls import ended, rehearse, said, understood

ORDER = """
slots:
  phone:
    type: phone
    ask: Your number?
    retry: [Your number again?]
    confirm: 'I have {{ value | digits }}. Right?'
states:
  order: {collect: [phone], next: done}
  done: {hangup: Done.}
"""
ASKED = ["I have 9 8 4 5 0, 9 8 4 5 0. Right?"]


def given(flow: str = ORDER, words: str = "98450 98450"):
    talk = rehearse(flow)
    return talk, said(talk.caller(words))


def test_a_yes_keeps_the_value():
    talk, heard = given()
    assert heard == ASKED
    assert talk.state.slots == {}
    assert said(talk.caller("yes that's right")) == ["Done."]
    assert talk.state.slots == {"phone": "9845098450"}


def test_a_no_asks_again_and_counts():
    talk, _ = given()
    assert said(talk.caller("no")) == ["Your number again?"]
    assert talk.state.misses == 1
    assert said(talk.caller("98450 12345")) == ["I have 9 8 4 5 0, 1 2 3 4 5. Right?"]
    assert said(talk.caller("yes")) == ["Done."]


def test_a_caller_who_only_denies_is_given_up():
    talk, _ = given(ORDER.replace("next: done", "tries: 1, next: done"))
    assert ended(talk.caller("no")) == "gave_up"


def test_another_value_is_confirmed_in_its_turn():
    talk, _ = given()
    shown = talk.caller("no, it is 98450 12345")
    assert said(shown) == ["I have 9 8 4 5 0, 1 2 3 4 5. Right?"]
    assert understood(shown) == [(None, "correction")]
    assert said(talk.caller("yes")) == ["Done."]


@pytest.mark.parametrize(("key", "heard"), [("1", ["Done."]), ("2", ["Your number again?"])])
def test_one_and_two_stand_for_yes_and_no(key, heard):
    talk, _ = given()
    assert said(talk.press(key)) == heard


def test_other_keys_confirm_nothing():
    talk, _ = given()
    assert said(talk.press("3")) == ["Sorry, I did not get that.", *ASKED]


def test_what_is_neither_is_no_match_and_the_value_asked_about_again():
    talk, _ = given()
    assert said(talk.caller("blue sky")) == ["Sorry, I did not get that.", *ASKED]
    assert said(talk.silence()) == ["Sorry, I could not hear you.", *ASKED]
    assert said(talk.caller("yes")) == ["Done."]


def test_the_question_may_be_repeated_and_helped_with():
    talk, _ = given()
    assert said(talk.caller("say that again")) == ASKED
    assert said(talk.caller("help")) == ["Please answer the question, or press a key.", *ASKED]
    assert said(talk.caller("one moment")) == ["Sure, take your time."]
    assert said(talk.caller("correct")) == ["Done."]


def test_the_last_turn_allowed_confirms_nothing_more():
    talk, _ = given(f"limits: {{turns: 1}}\n{ORDER}")
    assert ended(talk.press("1")) == "over_limit"


# -- values that are confirmed unasked -----------------------------------------------------------

VISIT = """
slots:
  day: {type: date, ask: Which day?}
  hour: {type: time, ask: What time?}
states:
  visit: {collect: [day, hour], next: done}
  done: {hangup: Done.}
"""


def test_of_two_competing_values_the_first_is_asked_about():
    talk = rehearse(VISIT)
    assert said(talk.caller("Friday or Saturday")) == ["Friday, 27th November, is that right?"]
    assert said(talk.caller("Saturday")) == ["What time?"]
    assert talk.state.slots == {"day": date(2026, 11, 28)}


def test_an_uncertain_value_is_asked_about():
    talk = rehearse(VISIT)
    # Today is a Sunday: the next one may be meant.
    assert said(talk.caller("Sunday")) == ["Sunday, 29th November, is that right?"]
    assert said(talk.caller("yes")) == ["What time?"]


def test_a_guessed_half_of_the_day_is_not():
    talk = rehearse(VISIT)
    talk.caller("tomorrow")
    assert said(talk.caller("at five")) == ["Done."]
    assert talk.state.slots["hour"] == time(17)


def test_a_value_hardly_heard_is_asked_about():
    talk = rehearse(VISIT)
    assert said(talk.caller("tomorrow", 0.39)) == ["Monday, 23rd November, is that right?"]
    assert said(talk.caller("yes")) == ["What time?"]
    talk = rehearse(VISIT)
    assert said(talk.caller("tomorrow", 0.4)) == ["What time?"]


def test_what_was_hardly_heard_fills_nothing_in_passing():
    talk = rehearse(VISIT)
    talk.caller("tomorrow at five", 0.3)
    assert said(talk.caller("yes")) == ["What time?"]
    talk = rehearse(VISIT)
    assert said(talk.caller("at five", 0.3)) == ["Sorry, I did not get that.", "Which day?"]


def test_what_is_confirmed_may_be_corrected_by_the_next_value_at_once():
    talk = rehearse(VISIT)
    talk.caller("Friday or Saturday")
    assert said(talk.caller("no, make it Monday at five")) == ["Done."]
    assert talk.state.slots == {"day": date(2026, 11, 23), "hour": time(17)}


def test_another_slot_may_be_corrected_at_a_confirmation():
    talk = rehearse(VISIT)
    talk.caller("tomorrow")
    assert said(talk.caller("5 pm or 6 pm")) == ["5 pm, is that right?"]
    assert said(talk.caller("sorry, I meant Tuesday")) == [
        "All right, Tuesday, 24th November.",
        "5 pm, is that right?",
    ]
    assert said(talk.caller("yes")) == ["Done."]


def test_a_value_that_will_not_do_is_not_asked_about():
    flow = VISIT.replace("ask: Which day?", "ask: Which day?, valid: value > today")
    talk = rehearse(flow)
    assert said(talk.caller("yesterday", 0.1)) == ["That will not do.", "Which day?"]
    talk.caller("tomorrow", 0.1)
    assert said(talk.caller("yesterday")) == ["That will not do.", "Which day?"]


# -- free words ----------------------------------------------------------------------------------

WHO = """
slots:
  who: {type: name, ask: Your name?, confirm: '{{ value }}?'}
  why: {type: text, ask: What is it about?, confirm: 'About {{ value }}?'}
states:
  who: {collect: [who, why], next: done}
  done: {hangup: Done.}
"""


@pytest.mark.parametrize("words", ["no, it's Ravi Kumar", "Ravi Kumar", "No, Ravi Kumar."])
def test_another_name_is_taken(words):
    talk = rehearse(WHO)
    assert said(talk.caller("Anita Rao")) == ["Anita Rao?"]
    assert said(talk.caller(words)) == ["Ravi Kumar?"]


def test_a_no_is_no_name_and_no_text():
    talk = rehearse(WHO)
    talk.caller("Anita Rao")
    assert said(talk.caller("no")) == ["Your name?"]
    talk.caller("Anita Rao")
    talk.caller("yes")
    talk.caller("my bill")
    assert said(talk.caller("no")) == ["What is it about?"]


def test_other_words_are_taken_for_free_text():
    talk = rehearse(WHO)
    talk.caller("Anita Rao")
    talk.caller("yes")
    talk.caller("my bill")
    assert said(talk.caller("help please")) == [
        "Please answer the question, or press a key.",
        "About my bill?",
    ]
    assert said(talk.caller("the bill of last month")) == ["About the bill of last month?"]
    assert said(talk.caller("yes")) == ["Done."]
