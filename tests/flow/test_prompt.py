"""`prompt`: a language model leads, until a way out is taken or it has had its turns."""

import json
from datetime import date

import pytest
from scripted_calls import Call, rehearse, understood

from runtime.flow.engine.dialogue import ModelCall
from runtime.flow.engine.effects import (
    Failed,
    Listen,
    PauseSpeaking,
    ResumeSpeaking,
    Say,
    StopErrand,
    StopSpeaking,
    Understood,
)
from runtime.flow.engine.events import (
    Classified,
    Heard,
    ModelCalled,
    ModelDone,
    ModelSaid,
    NothingHeard,
    PlayedOut,
    Pressed,
    ProviderFailed,
    RequestAnswered,
    SpeechCut,
    SpeechStarted,
    SpeechSustained,
)

LED = """
providers: {llm: some}
variables: {clinic: City Clinic, times: [], note: none}
slots:
  day: {type: date, ask: Which day?, valid: value >= today, invalid: That day has passed.}
  seats: {type: integer, ask: How many?, valid: value < 9}
  size: {type: choice, choices: {small: [little], large: [big]}, ask: What size?}
  pin: {type: digits, length: 4, ask: PIN?, sensitive: true}
requests:
  free:
    post: https://x.example/free
    json: {day: '{{ day }}', pin: '{{ pin }}', note: '{{ note }}'}
    save: {times: body.times}
    hold: One moment.
    description: Free times of a day.
  plain: {get: https://x.example/plain}
intents:
  book: {description: The caller wants to book, words: [book it], digit: 1}
  leave: {examples: [I have to go, I must be off]}
  fees: {words: [fees], answer: It is free.}
%(top)s
start: %(start)s
states:
  lead:
    prompt: You work for {{ clinic }}.
    tools: [free, plain]
    slots: [day, seats, size]
    on: {book: booked, leave: {say: Off., next: hangup}, %(on)s}
    %(keys)s
  booked: {ask: 'Booked {{ day }}.', on: {yes: lead, no: menu}}
  menu: {ask: What?, on: {yes: lead, "5": pinned}}
  pinned: {collect: [pin], next: lead}
  person: {ask: A person., on: {yes: back}}
  gone: {hangup: Gone.}
  sorry: {ask: Sorry., on: {yes: lead}}
always: {on: {person: person, "9": person, error: sorry}}
"""


def led(keys="say: How can I help?", *, on="error: sorry", start="lead", top="", flow=LED):
    return Call(flow % {"keys": keys, "on": on, "start": start, "top": top})


def told(call):
    """What the model is told by its tools, in the question that it is asked next."""
    assert call.asked is not None
    return [m.text for m in call.asked.messages if m.role == "tool"]


# -- beginning -------------------------------------------------------------------------------------


def test_the_model_opens_where_the_state_says_nothing_itself():
    call = led("turns: 3")
    assert call.said == []
    [system] = call.asked.messages
    assert system.text.startswith("You work for City Clinic.\n\n")
    assert "Speak en-IN. It is Sunday, 2026-11-22 09:15." in system.text
    call.model("Good morning.", "How are you?")
    assert call.said == ["Good morning.", "How are you?"]
    assert isinstance(call.effects[-1], Listen)


def test_where_the_state_speaks_first_the_model_waits_for_the_caller():
    call = led()
    assert call.said == ["How can I help?"]
    assert call.asked is None
    call.caller("I am ill")
    assert [(m.role, m.text) for m in call.asked.messages[1:]] == [
        ("assistant", "How can I help?"),
        ("user", "I am ill"),
    ]
    assert Understood("I am ill", "lead", None, 1.0, "model") in call.effects


def test_each_sentence_is_spoken_as_soon_as_it_is_there():
    call = led("turns: 3")
    [line] = call.gets(ModelSaid, errand=1, text="Good morning.")
    assert isinstance(line, Say)
    assert call.gets(ModelSaid, errand=1, text="  ") == ()
    call.gets(PlayedOut, say=1)
    # The silence clock does not run while the model still speaks.
    assert "no_input" not in call.running
    call.gets(ModelDone, errand=1)
    assert call.timers["no_input"] == (0, 6.0)


def test_what_the_model_says_is_no_template():
    call = led("turns: 3")
    call.model("It costs {{ 1 + 1 }}.")
    assert call.said == ["It costs {{ 1 + 1 }}."]


# -- ways out --------------------------------------------------------------------------------------


def test_a_clear_intent_leads_out_without_the_model():
    call = led()
    call.caller("please book it")
    assert call.asked is None
    assert understood(call.effects) == [("book", "words")]
    # It speaks of a day that nobody has named.
    assert call.said == ["Sorry."]


@pytest.mark.parametrize("score", [0.2, 0.5])
def test_an_intent_that_the_classifier_is_not_sure_of_is_left_to_the_model(score):
    call = led()
    call.hears_all()
    call.gets(Heard, text="I might go")
    call.gets(Classified, turn=1, ranking=(("leave", score),))
    assert call.asked is not None


def test_an_intent_that_the_classifier_is_sure_of_leads_out():
    call = led()
    call.hears_all()
    call.gets(Heard, text="I really must go")
    call.gets(Classified, turn=1, ranking=(("leave", 0.8),))
    assert call.said == ["Off.", "Goodbye."]


def test_a_key_leads_out_and_stops_the_model():
    call = led("turns: 3", on='"2": menu')
    call.gets(ModelSaid, errand=1, text="Hello.")
    call.gets(Pressed, digit="2")
    assert call.said == ["What?"]
    assert StopErrand(1) in call.effects
    assert StopSpeaking() in call.effects


def test_the_model_takes_a_way_out():
    call = led()
    call.caller("tomorrow please, for good")
    call.model(calls=[("fill_slots", {"day": "2026-11-23"}), ("take_way_out", {"way": "book"})])
    assert call.said == ["Booked 2026-11-23."]
    assert call.state.intent == "book"
    assert call.asked is None


def test_the_model_can_take_no_way_that_ends_the_call_or_is_not_there():
    call = led()
    call.caller("hm")
    names = [tool.name for tool in call.asked.tools]
    assert names == ["free", "plain", "fill_slots", "take_way_out"]
    way = call.asked.tools[-1].parameters["properties"]["way"]
    assert way["enum"] == ["book"]
    assert way["description"] == "book: The caller wants to book"
    call.model(calls=[("take_way_out", {"way": "leave"}), ("take_way_out", {})])
    assert told(call) == ["There is no way out named 'leave'.", "There is no way out named ''."]


def test_without_ways_slots_and_tools_the_model_is_offered_none():
    call = Call("""
providers: {llm: some}
states: {lead: {prompt: Talk., turns: 2, on: {"1": end}}, end: {hangup: Bye.}}
""")
    assert call.asked.tools == ()
    assert "take_way_out" not in call.asked.messages[0].text
    assert "fill_slots" not in call.asked.messages[0].text


def test_a_way_out_whose_conditions_do_not_hold_leaves_the_model_listening():
    call = led(on="fees: {when: times, next: menu}")
    call.caller("hm")
    call.model(calls=[("take_way_out", {"way": "fees"})])
    assert call.said == []
    assert isinstance(call.effects[-2], Listen)


def test_a_way_out_may_set_and_say_and_stay():
    call = led(on="fees: {set: {note: \"'asked'\"}, say: Noted.}")
    call.caller("hm")
    call.model("I see.", calls=[("take_way_out", {"way": "fees"})])
    assert call.said == ["I see.", "Noted."]
    assert call.state.variables["note"] == "asked"
    assert call.state.state == "lead"


# -- slots and tools -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slots", "reason"),
    [
        ({"day": "2026-11-20"}, "day was refused: That day has passed. Ask the caller again."),
        ({"seats": "12"}, "seats was refused: its value is not allowed. Ask the caller again."),
        ({"day": "soonish"}, "day was refused: it is no date. Ask the caller again."),
        ({"size": "huge"}, "size was refused: it is no choice. Ask the caller again."),
        ({"pin": "4711"}, "There is no slot 'pin'."),
        ({"colour": "red"}, "There is no slot 'colour'."),
        ({}, "Nothing was given."),
        ({"size": "big", "seats": 4}, "size is kept. seats is kept."),
    ],
)
def test_the_slots_own_rules_judge_what_the_model_has_understood(slots, reason):
    call = led()
    call.caller("hm")
    call.model(calls=[("fill_slots", slots)])
    assert told(call) == [reason]
    assert call.state.slots == ({"size": "large", "seats": 4} if len(slots) == 2 else {})


def test_a_recorded_refusal_is_told_by_its_words():
    flow = LED.replace("invalid: That day has passed.", "invalid: {audio: no.wav, say: Too late.}")
    call = led(flow=flow)
    call.caller("hm")
    call.model(calls=[("fill_slots", {"day": "2026-11-20"})])
    assert told(call) == ["day was refused: Too late. Ask the caller again."]


def test_a_tool_is_a_request_whose_arguments_are_slots():
    call = led(top="limits: {turns: 50}")
    call.caller("what is free tomorrow")
    [free, plain, *_] = call.asked.tools
    assert free.description == "Free times of a day."
    assert plain.description == "Ask the system for plain."
    assert free.parameters == {
        "type": "object",
        "properties": {"day": {"type": "string", "description": "day, as YYYY-MM-DD"}},
        "required": [],
        "additionalProperties": False,
    }
    fill = call.asked.tools[2].parameters["properties"]
    assert fill["size"] == {"type": "string", "enum": ["small", "large"], "description": "size"}
    call.model("Let me look.", calls=[("free", {"day": "2026-11-24"})])
    assert call.said == ["Let me look."]
    assert call.sent.values["day"] == date(2026, 11, 24)
    assert "errand" in call.running
    call.answered(200, {"times": ["17:00"]})
    assert call.state.variables["times"] == ["17:00"]
    assert told(call) == ['status 200: {"times": ["17:00"]}']
    [asked] = [m for m in call.asked.messages if m.calls]
    assert (asked.role, asked.text, asked.calls[0].tool) == ("assistant", "", "free")
    call.model("Five is free.")
    assert call.said == ["Five is free."]
    # In later turns the model still knows what the tool has told.
    call.caller("and at six")
    assert ("system", 'A tool has told: status 200: {"times": ["17:00"]}') in [
        (m.role, m.text) for m in call.asked.messages
    ]
    assert "Known already: day: Tuesday, 24th November." in call.asked.messages[0].text


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"day": "2026-11-20"}, "day was refused: That day has passed. Ask the caller again."),
        ({"day": "?"}, "day was refused: it is no date. Ask the caller again."),
        ({"note": "x"}, "There is no argument 'note'."),
        ({"seats": "2"}, "There is no argument 'seats'."),
        ({"pin": "4711"}, "There is no argument 'pin'."),
    ],
)
def test_a_tool_with_wrong_arguments_is_not_used(arguments, reason):
    call = led()
    call.caller("hm")
    call.model(calls=[("free", arguments)])
    assert call.sent is None
    assert told(call) == [reason]


def test_a_value_that_is_known_already_is_no_new_argument():
    call = led()
    call.caller("hm")
    call.model(calls=[("fill_slots", {"day": "2026-11-24"}), ("free", {"day": "2026-11-24"})])
    assert call.sent is not None


def test_the_model_can_ask_for_no_other_request():
    call = led()
    call.caller("hm")
    call.model(calls=[("delete_all", {})])
    assert told(call) == ["There is no tool named 'delete_all'."]


def test_a_tool_without_save_tells_its_whole_answer_cut_to_a_length():
    call = led()
    call.caller("hm")
    call.model(calls=[("plain", {})])
    call.answered(404, "x" * 5000)
    [text] = told(call)
    assert text == f"status 404: {'x' * 4000} …"


def test_a_tool_that_fails_is_told_to_the_model():
    for fail, reason in (
        (lambda call: call.unanswered(), "This failed: unreachable."),
        (lambda call: call.fires("errand"), "This failed: gave no answer in time."),
    ):
        call = led()
        call.caller("hm")
        call.model(calls=[("plain", {}), ("fill_slots", {"seats": "2"})])
        fail(call)
        assert told(call) == [reason, "seats is kept."]


def test_several_tools_in_one_answer_are_used_one_after_the_other():
    call = led()
    call.caller("hm")
    call.model(
        calls=[("plain", {}), ("free", {"day": "2026-11-24"}), ("take_way_out", {"way": "book"})]
    )
    assert call.sent.request.name == "plain"
    call.answered(200, {"a": 1})
    assert call.sent.request.name == "free"
    call.answered(200, {"times": []})
    assert call.said == ["Booked 2026-11-24."]


def test_who_waits_for_a_tool_is_told_so():
    call = led()
    call.caller("hm")
    call.model(calls=[("free", {"day": "2026-11-24"})])
    call.fires("hold")
    assert call.said == ["One moment."]


def test_a_model_that_asks_for_tools_for_ever_is_an_error():
    call = led()
    call.caller("hm")
    for _ in range(7):
        call.model(calls=[("plain", {})])
        if call.sent is None:
            break
        call.answered()
    assert call.failures == ["the model asked for tools again and again"]
    assert call.said == ["Sorry."]


def test_a_path_that_fails_on_a_tools_answer_is_an_error():
    flow = LED.replace("save: {times: body.times}", "save: {times: 'abs(body)'}")
    call = led(flow=flow)
    call.caller("hm")
    call.model(calls=[("free", {"day": "2026-11-24"})])
    call.answered(200, "x")
    assert call.failures == ["'abs(body)' failed: JMESPathTypeError"]
    assert call.said == ["Sorry."]


# -- while the model thinks, speaks and waits ------------------------------------------------------


def test_what_is_heard_is_what_is_remembered():
    call = led("turns: 3")
    call.gets(ModelSaid, errand=1, text="Good morning to you.")
    call.gets(ModelSaid, errand=1, text="How are you?")
    assert call.gets(SpeechSustained)[-1] == PauseSpeaking()
    assert call.says("book a doctor")[0] == StopSpeaking()
    call.gets(SpeechCut, say=1, heard="Good morning")
    call.gets(SpeechCut, say=2, heard="")
    call.says("tomorrow")
    assert [(m.role, m.text) for m in call.asked.messages[1:]] == [
        ("assistant", "Good morning"),
        ("user", "book a doctor"),
        ("user", "tomorrow"),
    ]


def test_who_barges_in_hears_nothing_more_of_what_the_model_was_saying():
    call = led("turns: 3")
    call.gets(ModelSaid, errand=1, text="Good morning.")
    call.gets(SpeechSustained)
    assert call.gets(Heard, text="stop it")[0] == StopSpeaking()
    assert StopErrand(1) in call.effects
    assert call.gets(ModelSaid, errand=1, text="I can do many things.") == ()
    assert call.gets(ModelCalled, errand=1, call=ModelCall("c", "plain", {})) == ()
    assert call.gets(ModelDone, errand=1, tokens=7) == ()
    assert call.state.tokens == 7
    call.gets(SpeechCut, say=1, heard="Good")
    assert call.said == []


def test_a_line_that_must_be_heard_goes_on_while_the_caller_speaks():
    call = led("barge_in: false")
    call.gets(ModelSaid, errand=1, text="Good morning.")
    call.gets(SpeechStarted)
    call.gets(ModelSaid, errand=1, text="How are you?")
    assert call.said == ["How are you?"]


def test_the_caller_may_go_on_before_the_model_has_said_a_word():
    call = led()
    call.caller("I would like")
    call.gets(SpeechSustained)
    assert StopErrand(1) in call.says("to see a doctor")
    assert [m.text for m in call.asked.messages[2:]] == ["I would like", "to see a doctor"]


NOISES = [(NothingHeard, {}), (Heard, {"text": " "}), (Heard, {"text": "uh-huh"})]


@pytest.mark.parametrize("noise", NOISES)
def test_a_noise_while_the_model_thinks_lets_it_think_on(noise):
    event, fields = noise
    call = led()
    call.caller("I am ill")
    call.gets(SpeechStarted)
    call.gets(SpeechSustained)
    assert call.gets(event, **fields) == (ResumeSpeaking(),)
    call.model("Oh dear.")
    assert call.said == ["Oh dear."]


@pytest.mark.parametrize("noise", NOISES)
def test_a_noise_while_the_model_speaks_takes_nothing_from_what_it_says(noise):
    event, fields = noise
    call = led("turns: 3")
    call.gets(ModelSaid, errand=1, text="Good morning.")
    call.gets(SpeechStarted)
    call.gets(SpeechSustained)
    call.gets(ModelSaid, errand=1, text="How are you?")
    assert call.gets(event, **fields) == (ResumeSpeaking(),)
    call.gets(ModelDone, errand=1)
    call.hears_all()
    assert call.asked is None
    assert "no_input" in call.running
    call.says("fine thanks")
    assert [m.text for m in call.asked.messages[1:]] == [
        "Good morning.",
        "How are you?",
        "fine thanks",
    ]


def test_a_model_that_takes_long_to_begin_is_excused():
    call = led("say: How can I help?\n    hold: Let me think.")
    call.caller("I am ill")
    assert call.timers["hold"] == (call.state.errand, 2.0)
    call.fires("hold")
    assert call.said == ["Let me think."]
    call.fires("hold")
    # It is still being said.
    assert call.said == []
    call.hears_all()
    call.gets(ModelSaid, errand=call.state.errand, text="Oh dear.")
    call.hears_all()
    call.fires("hold")
    assert call.said == []
    assert "hold" not in call.running


def test_a_model_without_hold_thinks_in_silence():
    call = led()
    call.caller("I am ill")
    assert "hold" not in call.running


def test_what_is_said_while_a_tool_is_used_is_told_to_the_model_afterwards():
    call = led()
    call.caller("what is free")
    call.model(calls=[("free", {"day": "2026-11-24"})])
    call.gets(SpeechStarted)
    call.gets(Heard, text="in the evening")
    # The request goes on: it may have changed something already.
    assert not any(isinstance(x, StopErrand) for x in call.effects)
    assert call.asked is None
    call.answered(200, {"times": []})
    assert [m.text for m in call.asked.messages if m.role == "user"] == [
        "what is free",
        "in the evening",
    ]


def test_a_way_out_and_always_are_heard_while_a_tool_is_used_and_other_keys_are_not():
    for act, heard in (
        (lambda call: call.gets(Heard, text="book it"), "booked"),
        (lambda call: call.gets(Heard, text="a person please"), "person"),
        (lambda call: call.gets(Pressed, digit="1"), "booked"),
        (lambda call: call.gets(Pressed, digit="9"), "person"),
        (lambda call: call.gets(Pressed, digit="7"), "lead"),
    ):
        call = led()
        call.caller("what is free")
        call.model(calls=[("free", {"day": "2026-11-24"})])
        act(call)
        assert call.state.state == heard
        assert bool(call.state.errand) is (heard == "lead")


def test_what_tools_have_told_is_not_forgotten_when_the_caller_goes_on():
    call = led()
    call.caller("what is free")
    call.model(calls=[("plain", {})])
    call.answered(200, "seventeen")
    call.gets(SpeechStarted)
    call.says("quickly")
    assert any("A tool has told: status 200: seventeen" in m.text for m in call.asked.messages)


def test_an_answer_that_comes_too_late_changes_nothing():
    call = led("turns: 3")
    call.fires("errand")
    assert call.failures == ["llm failed: took too long"]
    assert call.said == ["Sorry."]
    before = call.state
    assert call.gets(ModelSaid, errand=1, text="Hello.") == ()
    assert call.gets(ProviderFailed, kind="llm", reason="x", errand=1) == ()
    assert call.gets(ProviderFailed, kind="llm", reason="x") == ()
    assert call.gets(RequestAnswered, errand=1, status=200) == ()
    assert call.state == before


def test_an_answer_without_words_or_tools_is_no_answer():
    call = led("tries: 2")
    call.model()
    assert call.said == ["Sorry, I did not get that."]
    call.caller("hm")
    call.model("Fine.")
    assert call.said == ["Fine."]


def test_silence_is_asked_about_as_in_any_state():
    call = led("no_input: [Still there?]")
    call.model("Hello.")
    call.hears_all()
    call.fires("no_input")
    assert call.said == ["Still there?"]
    assert call.asked is None


def test_an_answer_of_the_flows_own_is_given_inside():
    call = led()
    call.caller("what are your fees")
    assert call.said == ["It is free."]
    assert call.asked is None
    call.caller("and when")
    assert [m.text for m in call.asked.messages[1:]] == [
        "How can I help?",
        "what are your fees",
        "It is free.",
        "and when",
    ]


def test_the_model_goes_on_when_the_call_comes_back_to_it():
    call = led("context: fresh")
    call.model("Hello.")
    call.caller("a real person please")
    assert call.said == ["A person."]
    call.caller("yes")
    assert call.state.state == "lead"
    assert [m.text for m in call.asked.messages[1:]] == [
        "Hello.",
        "a real person please",
        "A person.",
        "yes",
    ]


# -- limits ----------------------------------------------------------------------------------------


def test_after_its_turns_the_model_gives_up():
    call = led("turns: 2\n    give_up: menu")
    call.model("Hello.")
    for _ in range(2):
        call.caller("hm")
        call.model("Well.")
    call.caller("hm")
    assert call.said == ["What?"]


def test_the_limit_of_tokens_ends_it_before_the_next_answer():
    call = led("turns: 3", top="limits: {tokens: 100}")
    call.model("Hello.", tokens=100)
    assert call.said == ["Hello."]
    call.caller("hm")
    assert call.asked is None
    assert call.state.end_reason == "over_limit"


def test_the_limit_of_tokens_ends_it_between_tools():
    call = led("turns: 3", top="limits: {tokens: 100}")
    call.model(calls=[("plain", {})], tokens=60)
    call.answered()
    call.model(calls=[("plain", {})], tokens=60)
    assert call.sent is None
    assert call.state.end_reason == "over_limit"


def test_a_model_that_is_down_is_the_states_error_or_leads_where_the_flow_says():
    call = led("turns: 3")
    call.gets(ProviderFailed, kind="llm", reason="out of order", errand=1)
    assert call.said == ["Sorry."]
    assert call.failures == ["llm failed: out of order"]
    flow = LED.replace("error: sorry}}", "error: sorry}, provider_down: {llm: menu}}")
    call = led("turns: 3", flow=flow)
    call.gets(ProviderFailed, kind="llm", reason="out of order", errand=1)
    assert call.said == ["What?"]


def test_a_model_that_is_always_down_does_not_keep_the_call_circling():
    call = led("turns: 3", on="error: {say: Hm., next: lead}")
    for _ in range(60):
        if not call.state.errand:
            break
        call.gets(ProviderFailed, kind="llm", reason="down", errand=call.state.errand)
    assert call.state.end_reason == "error"


def test_a_task_that_fails_is_an_error():
    flow = LED.replace("You work for {{ clinic }}", "You work at {{ times[3] }}")
    call = led("turns: 3", flow=flow)
    assert call.said == ["Sorry."]


# -- context ---------------------------------------------------------------------------------------


def entered(context):
    call = led(f"say: How can I help?\n    context: {context}", start="menu")
    call.caller("yes")
    return call


def test_keep_shows_the_model_all_that_was_said():
    call = entered("keep")
    call.caller("hm")
    assert [m.text for m in call.asked.messages[1:]] == ["What?", "yes", "How can I help?", "hm"]


def test_fresh_shows_the_model_what_was_said_in_its_state():
    call = entered("fresh")
    call.caller("hm")
    assert [m.text for m in call.asked.messages[1:]] == ["How can I help?", "hm"]


def test_summary_sums_up_what_was_said_before():
    call = entered("summary")
    assert call.said == ["How can I help?"]
    assert call.asked.whole
    assert [m.text for m in call.asked.messages[1:]] == ["Bot: What?\nCaller: yes"]
    call.gets(ModelSaid, errand=1, text="The caller agreed.")
    assert call.said == []
    call.gets(ModelDone, errand=1)
    assert call.asked is None
    call.caller("hm")
    assert "What was said before: The caller agreed." in call.asked.messages[0].text
    assert [m.text for m in call.asked.messages[1:]] == ["How can I help?", "hm"]


def test_who_speaks_while_the_model_sums_up_is_answered_when_it_has():
    call = entered("summary")
    call.hears_all()
    call.gets(SpeechStarted)
    call.gets(Heard, text="I am ill")
    assert call.asked is None
    call.model("The caller agreed.")
    assert [m.text for m in call.asked.messages[1:]] == ["How can I help?", "I am ill"]


def test_a_summary_that_fails_or_is_empty_is_done_without():
    call = entered("summary")
    call.gets(ProviderFailed, kind="llm", reason="down", errand=1)
    assert call.failures == ["llm failed: down"]
    call.caller("hm")
    assert "What was said before" not in call.asked.messages[0].text
    call = entered("summary")
    call.model()
    call.caller("hm")
    assert "What was said before" not in call.asked.messages[0].text


def test_nothing_is_summed_up_where_nothing_was_said():
    call = led("context: summary")
    assert not call.asked.whole


def test_a_way_out_while_the_model_sums_up_is_taken():
    call = entered("summary")
    call.hears_all()
    call.gets(Pressed, digit="1")
    assert StopErrand(1) in call.effects
    assert not call.state.is_summing_up


# -- what is sensitive -----------------------------------------------------------------------------


def test_nothing_sensitive_is_ever_shown_to_the_model():
    flow = LED.replace("You work for {{ clinic }}.", "The PIN is {{ pin }}, {{ note }}.")
    call = led("say: 'Your PIN is {{ pin }}.'", start="menu", flow=flow)
    call.hears_all()
    call.gets(Pressed, digit="5")
    call.hears_all()
    for digit in "4711":
        call.gets(Pressed, digit=digit)
    assert call.said == ["Your PIN is 4711."]
    call.caller("it is 4711 I said")
    shown = json.dumps([m.text for m in call.asked.messages])
    assert "4711" not in shown
    assert "The PIN is [pin], none." in shown
    assert "Your PIN is [pin]." in shown
    tools = json.dumps([dict(tool.parameters) for tool in call.asked.tools])
    assert "pin" not in tools


def test_a_rehearsal_of_it_ends():
    talk = rehearse(LED % {"keys": "say: Hi.", "on": "error: sorry", "start": "lead", "top": ""})
    shown = talk.caller("hm")
    assert [x.message for x in shown if isinstance(x, Failed)] == ["llm failed: is down"]
