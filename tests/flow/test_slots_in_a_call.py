"""Every type of slot once, as a caller meets it; languages, and the clock of the call."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from scripted_calls import flow_of, no_rank, rehearse, said

from runtime.flow.conversation.rehearsal import Rehearsal
from runtime.flow.engine.events import CallStarted
from runtime.flow.slots import SLOT_TYPES

INDIA = ZoneInfo("Asia/Kolkata")

EACH = (
    ("type: text", "the pump is broken", "the pump is broken", "the pump is broken"),
    ("type: yes_no", "yes please", True, "yes"),
    ("type: number", "two point five", Decimal("2.5"), "2.5"),
    ("type: integer, max: 9", "four of us", 4, "4"),
    ("type: money", "two lakh fifty thousand rupees", 250000, "250000"),
    ("type: date", "day after tomorrow", date(2026, 11, 24), "Tuesday, 24th November"),
    ("type: time", "half past four", time(16, 30), "4:30 pm"),
    (
        "type: datetime",
        "tomorrow at nine am",
        datetime(2026, 11, 23, 9, tzinfo=INDIA),
        "Monday, 23rd November at 9 am",
    ),
    ("type: duration", "an hour and a half", timedelta(minutes=90), "1 hour and 30 minutes"),
    ("type: phone", "98450, double nine 450", "9845099450", "9 8 4 5 0, 9 9 4 5 0"),
    ("type: digits, length: 6", "five six double zero three eight", "560038", "5 6 0 0 3 8"),
    ("type: choice, choices: [tea, {coffee: [kaapi]}]", "tea please", "tea", "tea"),
    ("type: name", "this is Ravi Kumar", "Ravi Kumar", "Ravi Kumar"),
    ("type: email", "ravi dot k at gmail dot com", "ravi.k@gmail.com", "ravi.k@gmail.com"),
    ("type: pattern, pattern: '[A-Z]{2}[0-9]{3}'", "K A one two three", "KA123", "K A 1 2 3"),
)


@pytest.mark.parametrize(("slot", "words", "value", "shown"), EACH, ids=lambda x: str(x)[:30])
def test_each_type_is_asked_for_confirmed_and_kept(slot, words, value, shown):
    slot = slot.replace("[tea, {coffee: [kaapi]}]", "{tea: [], coffee: [kaapi]}")
    flow = f"""
slots: {{it: {{{slot}, ask: 'What?'}}}}
states:
  ask: {{collect: [it], next: done}}
  done: {{hangup: Done.}}
"""
    talk = rehearse(flow)
    # Hardly heard, each is asked about.
    assert said(talk.caller(words, 0.2)) == [f"{shown}, is that right?"]
    assert said(talk.caller("yes")) == ["Done."]
    assert talk.state.slots == {"it": value}


def test_there_is_no_other_type():
    assert {slot.split(",")[0].removeprefix("type: ") for slot, *_ in EACH} == set(SLOT_TYPES)


DRINK = """
slots:
  drink:
    type: choice
    ask: What would you like?
    choices: {tea: {synonyms: [chai], digit: 7}, coffee: [kaapi], green tea: []}
states:
  ask: {collect: [drink], next: done}
  done: {hangup: '{{ drink }}'}
"""


@pytest.mark.parametrize(
    ("words", "drink"),
    [
        ("a chai please", "tea"),
        ("kaapi", "coffee"),
        ("green tea", "green tea"),
        ("the second one", "coffee"),
        ("seven", "tea"),
    ],
)
def test_a_choice_is_known_by_name_synonym_place_and_digit(words, drink):
    assert said(rehearse(DRINK).caller(words)) == [drink]


# -- languages -----------------------------------------------------------------------------------

HINDI = """
language: hi-IN
slots:
  day: {type: date, ask: 'किस दिन?'}
  sure: {type: yes_no, ask: 'पक्का?'}
states:
  ask: {collect: [day, sure], next: done}
  done: {hangup: 'धन्यवाद।'}
"""


def test_the_built_in_sentences_speak_the_calls_language():
    talk = rehearse(HINDI)
    assert said(talk.caller("नीला आसमान")) == ["माफ़ कीजिए, मैं समझ नहीं पाई।", "किस दिन?"]
    assert said(talk.silence()) == ["माफ़ कीजिए, मैं आपको सुन नहीं पाई।", "किस दिन?"]
    assert said(talk.caller("कल", 0.1))[0].endswith("क्या यह सही है?")
    assert said(talk.caller("हाँ")) == ["पक्का?"]
    assert said(talk.caller("नहीं, मतलब परसों"))[0].startswith("ठीक है, ")
    assert said(talk.caller("मदद")) == ["कृपया सवाल का जवाब दें, या कोई बटन दबाएँ।", "पक्का?"]
    assert said(talk.caller("जी हाँ")) == ["धन्यवाद।"]
    assert talk.state.slots == {"day": date(2026, 11, 24), "sure": True}


# -- the clock -----------------------------------------------------------------------------------

VISIT = """
timezone: {zone}
slots: {{day: {{type: date, ask: Which day?, valid: value > today}}}}
states:
  visit: {{collect: [day], next: done}}
  done: {{hangup: '{{{{ day | date }}}}'}}
"""


def at(moment: datetime, zone: str) -> Rehearsal:
    start = CallStarted(at=moment.timestamp(), call_id="c")
    talk = Rehearsal(flow_of(VISIT.format(zone=zone)), no_rank, start)
    talk.opening()
    return talk


@pytest.mark.parametrize(
    ("zone", "tomorrow"),
    [
        ("Asia/Kolkata", "Tuesday, 24th November"),
        ("UTC", "Tuesday, 24th November"),
        ("America/New_York", "Tuesday, 24th November"),
        ("Pacific/Auckland", "Wednesday, 25th November"),
    ],
)
def test_tomorrow_is_counted_in_the_flows_own_zone(zone, tomorrow):
    late = datetime(2026, 11, 23, 23, 30, tzinfo=INDIA)
    assert said(at(late, zone).caller("tomorrow")) == [tomorrow]


def test_after_midnight_in_india_it_is_still_yesterday_in_greenwich():
    early = datetime(2026, 11, 24, 0, 30, tzinfo=INDIA)
    assert said(at(early, "Asia/Kolkata").caller("tomorrow")) == ["Wednesday, 25th November"]
    assert said(at(early, "UTC").caller("tomorrow")) == ["Tuesday, 24th November"]


def test_midnight_may_pass_while_the_bot_waits():
    talk = at(datetime(2026, 11, 23, 23, 59, 58, tzinfo=INDIA), "Asia/Kolkata")
    talk.silence()
    assert said(talk.caller("tomorrow")) == ["Wednesday, 25th November"]
