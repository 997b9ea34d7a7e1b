"""Values that are said along with something else."""

from datetime import date, time

from scripted_calls import rehearse, said

BOOK = """
intents: {book: {words: [book]}, hours: {words: [open], answer: From nine to six.}}
slots:
  day: {type: date, ask: Which day?}
  hour: {type: time, ask: What time?}
  seats: {type: integer, ask: How many?, max: 9}
  card: {type: digits, length: 4, ask: Card?, confirm: 'Card {{ value }}?'}
  name: {type: name, ask: Your name?}
  topic: {type: text, ask: What about?}
states:
  menu: {ask: What?, on: {book: visit}}
  visit: {collect: [day, hour], next: done}
  done: {hangup: Done.}
"""


def test_at_a_question_they_fill_their_slots():
    talk = rehearse(BOOK)
    assert said(talk.caller("book me for tomorrow at five")) == ["Done."]
    assert talk.state.slots == {"day": date(2026, 11, 23), "hour": time(17)}


def test_also_where_the_question_is_answered_and_goes_on():
    talk = rehearse(BOOK)
    assert said(talk.caller("are you open tomorrow")) == ["From nine to six.", "What?"]
    assert said(talk.caller("book it")) == ["What time?"]


def test_a_key_brings_nothing_in_passing():
    talk = rehearse(BOOK.replace("words: [book]", "words: [book], digit: 5"))
    assert said(talk.press("5")) == ["Which day?"]
    assert talk.state.slots == {}


def test_what_has_a_value_keeps_it():
    talk = rehearse(BOOK)
    talk.caller("book it")
    talk.caller("tomorrow")
    talk.caller("open on Tuesday")
    assert talk.state.slots == {"day": date(2026, 11, 23)}


def test_two_values_that_compete_fill_nothing():
    talk = rehearse(BOOK)
    assert said(talk.caller("book me on Friday or Saturday")) == ["Which day?"]


def test_what_must_be_confirmed_is_asked_for():
    talk = rehearse(BOOK)
    talk.caller("book me, my card is 4321")
    assert talk.state.slots == {}


def test_any_words_are_no_name_and_no_text():
    talk = rehearse(BOOK)
    talk.caller("my name is Ravi, book me please")
    assert talk.state.slots == {}


def test_the_slots_own_limits_hold():
    talk = rehearse(BOOK)
    talk.caller("book me for 12 people")
    assert "seats" not in talk.state.slots


def test_a_change_of_language_changes_what_is_understood():
    flow = """
intents: {hindi: {words: [hindi]}}
slots: {day: {type: date, ask: {en: Which day?, hi: 'किस दिन?'}}}
states:
  menu: {ask: What?, on: {hindi: {set: {language: '"hi"'}, next: visit}, yes: visit}}
  visit: {collect: [day], next: done}
  done: {hangup: '{{ day | date }}'}
"""
    talk = rehearse(flow)
    assert said(talk.caller("hindi please")) == ["किस दिन?"]
    assert said(talk.caller("blah blah")) == ["माफ़ कीजिए, मैं समझ नहीं पाई।", "किस दिन?"]
    assert said(talk.caller("परसों")) == ["Tuesday, 24th November"]
