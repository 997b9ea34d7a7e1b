"""What a caller says besides the value that he is asked for."""

from datetime import date

from scripted_calls import ended, rehearse, said, understood

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
