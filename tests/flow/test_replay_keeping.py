"""What is kept of a step: everything, but for sensitive values; stand-ins lead the same way."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kept_calls import Keeping, keeping
from scripted_calls import MORNING, flow_of
from test_engine_properties import ENDINGS, EVENTS, flows, quick
from test_errand_properties import COURSES, ENDS, TALK, World, go_through
from watched_calls import FLOW, PHONE, WORDS

from runtime.flow import engine
from runtime.flow.engine.events import (
    CallStarted,
    Event,
    Heard,
    ModelSaid,
    PlayedOut,
    Pressed,
    RequestAnswered,
    SpeechCut,
    TimerFired,
)
from runtime.flow.replay import decode_event
from runtime.flow.replay.keeping import shown_effects

STARTED = CallStarted(at=MORNING, call_id="c", mobile="9000000000", variables={"n": 1})


class Kept(Keeping):
    """A kept call, in the words of a test."""

    def hears(self, text: str, confidence: float = 1.0):
        step = self.gets(Heard(at=MORNING, text=text, confidence=confidence))
        self.hears_all()
        return step

    def hears_all(self):
        self.gets(PlayedOut(at=MORNING, say=self.state.said))

    def presses(self, keys: str):
        for digit in keys:
            step = self.gets(Pressed(at=MORNING, digit=digit))
        return step

    def answered(self, **answer):
        return self.gets(RequestAnswered(at=MORNING, errand=self.state.errand, **answer))

    @property
    def json(self) -> str:
        return json.dumps([step.as_json() for step in self.steps], ensure_ascii=False)

    @property
    def marks(self) -> list[str]:
        """The steps that were replaced: how."""
        return ["unlike" if x.unlike else "like" for x in self.steps if x.replaced or x.unlike]


def call(text, files=None, **changes) -> Kept:
    flow = flow_of(text, files or {}, **changes)
    made = keeping(flow, STARTED)
    made = Kept(made.flow, made.state, made.effects, made.steps)
    made.hears_all()
    return made


def replays(made: Keeping) -> bool:
    """Whether what was kept of a call has the kept effects, each step from the one before."""
    events = [decode_event(step.event) for step in made.steps]
    state, effects = engine.start(made.flow, events[0])
    came = [shown_effects(made.flow, state, effects, state)]
    for event in events[1:]:
        before = state
        state, effects = engine.step(made.flow, before, event)
        came.append(shown_effects(made.flow, before, effects, state))
    return came == [step.effects for step in made.steps]


PLAIN = "states: {menu: {ask: What?, on: {yes: end}}, end: {hangup: Bye.}}"


def test_without_sensitive_slots_all_is_kept_as_it_was():
    made = call(PLAIN)
    step = made.hears("yes please", 0.5)
    assert step.as_json()["event"] == {
        **{"event": "heard", "at": MORNING, "text": "yes please", "confidence": 0.5}
    }
    assert "replaced" not in step.as_json()
    assert step.replayed is None
    assert replays(made)


def test_a_number_that_is_told_is_another_where_it_is_kept():
    made = call(FLOW)
    made.hears("yes")
    step = made.hears(WORDS)
    assert (step.replaced, step.unlike) == (True, False)
    assert step.event["text"] == "9800000001"
    made.hears("yes")
    made.hears("tomorrow")
    assert PHONE not in made.json
    assert WORDS not in made.json
    assert replays(made)


ASK = """
slots:
  secret: {{type: {type}, ask: Well?, sensitive: true{more}}}
variables: {{echo: ''}}
states:
  menu: {{collect: [secret], next: sure, on: {{person: people}}}}
  sure: {{ask: 'It is {{{{ secret }}}}?', on: {{yes: end, no: menu}}}}
  people: {{ask: A person?, on: {{yes: end, no: menu}}}}
  end: {{hangup: 'Bye {{{{ secret }}}}.'}}
"""

SAID = {
    "text": "the moon is made of cheese",
    "number": "eighty seven point five",
    "integer": "eighty seven",
    "money": "seven thousand and three rupees",
    "date": "the fifth of June 1987",
    "time": "twenty to seven pm",
    "datetime": "the fifth of June at twenty to seven pm",
    "duration": "seventeen hours",
    "phone": "98765 43210",
    "digits": "eight seven six five",
    "choice": "cocoa",
    "name": "Kumar Gaurav",
    "email": "kumar at wonder dot in",
    "pattern": "KA 05 MJ 8765",
}
MORE = {
    "choice": ", choices: [tea, milk, cocoa, water]",
    "pattern": ", pattern: '[A-Z]{2} ?[0-9]{2} ?[A-Z]{2} ?[0-9]{4}'",
}


@pytest.mark.parametrize("type", SAID)
@pytest.mark.parametrize("confirm", ["", ", confirm: '{{ value }}?'"])
def test_a_value_of_any_type_is_replaced_and_leads_the_same_way(type, confirm):
    made = call(ASK.format(type=type, more=MORE.get(type, "") + confirm))
    value = SAID[type]
    made.hears("")
    step = made.hears(value)
    assert step.replaced
    made.hears(f"yes {value}")
    made.hears("yes")
    made.hears("no")
    made.hears("yes")
    assert made.marks.count("unlike") == 0
    # A choice is one of a few, and may be the stand-in.
    assert type == "choice" or value not in made.json
    assert replays(made)


KEYED = {
    "number": "87*5#",
    "integer": "8765#",
    "money": "8700#",
    "date": "25121987",
    "time": "1842",
    "phone": "9876543210",
    "digits": "876543#",
    "choice": "3",
}


@pytest.mark.parametrize("type", KEYED)
@pytest.mark.parametrize("zero", ["", "0"])
def test_keys_of_a_value_are_replaced_one_by_one(type, zero):
    if zero and type != "phone":
        return
    made = call(ASK.format(type=type, more=MORE.get(type, "")))
    step = made.presses(zero + KEYED[type])
    assert step.replaced or step.event["digit"] == "#"
    made.hears("yes")
    assert made.marks.count("unlike") == 0
    keys = "".join(x.event["digit"] for x in made.steps if x.event["event"] == "pressed")
    assert len(keys) == len(zero + KEYED[type])
    assert type == "choice" or keys != zero + KEYED[type]
    assert replays(made)


def test_keys_that_are_no_value_are_replaced_too():
    made = call(ASK.format(type="digits", more=", length: 6"))
    made.presses("876")
    made.gets(TimerFired(at=MORNING, timer="keys", turn=made.state.turn))
    assert [x.event["digit"] for x in made.steps if x.replaced] == ["1", "3", "5"]
    assert made.marks.count("unlike") == 0
    assert replays(made)


def test_keys_into_words_that_are_said_to_their_end_are_replaced():
    made = call("settings: {barge_in: false}" + ASK.format(type="digits", more=""))
    made.gets(Heard(at=MORNING, text="hm"))
    assert made.state.speaking
    step = made.presses("8")
    assert (step.event["digit"], step.replaced, step.unlike) == ("1", True, False)


def test_words_for_something_else_are_those_of_the_flow():
    made = call(ASK.format(type="digits", more=""))
    step = made.hears("get me a person, so and so knows")
    assert made.state.state == "people"
    assert (step.replaced, step.unlike) == (True, False)
    assert "so and so" not in made.json
    assert replays(made)


def test_words_that_nobody_understands_are_others():
    made = call(ASK.format(type="digits", more=""))
    step = made.hears("what is it to you")
    assert (step.event["text"], step.unlike) == ("hm", False)
    assert replays(made)


def test_a_key_for_something_else_is_kept():
    flow = ASK.format(type="name", more="").replace("person: people", "'7': people")
    made = call(flow)
    step = made.presses("7")
    assert made.state.state == "people"
    assert (step.event["digit"], step.replaced) == ("7", False)


def test_in_passing_only_the_value_is_replaced():
    made = call(FLOW.replace("    confirm: 'I have {{ value | digits }}. Right?'\n", ""))
    step = made.hears(f"yes, my number is {WORDS}, tomorrow")
    assert step.event["text"].startswith("yes, my number is 98")
    assert step.event["text"].endswith(", tomorrow")
    assert (step.replaced, step.unlike) == (True, False)
    assert WORDS not in made.json
    assert replays(made)


def test_a_correction_is_told_from_the_value_before():
    made = call(FLOW.replace("    confirm: 'I have {{ value | digits }}. Right?'\n", ""))
    made.hears("yes")
    made.hears("98450 12345")
    made.hears(f"no, I meant {WORDS}")
    made.hears(f"no, I meant {WORDS}")
    texts = [x.event["text"] for x in made.steps if x.replaced]
    assert len(set(texts[:2])) == 2
    assert made.marks.count("unlike") == 0
    assert replays(made)


def test_a_rule_that_no_stand_in_can_pass_is_marked():
    made = call(ASK.format(type="digits", more=", valid: value == '8765', invalid: No."))
    step = made.hears("8765")
    assert (step.replaced, step.unlike) == (True, True)
    assert made.hears("yes").unlike
    assert "8765" not in made.json
    assert not replays(made)


WEB = """
slots: {pin: {type: digits, ask: PIN?, sensitive: true}}
variables: {told: '', much: 0}
requests:
  look: {get: 'https://example.com/{{ pin }}', save: {told: body.told, much: body.much}}
states:
  menu: {collect: [pin], next: look}
  look: {request: look, on: {ok: sure, error: end}}
  sure: {ask: '{{ told }}?', on: {yes: end}}
  end: {hangup: Bye.}
"""


def test_an_answer_that_repeats_a_value_has_the_stand_in():
    made = call(WEB)
    made.hears("876543")
    step = made.answered(
        status=200,
        headers={"x-pin": "876543"},
        body={"told": "PIN 876 543 is good", "much": 876543, "876543": [True, None, 1.5, "ok"]},
    )
    assert step.replaced
    assert step.event["body"]["told"] == "PIN 135790 is good"
    assert step.event["body"]["much"] == 135790
    assert step.event["headers"] == {"x-pin": "135790"}
    # What the bot says of it is not masked by the engine, and must not be kept either.
    assert "876543" not in made.json
    assert "876 543" not in made.json


def test_an_answer_that_repeats_nothing_is_kept():
    made = call(WEB)
    made.hears("876543")
    step = made.answered(status=200, body={"told": "All is well", "much": 12})
    assert not step.replaced
    assert made.marks == ["like"]
    assert replays(made)


def test_an_answer_that_fills_a_sensitive_slot_is_replaced():
    made = call(WEB.replace("told: body.told, much: body.much", "pin: body.pin, told: body.told"))
    made.hears("876543")
    step = made.answered(status=200, body={"pin": "998877", "told": "x 998877"})
    assert step.replaced
    assert "998877" not in made.json


def test_what_else_was_said_is_said_with_the_stand_in():
    flow = FLOW.replace("    confirm: 'I have {{ value | digits }}. Right?'\n", "")
    made = call(flow)
    made.hears("yes")
    step = made.hears(f"{WORDS} and please tomorrow")
    assert made.state.slots.keys() == {"phone", "day"}
    assert (step.event["text"], step.unlike) == ("9800000001 Monday, 23rd November", False)
    assert replays(made)


def test_a_slot_that_was_set_to_something_else_is_kept_too():
    flow = ASK.format(type="date", more="").replace(
        "  end: {", "  odd: {set: {secret: \"'soon'\"}, ask: 'Odd?', on: {yes: end}}\n  end: {"
    )
    made = call(flow.replace("no: menu}}\n  people", "no: odd}}\n  people"))
    made.hears("the fifth of June 1987")
    made.hears("no")
    assert made.state.slots["secret"] == "soon"
    assert made.hears("yes, I said the fifth of June 1987").replaced
    assert "1987" not in made.json


def test_what_was_heard_of_a_line_tells_nothing():
    made = call(FLOW.replace("I have {{ value | digits }}", "I have {{ value }}"))
    made.hears("yes")
    made.gets(Heard(at=MORNING, text=WORDS))
    step = made.gets(SpeechCut(at=MORNING, say=made.state.said, heard=f"I have {PHONE[:7]}"))
    assert step.event["heard"] == "[hidden]"
    step = made.gets(SpeechCut(at=MORNING, say=made.state.said, heard="I have"))
    assert step.event["heard"] == "I have"
    assert PHONE[:7] not in made.json
    assert replays(made)


def test_the_authors_own_words_do_not_tell_which_choice_was_made():
    flow = ASK.format(type="choice", more=", choices: [tea, milk, cocoa]")
    made = call(flow.replace("It is {{ secret }}?", "We have tea, milk and cocoa. Sure?"))
    made.hears("cocoa")
    assert "We have tea, milk and cocoa. Sure?" in made.json


def test_what_a_model_repeats_is_replaced():
    flow = WEB.replace("'{{ told }}?', on", "'Well?', on")
    flow = flow.replace("  end: {", "  talk: {prompt: Be kind., on: {yes: end}}\n  end: {")
    flow = flow.replace("on: {yes: end}}\n  talk", "on: {yes: talk}}\n  talk")
    made = call(flow, providers={"llm": "x"})
    made.hears("876543")
    made.answered(status=200, body={"told": "", "much": 1})
    made.hears("yes")
    step = made.gets(ModelSaid(at=MORNING, errand=made.state.errand, text="Is it 876543?"))
    assert step.event["text"] == "Is it 135790?"
    step = made.gets(SpeechCut(at=MORNING, say=made.state.said, heard="Is it 876543?"))
    assert step.event["heard"] == "Is it 135790?"
    assert "876543" not in made.json


# -- any call ------------------------------------------------------------------------------------


def sensitive_values(made: Keeping, states) -> set[str]:
    flow = made.flow
    known = [pair for state in states for pair in (*state.slots.items(), state.pending) if pair]
    return {
        str(value)
        for name, value in known
        if name in flow.slots and flow.slots[name].sensitive and flow.slots[name].type != "yes_no"
    }


@quick
@given(flow=flows, events=EVENTS, end=ENDINGS)
def test_of_any_call_is_kept_what_replays_and_nothing_sensitive(flow, events: list[Event], end):
    events = events if end is None else [*events, end]
    made = keeping(flow, CallStarted(at=MORNING, call_id="c"))
    states = [made.state]
    for event in events:
        made.gets(event)
        states.append(made.state)
    written = json.dumps([step.as_json() for step in made.steps])
    assert not [x for x in sensitive_values(made, states) if x in written]
    for step, event in zip(made.steps[1:], events, strict=True):
        assert step.replaced or decode_event(step.event) == event
    if not any(step.unlike for step in made.steps):
        assert replays(made)


@quick
@given(course=COURSES, end=...)
def test_calls_with_errands_likewise(course, end: bool):
    world = World(TALK)
    go_through(course, world)
    if end:
        world.gets(ENDS[1])
    made = keeping(TALK, CallStarted(at=MORNING, call_id="c"))
    states = [made.state]
    for event in world.events:
        made.gets(event)
        states.append(made.state)
    written = json.dumps([step.as_json() for step in made.steps])
    assert not [x for x in sensitive_values(made, states) if len(x) > 2 and x in written]
    if not any(step.unlike for step in made.steps):
        assert replays(made)


OTHER = ("yes", "no", "person", "no, I meant {}", "{} please", "what", "repeat", "{} or so", "{}")
ACTS = st.one_of(
    st.sampled_from(OTHER),
    st.sampled_from("1234567890*#").map(lambda key: f"press {key}"),
    st.sampled_from(("keys", "no_input")),
)


@quick
@given(
    type=st.sampled_from(sorted(SAID)),
    rule=st.sampled_from(
        ("", ", confirm: '{{ value }}?'", ", valid: value, invalid: '{{ value }}?'")
    ),
    acts=st.lists(ACTS, min_size=3, max_size=12),
)
def test_a_caller_who_is_asked_for_something_sensitive_is_kept_without_it(type, rule, acts):
    made = call(ASK.format(type=type, more=MORE.get(type, "") + rule))
    states = [made.state]
    for act in acts:
        if act.startswith("press "):
            made.presses(act[-1])
        elif act in ("keys", "no_input"):
            made.gets(TimerFired(at=MORNING, timer=act, turn=made.state.turn))
            made.hears_all()
        else:
            made.hears(act.format(SAID[type]))
        states.append(made.state)
    # What the engine itself takes for no such value is none.
    talk = " ".join(said.text for said in made.state.talk)
    for value in sensitive_values(made, states) if type != "choice" else ():
        assert len(value) < 5 or value in talk or value not in made.json
    assert replays(made) != any(step.unlike for step in made.steps)
