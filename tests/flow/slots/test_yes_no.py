"""Yes and no as callers say them."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from tables import each_row

from runtime.flow.slots.value import SlotContext
from runtime.flow.slots.yes_no import parse_yes_no

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
ASKED = SlotContext(NOW, "en-IN", expected=True, options={})
IN_PASSING = SlotContext(NOW, "en-IN", expected=False, options={})

YES = """
yes / Yes. / yeah / Yep! / yup / ya / aye / yes please / yes, please do / yes yes yes / yeah yeah
uh-huh / Mm-hmm. / mhm / okay / OK. / sure / sure thing / of course / absolutely / definitely
certainly / correct / right / true / fine / all right / alright then / good / perfect / exactly
that's right / that is correct / that's fine / that's it / yes that's right / yeah, that's correct
it is / I do / I am / I would / I think so / I guess so / why not / go ahead / please do / do it
sounds good / no problem / not a problem / no worries / works for me / for sure / I agree
correct, that is my number / Sure, my number is 98450 12345 / that would be great / sounds great
confirm / affirmative / yes I want to book an appointment / Yes, my number is 98450 12345
I said yes / oh yes / um, yes / well yes I think so / yes sir / yes madam / okay thank you
haan / haan ji / ji haan / ji / bilkul / theek hai / sahi hai / chalega / haan bilkul
accha theek hai / haa / yesss / you bet / righto
हाँ / हां / जी / जी हाँ / हाँ जी / बिल्कुल / ठीक है / सही है / यस
"""
NO = """
no / No. / nope / nah / no no / no no no / no thanks / no, thank you / not really / not at all
of course not / absolutely not / definitely not / certainly not / never / no way / not now
negative / incorrect / wrong / that's wrong / that's not right / that is not correct / not correct
it isn't / it is not / it's not / I don't / I do not / I'm not / I am not / I don't think so
I don't want to / I don't agree / don't / please don't / don't do it / rather not / no need
not interested / I'm not interested / not today / not yet / uh-uh / nuh-uh / no that's wrong
no, it isn't / no I don't think that's correct / I'm afraid not / don't bother
no I want Friday / No, I would like to change it / I said no / oh no / um no
nahi / nahin / nahi ji / ji nahi / bilkul nahi / mat karo / galat / galat hai / sahi nahi hai / na
no please / please no / false / I do not have / mat kijiye / rehne do / jane do / रहने दो
नहीं / जी नहीं / नहीं जी / बिल्कुल नहीं / मत करो / गलत / गलत है / ना / नहीं चाहिए
"""
NEITHER = """
yes but no / yes and no / yes or no / no yes / yeah no / I don't know / not sure / I'm not sure
no idea / maybe / maybe not / perhaps / pata nahi / पता नहीं / समझ नहीं आया / right now I am busy
there is no doctor / no one answered / I have no problem with that / what is it / is that right
can you repeat that / hello / I want to book an appointment / okay but when / I don't understand
I can't hear you / what / tomorrow at five / nine eight four / one moment / which number is right
the exchange rate was wrong / exactly what does altruism mean / say it again please
proceed to the next song / I no longer want this phone to sync / good morning doctor
a note about it / haan ya nahi / wrong number
"""


def rows(table: str) -> list[str]:
    return [said.strip() for line in table.strip().splitlines() for said in line.split(" / ")]


@each_row("utterance", rows(YES))
def test_yes_is_understood(utterance: str) -> None:
    found = parse_yes_no(utterance, ASKED)
    assert found is not None
    assert found.value is True
    assert found.certain


@each_row("utterance", rows(NO))
def test_no_is_understood(utterance: str) -> None:
    found = parse_yes_no(utterance, ASKED)
    assert found is not None
    assert found.value is False
    assert found.certain


@each_row("utterance", ["", "...", *rows(NEITHER)])
def test_neither_is_not_taken_for_an_answer(utterance: str) -> None:
    assert parse_yes_no(utterance, ASKED) is None


@each_row(
    ("utterance", "value"),
    [("no, sorry, yes", True), ("yes, wait, no", False), ("yes, I mean no", False)],
)
def test_correction_is_taken_but_not_certain(utterance: str, value: bool) -> None:
    found = parse_yes_no(utterance, ASKED)
    assert found is not None
    assert found.value is value
    assert not found.certain


def test_bare_answer_fills_nothing_in_passing() -> None:
    answers = rows(YES) + rows(NO)
    assert [said for said in answers if parse_yes_no(said, IN_PASSING)] == [
        "I said yes",
        "I said no",
    ]


@each_row(
    ("utterance", "value"),
    [("I meant yes", True), ("no, make it yes", True), ("change that to no", False)],
)
def test_correction_of_an_earlier_answer_is_taken_in_passing(utterance: str, value: bool) -> None:
    found = parse_yes_no(utterance, IN_PASSING)
    assert found is not None
    assert found.value is value


def test_span_is_where_the_answer_stands() -> None:
    found = parse_yes_no("um, not really, thanks", ASKED)
    assert found is not None
    assert found.span == (4, 14)


WORDS = rows(YES) + rows(NO) + rows(NEITHER) + ["the", "sorry", ",", "-"]


@settings(max_examples=10)
@given(st.lists(st.sampled_from(WORDS), max_size=6), st.booleans())
def test_any_mixture_is_read_without_error(words: list[str], expected: bool) -> None:
    utterance = " ".join(words)
    found = parse_yes_no(utterance, SlotContext(NOW, "en-IN", expected, {}))
    assert found is None or 0 <= found.span[0] < found.span[1] <= len(utterance)
