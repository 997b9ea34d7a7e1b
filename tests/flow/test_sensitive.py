"""Sensitive values: said to the caller, sent to the author's systems, and shown nowhere else."""

import re

import pytest
from scripted_calls import MORNING, Call, flow_of, rehearse, said

from runtime.flow.conversation.rehearsal import Rehearsal
from runtime.flow.conversation.stand_ins import ModelReply, WebReply
from runtime.flow.engine.effects import AskModel, Failed, Listen, Say, SendRequest, Understood
from runtime.flow.engine.events import (
    CallStarted,
    Classified,
    Heard,
    ModelDone,
    ModelSaid,
    Pressed,
    TimerFired,
)
from runtime.flow.engine.state import shown_values
from runtime.flow.reading import read_flow

PHONE = "9845098450"
WORDS = "98450 98450"


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def leaks(effects, secret: str = PHONE) -> list:
    """What tells the secret besides the spoken words and requests; spoken words are masked too."""
    kept = [x for x in effects if not isinstance(x, SendRequest | Say)]
    kept += [x.shown for x in effects if isinstance(x, Say)]
    return [x for x in kept if secret in digits(str(x)) or secret in str(x)]


class Watched(Call):
    """A call whose effects are all kept, and all that was said heard."""

    def __init__(self, flow, **started):
        super().__init__(flow, **started)
        self.all = list(self.effects)
        self.hears_all()

    def gets(self, event, **fields):
        super().gets(event, **fields)
        self.all += self.effects
        return self.effects

    def hears(self, text, confidence=1.0):
        self.gets(Heard, text=text, confidence=confidence)
        heard = self.said
        self.hears_all()
        return heard

    def presses(self, keys):
        for digit in keys:
            self.gets(Pressed, digit=digit)
        return self.said

    @property
    def talk(self):
        return [said.text for said in self.state.talk]


FLOW = """
slots:
  phone:
    type: phone
    ask: Your number?
    sensitive: true
    confirm: 'I have {{ value | digits }}. Right?'
    valid: value != '9845000000'
    invalid: '{{ value }} is ours.'
    no_match: 'No number in {{ text }}{{ digit }}.'
  day: {type: date, ask: Which day?}
states:
  menu: {ask: What?, on: {yes: order}}
  order: {collect: [phone, day], next: done}
  done: {hangup: 'We call {{ phone | digits }} on {{ day | date }}.'}
"""


def asked(flow: str = FLOW) -> Watched:
    call = Watched(flow)
    call.hears("yes")
    return call


def test_the_caller_hears_the_value_and_nobody_else():
    call = asked()
    assert call.hears(WORDS) == ["I have 9 8 4 5 0, 9 8 4 5 0. Right?"]
    call.hears("yes")
    assert call.hears("tomorrow") == ["We call 9 8 4 5 0, 9 8 4 5 0 on Monday, 23rd November."]
    assert call.talk[2:] == [
        "Your number?",
        "[phone]",
        "I have [phone]. Right?",
        "[phone]",
        "Which day?",
        "tomorrow",
        "We call [phone] on Monday, 23rd November.",
    ]
    assert not leaks(call.all)
    assert call.state.slots["phone"] == PHONE
    assert shown_values(call.flow, call.state)[1]["phone"] == "[phone]"


def test_what_is_heard_of_it_is_to_be_silenced():
    call = asked()
    listens = [x.sensitive for x in call.all if isinstance(x, Listen)]
    call.hears(WORDS)
    call.hears("yes")
    listens += [x.sensitive for x in call.effects if isinstance(x, Listen)]
    assert listens == [False, True]


def test_pressed_keys_are_masked():
    call = asked()
    assert call.presses(PHONE) == ["I have 9 8 4 5 0, 9 8 4 5 0. Right?"]
    call.presses("1")
    assert not leaks(call.all)
    assert [x.text for x in call.all if isinstance(x, Understood)] == ["yes", "[phone]", "1"]


@pytest.mark.parametrize("how", ["spoken", "pressed"])
def test_a_part_of_it_is_masked_too(how):
    call = asked()
    if how == "spoken":
        heard = call.hears("nine eight four five zero, then something")
        assert heard[0] == "No number in nine eight four five zero, then something."
    else:
        call.presses("98450")
        call.gets(TimerFired, timer="keys", turn=1)
        assert call.said[0] == "No number in 98450."
    assert not leaks(call.all, "98450")
    assert not leaks(call.all, "nine eight")
    assert "No number in [text][digit]." in call.talk


def test_a_refused_value_is_masked():
    call = asked()
    assert call.hears("98450 00000") == ["9845000000 is ours.", "Your number?"]
    assert not leaks(call.all, "9845000000")
    assert "[phone] is ours." in call.talk


def test_a_value_hardly_heard_is_confirmed_by_the_built_in_question_masked():
    call = asked(FLOW.replace("    confirm: 'I have {{ value | digits }}. Right?'\n", ""))
    assert call.hears(WORDS, 0.1) == ["9 8 4 5 0, 9 8 4 5 0, is that right?"]
    assert "[phone], is that right?" in call.talk
    assert not leaks(call.all)


def test_a_phrase_of_the_authors_own_masks_it_too():
    flow = FLOW.replace("    confirm: 'I have {{ value | digits }}. Right?'\n", "")
    call = asked(f"phrases: {{confirm: '{{{{ value }}}} it is?'}}\n{flow}")
    assert call.hears(WORDS, 0.1) == ["9 8 4 5 0, 9 8 4 5 0 it is?"]
    assert "[phone] it is?" in call.talk


def test_a_correction_of_it_is_masked():
    call = asked(FLOW.replace("    confirm: 'I have {{ value | digits }}. Right?'\n", ""))
    call.hears("98450 12345")
    heard = call.hears(f"no, I meant {WORDS}")
    assert heard == ["All right, 9 8 4 5 0, 9 8 4 5 0.", "Which day?"]
    assert call.talk[-3:] == ["no, I meant [phone]", "All right, [phone].", "Which day?"]
    assert not leaks(call.all)
    assert call.state.slots["phone"] == PHONE


def test_a_correction_that_will_not_do_is_masked():
    call = asked(FLOW.replace("    confirm: 'I have {{ value | digits }}. Right?'\n", ""))
    call.hears(WORDS)
    assert call.hears("sorry, I meant 98450 00000") == ["9845000000 is ours.", "Which day?"]
    assert not leaks(call.all, "9845000000")


def test_in_passing_only_the_value_is_masked():
    flow = FLOW.replace("    confirm: 'I have {{ value | digits }}. Right?'\n", "")
    call = Watched(flow)
    assert call.hears(f"yes, my number is {WORDS}, tomorrow") == [
        "We call 9 8 4 5 0, 9 8 4 5 0 on Monday, 23rd November."
    ]
    assert call.talk[1] == "yes, my number is [phone], tomorrow"
    assert not leaks(call.all)


def test_a_value_that_is_said_once_more_is_masked():
    flow = """
slots: {pin: {type: digits, length: 4, ask: Your PIN?, sensitive: true}}
states:
  pin: {collect: [pin], next: sure}
  sure: {ask: Sure?, on: {yes: done}}
  done: {hangup: Done.}
"""
    call = Watched(flow)
    call.hears("4321")
    call.hears("four three two one")
    call.hears("4321, 4321, 4321, and 4321")
    assert call.talk[1:] == [
        "[pin]",
        "Sure?",
        "[pin]",
        "Sorry, I did not get that.",
        "Sure?",
        "[pin], [pin], [pin], and [pin]",
        "Sorry, I did not get that.",
        "Sure?",
    ]
    assert not leaks(call.all, "4321")
    assert not leaks(call.all, "three")


def test_a_bare_yes_is_no_secret():
    flow = """
slots: {ill: {type: yes_no, ask: 'Ill?', sensitive: true}}
states:
  ask: {collect: [ill], next: sure}
  sure: {ask: Sure?, on: {yes: done}}
  done: {hangup: Done.}
"""
    call = Watched(flow)
    call.hears("yes")
    call.hears("yes")
    assert call.talk == ["Ill?", "[ill]", "Sure?", "yes", "Done."]


# -- what is made of it --------------------------------------------------------------------------


def test_what_is_set_from_it_is_as_sensitive():
    flow = """
variables: {last: '', copy: '', twice: ''}
slots:
  phone: {type: phone, ask: Your number?, sensitive: true}
  shown: {type: digits}
states:
  ask: {collect: [phone], next: made}
  made:
    set: {last: 'phone[-4:]', twice: '{{ last }}{{ last }}', shown: phone, copy: text}
    say: '{{ last }}, {{ twice | digits }}, {{ shown }}, {{ copy }}.'
    next: more
  more: {set: {copy: name_of_day}, ask: '{{ copy }}?', on: {yes: done}}
  done: {set: {last: '1'}, hangup: '{{ last }}.'}
"""
    flow = flow.replace("name_of_day", "today | date")
    call = Watched(flow)
    call.gets(Heard, text=WORDS)
    assert call.said == [
        "8450, 8 4 5 0, 8 4 5 0, 9845098450, 98450 98450.",
        "Sunday, 22nd November?",
    ]
    assert call.talk[2:] == ["[last], [twice], [shown], [copy].", "Sunday, 22nd November?"]
    shown, slots = shown_values(call.flow, call.state)
    assert (shown["last"], shown["twice"]) == ("[last]", "[twice]")
    assert slots == {"phone": "[phone]", "shown": "[shown]"}
    call.hears_all()
    call.gets(Heard, text="yes")
    # A value that has nothing to do with it is none any more.
    assert call.talk[-1] == "1."
    assert not leaks(call.all)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{ phone }}", "[phone]"),
        ("{{ phone | digits }}", "[phone]"),
        ("{{ phone | upper }}", "[PHONE]"),
        ("{{ day | date }} {{ phone }}", "Monday, 23rd November [phone]"),
        ("{{ phone | int + 1 }}", "1"),
        ("{{ day | date }}", "[day]"),
        ("{{ hour | time }}", "[hour]"),
        ("{{ stay | duration }}", "[stay]"),
        ("{{ day.year + 1 }}", "[hidden]"),
    ],
)
def test_filters_leave_a_mask_alone(text, shown):
    flow = f"""
slots:
  phone: {{type: phone, ask: Your number?, sensitive: true}}
  day: {{type: date, ask: Day?, sensitive: {"false" if "Monday" in shown else "true"}}}
  hour: {{type: time, ask: Hour?, sensitive: true}}
  stay: {{type: duration, ask: How long?, sensitive: true}}
states:
  ask: {{collect: [phone, day, hour, stay], next: done}}
  done: {{hangup: '{text}'}}
"""
    call = Watched(flow)
    for words in (WORDS, "tomorrow", "five pm", "two hours"):
        call.hears(words)
    assert call.talk[-1] == shown
    assert not leaks(call.all)


def test_a_question_for_one_slot_may_name_another_that_is_sensitive():
    flow = FLOW.replace(
        "day: {type: date, ask: Which day?}",
        "day: {type: date, ask: Which day?, confirm: '{{ value | date }} for {{ phone }}?'}",
    )
    call = asked(flow)
    call.hears(WORDS)
    call.hears("yes")
    assert call.hears("tomorrow") == [f"Monday, 23rd November for {PHONE}?"]
    assert call.talk[-1] == "Monday, 23rd November for [phone]?"


def test_a_failure_tells_no_value():
    call = asked(FLOW.replace("done: {hangup", "done: {set: {day: phone / 2}, hangup"))
    call.hears(WORDS)
    call.hears("yes")
    call.hears("tomorrow")
    assert [x for x in call.all if isinstance(x, Failed)]
    assert not leaks(call.all)


def test_a_flow_that_is_run_masks_what_it_was_given_and_what_the_outer_knows():
    inner = """
variables: {number: ''}
states:
  sure: {ask: '{{ number }}?', on: {yes: again, no: restart}}
  again: {ask: Again?, on: {yes: end}}
  end: {say: Thanks.}
"""
    flow = """
slots: {phone: {type: phone, ask: Your number?, sensitive: true}}
states:
  ask: {collect: [phone], next: inner}
  inner: {run: inner.yaml, with: {number: '{{ phone }}'}, next: done}
  done: {hangup: Done.}
"""
    reading = read_flow(flow, "talk.yaml", open_file=lambda path: inner.encode())
    assert reading.flow is not None, reading.problems
    call = Watched(reading.flow)
    assert call.hears(WORDS) == [f"{PHONE}?"]
    call.hears("no")
    call.hears(f"yes, {WORDS}")
    assert (
        call.talk[1:]
        == [
            "[phone]",
            "[number]?",
            "no",
            "[number]?",
            "yes, [phone]",
            "Again?",
        ]
        or call.talk
    )
    assert not leaks(call.all)


# -- models and systems --------------------------------------------------------------------------


SEND = f"""
requests:
  order:
    post: http://shop.example
    json: {{phone: '{{{{ phone }}}}', all: '{{{{ conversation }}}}'}}
{FLOW.replace("next: done}", "next: send}")}
  send: {{request: order, on: {{error: done}}, next: done}}
"""


def test_the_authors_system_gets_the_value_and_the_conversation_without_it():
    sent = []

    def answer(request, web):
        sent.append(web.body)
        return WebReply()

    talk = Rehearsal(
        flow_of(SEND), lambda *_: (), CallStarted(at=MORNING, call_id="c"), answer_request=answer
    )
    talk.opening()
    for words in ("yes", WORDS, "yes", "tomorrow"):
        talk.caller(words)
    (body,) = sent
    assert body.count(PHONE.encode()) == 1
    assert b"[phone]" in body


MODEL = """
providers: {llm: openai}
intents: {cancel: {examples: [leave it]}}
slots:
  phone: {type: phone, ask: Your number?, sensitive: true}
  day: {type: date, ask: Which day?}
states:
  order: {collect: [phone, day], on: {cancel: lead}, next: lead}
  lead: {prompt: 'Talk about {{ phone }}.', slots: [phone, day], on: {yes: done, goodbye: done}}
  done: {hangup: Done.}
"""


def test_no_model_is_asked_about_an_answer_to_a_sensitive_question():
    call = Watched(MODEL)
    call.hears("nine eight something")
    call.gets(Classified, turn=1, ranking=())
    assert call.said == ["Sorry, I did not get that.", "Your number?"]
    assert not [x for x in call.all if isinstance(x, AskModel)]


def test_what_was_meant_is_asked_without_the_words():
    call = Watched(MODEL)
    call.hears("leave that alone")
    call.gets(Classified, turn=1, ranking=(("cancel", 0.5),))
    assert call.talk[-2:] == ["[phone]", "Did you mean cancel?"]


def test_a_model_is_shown_the_mask_alone():
    call = Watched(MODEL)
    call.hears(WORDS)
    call.hears("tomorrow")
    asked = [x for x in call.all if isinstance(x, AskModel)]
    assert len(asked) == 1
    assert "Talk about [phone]." in asked[0].messages[0].text
    assert "phone: [phone], day: Monday, 23rd November" in asked[0].messages[0].text
    call.gets(ModelSaid, errand=1, text="What else?")
    call.gets(ModelDone, errand=1)
    call.hears_all()
    call.hears(f"my number is {WORDS}, call me")
    call.gets(Classified, turn=3, ranking=())
    assert [x for x in call.all if isinstance(x, AskModel)][1].messages[-1].text == (
        "my number is [phone], call me"
    )
    assert not leaks(call.all)


def test_a_model_that_is_asked_what_was_meant_sees_the_mask():
    flow = MODEL.replace("collect: [phone, day]", "collect: [day, phone]")
    call = Watched(flow)
    call.hears(f"whenever, {WORDS}")
    assert call.talk[-2:] == ["whenever, [phone]", "Which day?"]
    call.hears(f"whatever, {WORDS}")
    call.gets(Classified, turn=2, ranking=())
    question = next(x for x in call.effects if isinstance(x, AskModel))
    assert question.messages[-1].text == "whatever, [phone]"
    assert "phone" not in str(question.schema)
    assert not leaks(call.all)


def test_a_rehearsed_model_never_hears_of_it():
    asked = []

    def answer(question):
        asked.append(question)
        return ModelReply(reply="Fine.")

    talk = Rehearsal(
        flow_of(MODEL), lambda *_: (), CallStarted(at=MORNING, call_id="c"), answer_model=answer
    )
    talk.opening()
    for words in (WORDS, "tomorrow", f"it is {WORDS}"):
        talk.caller(words)
    assert len(asked) == 2
    assert not leaks(asked)


def test_nothing_of_it_is_left_where_the_talk_is_shown():
    talk = rehearse(FLOW)
    shown = (*talk.caller("yes"), *talk.caller(WORDS), *talk.press("1"), *talk.caller("tomorrow"))
    assert said(shown)[-1].startswith("We call 9 8 4 5 0")
    assert not leaks(shown)
