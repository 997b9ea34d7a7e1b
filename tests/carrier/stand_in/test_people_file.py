import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import runtime.carrier.stand_in as stand_in
from runtime.carrier import wav
from runtime.carrier.line import LineFaults
from runtime.carrier.script import HangUp, Manners, Press, Say, Wait
from runtime.carrier.stand_in.people_file import PeopleProblem, read_people
from runtime.carrier.stand_in.person import Answer, RestFault

ROOT = Path(__file__).parents[3]
SHIPPED = (Path(stand_in.__path__[0]) / "people.yaml").read_text()


def read(text):
    return read_people(text, "p.yaml", {"hello.wav": wav.mono(b"\x10" * 160)}.__getitem__)


def test_a_whole_person_is_read():
    [entry] = read(
        """
people:
  - name: Asha
    number: 9800000001
    answers: [busy, person]
    rings: 3
    picks_up: Hello?
    steps:
      - say: yes
      - wav: hello.wav
      - {press: 12#}
      - {tones: "0"}
      - {wait: 1.5}
      - {babble: 0.1}
      - hang_up
    hang_up_after: 30
    max_wait: 5
    moment: 0.5
    patience: 4
    line: {loss: 0.1, duplicate: 0.2, reorder: 0.3, jitter: 0.4, breaks_after: 9}
    rest: {status: 400, code: 7, reason: no, delay: 1, breaks: true, places: true, times: 2}
"""
    )
    person = entry.person
    assert (entry.number, entry.ends_with, entry.weight) == ("9800000001", "", 0)
    assert person.answers == (Answer.BUSY, Answer.PERSON)
    assert person.picks_up == (Wait(0.4), Say(b"", "Hello?"))
    *steps, babble, hang_up = person.steps
    assert steps == [
        *(Say(b"", "yes"), Say(b"\x10" * 160, "[hello.wav]"), Press("12#")),
        *(Press("0", in_band=True), Wait(1.5)),
    ]
    assert len(babble.audio) == 800
    assert hang_up == HangUp()
    assert (person.rings, person.hangs_up_after, person.waits_for_end) == (3, 30, 5)
    assert person.manners == Manners(0.5, 4)
    assert person.faults == LineFaults(0.1, 0.2, 0.3, 0.4)
    assert person.breaks_after == 9
    assert person.rest == RestFault(400, 7, "no", 1, breaks=True, places=True, times=2)


def test_texts_and_numbers_stay_as_they_are_written():
    [entry] = read("people: [{ends_with: 01, steps: [{say: yes}, {press: 012}, {say: 12:30}]}]")
    assert entry.ends_with == "01"
    assert entry.person.steps == (Say(b"", "yes"), Press("012"), Say(b"", "12:30"))


def test_a_voicemail_has_a_greeting_a_beep_and_time_to_record():
    [entry] = read("people: [{answers: voicemail, greeting: Not here.}]")
    wait, greeting, _, beep, records, hang_up = entry.person.machine
    assert (greeting, records, hang_up) == (Say(b"", "Not here."), Wait(60), HangUp())
    assert beep.audio
    assert wait.seconds < 1


def test_whoever_does_not_answer_rings_for_long():
    [entry] = read("people: [{answers: no_answer}]")
    assert entry.person.rings == 30
    assert entry.weight == 1


def test_the_people_that_ship_have_each_last_digit():
    entries = read_people(SHIPPED, "people.yaml", lambda name: b"")
    assert sorted(entry.ends_with for entry in entries) == list("0123456789")


def test_the_example_of_the_documentation_has_no_mistake():
    page = (ROOT / "docs" / "carrier.md").read_text()
    example = page.split("```yaml\n")[1].split("```")[0]
    assert len(read_people(example, "p.yaml", lambda name: wav.mono(b"\x10"))) == 4


def test_every_key_has_its_row_in_the_documentation():
    from runtime.carrier.stand_in.people_file import _Line, _Person, _Rest, _Step

    page = (ROOT / "docs" / "carrier.md").read_text()
    for key in (*_Person.model_fields, *_Line.model_fields, *_Rest.model_fields):
        assert f"`{key}`" in page, key
    for key in _Step.model_fields:
        assert f"`{key}`" in page, key


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "p.yaml:1: the file: "),
        ("people: []", "p.yaml:1: the file: there is nobody in it"),
        ("people: [{", "this is no YAML"),
        ("people:\n- nmae: x", "p.yaml:2: people.0.nmae: unknown key. Did you mean 'name'?"),
        ("people: &a [*a]", "within itself"),
        ("peple: []", "unknown key. Did you mean 'people'?"),
        ("people:\n- name: x\n  name: y", "p.yaml:3: 'name' is here twice"),
        ("people:\n- number: 12", "p.yaml:2: people.0.number: "),
        ("people:\n- rings: -1", "p.yaml:2: people.0.rings: "),
        ("people:\n- answers: maybe", "people.0.answers.0: "),
        ("people:\n- answers: []", "at least one answer"),
        ("people:\n- {number: 9800000001, weight: 1}", "one of number, ends_with and weight"),
        ("people:\n- steps:\n  - {say: x, wait: 1}", "p.yaml:3: people.0.steps.0: a step has"),
        ("people:\n- steps:\n  - {press: 5x}", "'5X' cannot be pressed"),
        ("people:\n- steps:\n  - {sey: x}", "p.yaml:3: people.0.steps.0.sey: unknown key."),
        ("people:\n- line: {lost: 1}", "Did you mean 'loss'?"),
        ("people:\n- line: {loss: 2}", "p.yaml:2: people.0.line.loss: "),
        ("people:\n- rest: {status: 200}", "people.0.rest.status: "),
    ],
)
def test_a_mistake_is_told_with_its_line(text, told):
    with pytest.raises(PeopleProblem) as problem:
        read(text)
    assert told in str(problem.value)


def test_all_mistakes_are_told_at_once():
    with pytest.raises(PeopleProblem) as problem:
        read("people:\n- rings: x\n- weight: y")
    assert len(str(problem.value).splitlines()) == 2


@pytest.mark.parametrize("content", [b"no WAV", OSError("it is gone")])
def test_a_sound_that_cannot_be_read_is_told(content):
    def open_sound(name):
        if isinstance(content, OSError):
            raise content
        return content

    with pytest.raises(PeopleProblem, match=r"p\.yaml:1: a sound cannot be read: "):
        read_people("people: [{steps: [{wav: x.wav}]}]", "p.yaml", open_sound)


@given(st.text(alphabet="people:[]{}-, \n\"'nameshang_up&*!|>#0"))
def test_whatever_is_in_a_file_is_read_or_refused(text):
    with contextlib.suppress(PeopleProblem):
        read_people(text, "p.yaml", lambda name: b"")
