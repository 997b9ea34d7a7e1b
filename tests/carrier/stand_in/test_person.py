import asyncio

import pytest

from runtime.carrier.script import HangUp, Press, Say
from runtime.carrier.stand_in.person import Answer, Entry, People, Person, RestFault, spoken

ASHA, BALA, CARL, DEVI = (Person(name) for name in ("Asha", "Bala", "Carl", "Devi"))
PEOPLE = (
    Entry(BALA, ends_with="1"),
    Entry(CARL, ends_with="01"),
    Entry(ASHA, number="9800000001"),
    Entry(DEVI, weight=1),
)


@pytest.mark.parametrize(
    ("mobile", "person"),
    [
        ("9800000001", ASHA),
        ("9800000101", CARL),
        ("9800000011", BALA),
        ("9800000012", DEVI),
    ],
)
def test_the_whole_number_wins_then_the_longest_ending_then_a_share(mobile, person):
    assert People(PEOPLE).at(mobile) is person


def test_shares_are_as_the_weights_and_the_same_for_the_same_seed():
    entries = [Entry(ASHA, weight=3), Entry(BALA, weight=1)]
    mobiles = [f"98{nth:08}" for nth in range(1000)]
    first, second, other = (
        [people.at(mobile).name for mobile in mobiles]
        for people in (People(entries, 1), People(entries, 1), People(entries, 2))
    )
    assert first == second != other
    assert first.count("Asha") == pytest.approx(750, abs=60)


def test_answers_follow_each_other_and_the_last_one_stays():
    person = Person("x", (Answer.BUSY, Answer.NO_ANSWER, Answer.PERSON))
    people = People([Entry(person, weight=1)])
    answers = [people.reach("9800000001").answer for _ in range(4)]
    assert answers == [Answer.BUSY, Answer.NO_ANSWER, Answer.PERSON, Answer.PERSON]
    assert people.reach("9800000002").answer is Answer.BUSY


def test_an_order_that_goes_wrong_is_no_call_and_only_as_often_as_wished():
    person = Person("x", (Answer.BUSY, Answer.PERSON), rest=RestFault(times=2))
    people = People([Entry(person, weight=1)])
    reached = [people.reach("9800000001") for _ in range(4)]
    assert [each.fault is not None for each in reached] == [True, True, False, False]
    assert [each.answer for each in reached[2:]] == [Answer.BUSY, Answer.PERSON]


def test_a_number_that_nobody_has_is_answered_all_the_same():
    assert People([Entry(ASHA, number="9800000001")]).reach("9").answer is Answer.PERSON


def test_only_those_call_who_answer_too():
    busy = Person("busy", (Answer.BUSY,))
    people = People([Entry(busy, ends_with="1"), Entry(ASHA, weight=1)], seed=3)
    callers = people.callers(50)
    assert callers == People([Entry(busy, ends_with="1"), Entry(ASHA, weight=1)], 3).callers(50)
    assert {person.name for _, person in callers} == {"Asha"}
    assert all(len(mobile) == 10 and mobile[-1] != "1" for mobile, _ in callers)
    with pytest.raises(ValueError, match="too few"):
        People([Entry(busy, weight=1)]).callers(1)


def test_each_text_is_spoken_once():
    asked = []

    async def speak(text):
        asked.append(text)
        return text.encode()

    person = Person(
        "x",
        picks_up=(Say(b"", "Hello?"),),
        steps=(Say(b"", "Yes."), Press("1"), Say(b"\x10", "[file]"), HangUp()),
        machine=(Say(b"", "Hello?"),),
    )
    [entry] = asyncio.run(spoken([Entry(person, weight=1)], speak))
    assert asked == ["Hello?", "Yes."]
    assert entry.person.picks_up == entry.person.machine == (Say(b"Hello?", "Hello?"),)
    assert entry.person.steps == (
        *(Say(b"Yes.", "Yes."), Press("1"), Say(b"\x10", "[file]"), HangUp()),
    )
