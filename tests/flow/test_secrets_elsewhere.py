"""Sensitive values outside the call: the author's systems get them, and no model does."""

from scripted_calls import MORNING, flow_of
from watched_calls import FLOW, PHONE, WORDS, Watched, leaks

from runtime.flow.conversation.rehearsal import Rehearsal
from runtime.flow.conversation.stand_ins import ModelReply, WebReply
from runtime.flow.engine.effects import AskModel
from runtime.flow.engine.events import CallStarted, Classified, ModelDone, ModelSaid

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
  lead: {prompt: 'Talk about {{ phone }}.', slots: [day], on: {yes: done, goodbye: done}}
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
    assert "Known already: day: Monday, 23rd November." in asked[0].messages[0].text
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
