"""A language model says what an utterance means, where rules and examples do not tell."""

from datetime import date, time

import pytest
from scripted_calls import MORNING, Call, ended, flow_of, said, understood

from runtime.flow.conversation.rehearsal import Rehearsal
from runtime.flow.conversation.stand_ins import ModelReply
from runtime.flow.engine.effects import AskModel, Failed, StopErrand
from runtime.flow.engine.events import CallStarted, Heard, ModelDone, ModelSaid

FLOW = """
providers: {llm: openai}
intents: {cancel: {description: The caller wants no visit at all}}
slots:
  day: {type: date, ask: Which day?, valid: value > today, invalid: Too early.}
  hour: {type: time, ask: What time?}
  seats: {type: integer, ask: How many?, confirm: 'For {{ value }}?'}
  pin: {type: digits, length: 4, ask: Your PIN?, sensitive: true}
states:
  menu: {ask: What?, on: {yes: visit, cancel: gone}}
  visit: {collect: [day, hour, seats], on: {cancel: gone}, next: done}
  gone: {hangup: Gone.}
  done: {hangup: Done.}
"""


def talking(*replies: ModelReply, flow: str = FLOW):
    left = iter(replies)
    talk = Rehearsal(
        flow_of(flow),
        lambda *_: (),
        CallStarted(at=MORNING, call_id="c"),
        answer_model=lambda question: next(left),
    )
    talk.opening()
    return talk


def test_it_names_an_intent():
    talk = talking(ModelReply(intent="cancel"))
    shown = talk.caller("let us forget the whole thing")
    assert said(shown) == ["Gone."]
    assert understood(shown) == [("cancel", "model")]


def test_it_gives_values_in_passing_along_with_an_intent():
    talk = talking(ModelReply(intent="yes", slots={"day": "2026-11-24", "hour": "17:00"}))
    assert said(talk.caller("the usual hour on my usual day")) == ["How many?"]
    assert talk.state.slots == {"day": date(2026, 11, 24), "hour": time(17)}


def test_it_gives_the_value_that_is_asked_for():
    talk = talking(ModelReply(slots={"day": "2026-11-24"}))
    talk.caller("yes")
    shown = talk.caller("my usual day")
    assert said(shown) == ["What time?"]
    assert understood(shown) == [(None, "model")]


def test_the_slots_own_rules_judge_its_values():
    talk = talking(ModelReply(slots={"day": "2026-11-22"}))
    talk.caller("yes")
    assert said(talk.caller("my usual day")) == ["Too early.", "Which day?"]
    talk = talking(ModelReply(intent="yes", slots={"day": "2026-11-22"}))
    assert said(talk.caller("my usual day")) == ["Which day?"]


def test_its_values_are_confirmed_where_the_slot_says_so():
    talk = talking(
        ModelReply(slots={"seats": "4", "day": "2026-11-24"}), ModelReply(slots={"seats": "4"})
    )
    talk.caller("yes")
    # Not asked for yet: left for its own question.
    assert said(talk.caller("the family, my usual day")) == ["What time?"]
    talk.caller("five pm")
    assert said(talk.caller("the family")) == ["For 4?"]
    assert said(talk.caller("yes")) == ["Done."]


def test_a_value_for_a_later_slot_is_kept_and_the_question_asked_again():
    talk = talking(ModelReply(slots={"hour": "17:00"}))
    talk.caller("yes")
    shown = talk.caller("the usual hour")
    assert said(shown) == ["Which day?"]
    assert understood(shown) == [(None, "model")]
    assert talk.state.slots == {"hour": time(17)}


@pytest.mark.parametrize(
    "slots",
    [
        {"day": "whenever"},
        {"colour": "blue"},
        {"pin": "4321"},
        {},
    ],
)
def test_what_is_no_value_of_a_slot_is_no_match(slots):
    talk = talking(ModelReply(slots=slots))
    talk.caller("yes")
    assert said(talk.caller("the usual")) == ["Sorry, I did not get that.", "Which day?"]
    assert talk.state.slots == {}


def test_it_changes_no_value_that_is_known():
    talk = talking(ModelReply(slots={"day": "2026-11-25"}))
    talk.caller("yes")
    talk.caller("Tuesday")
    assert said(talk.caller("the usual")) == ["Sorry, I did not get that.", "What time?"]
    assert talk.state.slots == {"day": date(2026, 11, 24)}


@pytest.mark.parametrize(
    "answer", ["no JSON", "[]", '{"intent": 1, "slots": []}', '{"slots": {"day": 3}}']
)
def test_an_answer_in_no_form_is_no_match(answer):
    call = Call(FLOW)
    call.hears_all()
    call.gets(Heard, text="the usual")
    call.gets(ModelSaid, errand=1, text=answer)
    call.gets(ModelDone, errand=1)
    assert call.said == ["Sorry, I did not get that.", "What?"]


def test_its_late_answer_to_what_was_said_before_is_not_wanted():
    call = Call(FLOW)
    call.hears_all()
    call.gets(Heard, text="the usual")
    assert StopErrand(1) in call.gets(Heard, text="yes")
    assert call.said == ["Which day?"]
    call.hears_all()
    call.gets(ModelSaid, errand=1, text='{"intent": "cancel"}')
    assert call.gets(ModelDone, errand=1) == ()
    assert call.state.state == "visit"
    # Nothing is left waiting for it.
    assert call.state.errand == 0


def test_where_it_is_down_nothing_was_understood():
    shown = talking(ModelReply(is_down=True)).caller("the usual")
    assert said(shown) == ["Sorry, I did not get that.", "What?"]
    assert [type(x) for x in shown if isinstance(x, Failed)] == [Failed]


def test_without_tokens_it_is_not_asked():
    talk = talking(ModelReply(tokens=60), flow=f"limits: {{tokens: 50}}\n{FLOW}")
    talk.caller("the usual")
    assert said(talk.caller("the usual")) == ["Sorry, I did not get that.", "What?"]


def test_where_all_is_known_it_is_asked_for_an_intent_alone():
    call = Call("providers: {llm: x}\nstates: {menu: {ask: What?, on: {yes: menu, no: hangup}}}\n")
    call.hears_all()
    call.gets(Heard, text="the usual")
    question = next(x for x in call.effects if isinstance(x, AskModel))
    assert question.schema["properties"] == {
        "intent": {"type": "string", "enum": ["yes", "no", "none"]}
    }


# -- a state that it leads -----------------------------------------------------------------------

LED = """
providers: {llm: openai}
requests: {free: {get: 'http://clinic.example/free', description: Free times}}
slots:
  day: {type: date, ask: Which day?}
  name: {type: name, ask: Your name?}
states:
  visit: {collect: [day], next: lead}
  lead: {prompt: Be kind., say: Yes?, turns: 2, slots: [name], tools: [free], on: {no: gone}}
  gone: {hangup: Gone.}
"""


def led(*replies: ModelReply, flow: str = LED):
    talk = talking(*replies, flow=flow)
    talk.caller("tomorrow")
    return talk


def test_what_it_said_last_is_repeated_without_its_tools():
    reply = ModelReply(calls=(("fill_slots", {"name": "Ravi"}),))
    talk = led(reply, ModelReply(reply="Fine."))
    assert said(talk.caller("I am Ravi")) == ["Fine."]
    assert said(talk.caller("say that again")) == ["Fine."]


def test_its_first_words_are_repeated():
    flow = LED.replace("visit: {collect", "later: {collect").replace("[name]", "[day, name]")
    flow = flow.replace("  later: {collect: [day], next: lead}\n", "")
    talk = talking(flow=flow)
    assert said(talk.caller("say that again")) == ["Yes?"]


def test_it_has_so_many_turns():
    talk = led(ModelReply(reply="One."), ModelReply(reply="Two."))
    assert said(talk.caller("hm well")) == ["One."]
    assert said(talk.caller("hm well")) == ["Two."]
    assert ended(talk.caller("hm well")) == "gave_up"


def test_its_tokens_are_counted():
    talk = led(ModelReply(reply="One.", tokens=60), flow=f"limits: {{tokens: 50}}\n{LED}")
    talk.caller("hm well")
    assert ended(talk.caller("hm well")) == "over_limit"


def test_an_unsure_classifier_leaves_the_answer_to_it():
    flow = LED.replace("states:", "intents: {no: {examples: [leave me alone]}}\nstates:")
    flow = flow.replace("on: {no: gone}", "on: {no: gone, other: gone}")
    flow = flow.replace("intents: {", "intents: {other: {examples: [something else]}, ")
    left = iter([ModelReply(reply="One.")])
    talk = Rehearsal(
        flow_of(flow),
        lambda *_: (("other", 0.5),),
        CallStarted(at=MORNING, call_id="c"),
        answer_model=lambda question: next(left),
    )
    talk.opening()
    talk.caller("tomorrow")
    assert said(talk.caller("hm well")) == ["One."]


def test_a_value_is_corrected_while_it_leads():
    tuesday = "All right, Tuesday, 24th November."
    assert said(led().caller("no, I meant Tuesday")) == [tuesday, "Yes?"]
    flow = LED.replace("visit: {collect: [day]", "visit: {set: {day: today}")
    assert said(talking(flow=flow).caller("no, I meant Tuesday")) == [tuesday]


def test_the_question_names_intents_and_empty_slots():
    call = Call(FLOW)
    call.hears_all()
    call.gets(Heard, text="the usual")
    question = next(x for x in call.effects if isinstance(x, AskModel))
    assert question.whole
    assert "cancel: The caller wants no visit at all" in question.messages[0].text
    assert "What?" in question.messages[0].text
    assert set(question.schema["properties"]["slots"]["properties"]) == {"day", "hour", "seats"}
