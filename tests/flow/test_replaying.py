"""A kept call, played to the same flow and to edited ones."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kept_calls import FLOW, a_call, edited, keeping, kept
from scripted_calls import MORNING, flow_of, no_rank
from test_engine_properties import ENDINGS, EVENTS, FLOWS, flows, quick
from test_errand_properties import COURSES, TALK, World, go_through

from runtime.flow.conversation.stand_ins import WebReply
from runtime.flow.engine.events import (
    CallStarted,
    EndAsked,
    Heard,
    PlayedOut,
    Recorded,
    RequestAnswered,
    TimerFired,
)
from runtime.flow.replay import KeptProblem, KeptStep
from runtime.flow.replay.path import Mark
from runtime.flow.replay.replaying import Likeness, as_json, replay
from runtime.flow.replay.summing_up import sum_up


def told(marks) -> list[str]:
    return [f"{mark.kind} {mark.text}".strip() for mark in marks]


def test_the_same_flow_gives_the_same_call():
    done = replay(flow_of(FLOW), a_call(FLOW))
    assert done.likeness is Likeness.SAME
    assert (done.parting, done.words, done.was_end, done.now_end) == (None, (), "hangup", "hangup")
    assert told(done.shared) == [
        "bot Welcome.",
        "state menu",
        "bot Book or cancel?",
        "caller book",
        "understood book (words)",
        "state visit",
        "bot Which day?",
        "caller tomorrow",
        "understood a value (slot)",
        "state find",
        "request free",
        "answer 200",
        "state offer",
        "bot At nine?",
        "caller yes",
        "understood yes (words)",
        "state done",
        "bot Bye.",
        "ended hangup",
    ]


def test_an_edit_that_the_call_never_met_changes_nothing():
    assert replay(edited("It is cancelled.", "Gone."), a_call(FLOW)).likeness is Likeness.SAME


def test_other_words_on_the_same_path_are_told_apart():
    flow = edited("Which day?", "For which day?")
    done = replay(flow, a_call(FLOW))
    assert done.likeness is Likeness.WORDS
    assert [(x.state, x.was, x.now) for x in done.words] == [
        ("visit", "Which day?", "For which day?")
    ]
    assert done.now_end == "hangup"


def test_one_line_more_moves_no_number_out_of_place():
    flow = edited("visit: {collect", "visit: {say: 'Good.', collect")
    done = replay(flow, a_call(FLOW))
    assert done.likeness is Likeness.WORDS
    assert [(x.was, x.now) for x in done.words] == [("Which day?", "Good. / Which day?")]
    assert done.now_end == "hangup"


def test_one_line_less_neither():
    done = replay(edited("greeting: Welcome.\n", ""), a_call(FLOW))
    assert (done.likeness, done.now_end) == (Likeness.WORDS, "hangup")


def test_a_line_where_nothing_was_said_is_heard_to_its_end():
    flow = FLOW.replace("greeting: Welcome.", "settings: {no_input_after: 5s}")
    flow = flow.replace("settings: {", "settings: {barge_in: false, ")
    quiet = flow.replace("ask: Book or cancel?", "ask: '{{ times | join }}'")
    steps = a_call(quiet, acts=("book", "tomorrow", "yes"))
    done = replay(flow_of(flow), steps)
    assert (done.likeness, done.now_end) == (Likeness.WORDS, "hangup")


def test_how_long_it_waits_is_a_detail():
    flow = flow_of(f"settings: {{no_input_after: 7s}}\n{FLOW}")
    assert replay(flow, a_call(FLOW)).likeness is Likeness.DETAILS


def test_a_shorter_patience_would_have_spoken_earlier():
    flow = flow_of(f"settings: {{no_input_after: 4s}}\n{FLOW}")
    steps = a_call(FLOW, acts=("-", "book", "-", "-", "-"), end=False)
    done = replay(flow, steps)
    assert done.likeness is Likeness.DETAILS
    assert done.was_end == done.now_end == "gave_up"


def test_another_way_is_shown_beside_what_was():
    flow = edited("ok: offer", "ok: sorry")
    done = replay(flow, a_call(FLOW))
    assert done.likeness is Likeness.PATH
    assert done.parting.state == "visit"
    assert done.parting.event == "heard"
    assert done.parting.first == ("state offer", "state sorry")
    assert told(done.parting.was)[4:] == [
        *("answer 200", "state offer", "bot At nine?", "caller yes", "understood yes (words)"),
        *("state done", "bot Bye.", "ended hangup"),
    ]
    assert told(done.parting.now)[4:] == [
        *("answer 200", "state sorry", "bot Sorry.", "state done", "bot Bye.", "ended hangup"),
    ]
    assert done.parting.unknown == ""


def test_after_the_parting_the_caller_does_what_he_did():
    flow = flow_of(
        FLOW.replace("book: visit,", "book: sure,").replace(
            "  visit: {collect", "  sure: {ask: 'Sure?', on: {yes: visit}}\n  visit: {collect"
        )
    )
    done = replay(flow, a_call(FLOW, acts=("book", "tomorrow", "yes", "yes")), rank=no_rank)
    assert done.parting.first == ("state visit", "state sure")
    now = told(done.parting.now)
    assert now[:4] == ["caller book", "understood book (words)", "state sure", "bot Sure?"]
    assert "caller tomorrow" in now
    assert now[now.index("state visit") + 1] == "bot Which day?"
    assert done.parting.unknown == "the caller did nothing more"


def test_a_request_that_nobody_answered_then_is_not_guessed():
    flow = FLOW.replace("cancel: gone", "cancel: undo").replace(
        "  gone:", "  undo: {request: undo, on: {ok: gone, error: sorry}}\n  gone:"
    )
    flow = flow.replace("variables:", "  undo: {post: 'https://example.com'}\nvariables:")
    done = replay(flow_of(flow), a_call(FLOW, acts=("cancel",)))
    assert done.parting.first == ("state gone", "state undo")
    assert done.parting.unknown == "what the request 'undo' would have got is not known"
    assert done.now_end == ""


def test_the_answers_that_there_were_are_given_again():
    flow = edited("menu: {ask: Book or cancel?", "menu: {ask: Book or cancel?, give_up: find")
    assert replay(flow, a_call(FLOW)).likeness is Likeness.SAME
    flow = edited("on: {yes: done, no: menu}", "on: {yes: find, no: menu}")
    done = replay(flow, a_call(FLOW))
    assert told(done.parting.now)[-3:] == ["answer 200", "state offer", "bot At nine?"]


def test_a_request_gets_no_answer_of_another():
    other = "  other: {get: 'https://example.com/2', save: {times: body.times}}\nvariables:"
    flow = FLOW.replace("variables:", other).replace("request: free", "request: other")
    done = replay(flow_of(flow), a_call(FLOW))
    assert done.parting.first == ("request free", "request other")
    assert told(done.parting.now)[-1] == "request other"
    assert done.parting.unknown == "what the request 'other' would have got is not known"


def test_answers_are_given_in_the_order_of_asking():
    times = iter(("nine", "ten", "two"))

    def web(request, sent):
        return WebReply(body={"times": [next(times)]})

    flow = FLOW.replace("no: menu}", "no: find}")
    steps = a_call(flow, acts=("book", "tomorrow", "no", "no", "yes"), web=web)
    again = flow.replace("done: {hangup: Bye.}", "done: {say: Well., next: find}")
    other = again.replace("no: find}", "no: more}").replace(
        "  sorry:", "  more: {say: More., next: find}\n  sorry:"
    )
    done = replay(flow_of(other), steps)
    assert done.parting.first == ("state find", "state more")
    said = [mark.text for mark in done.parting.now if mark.kind == "bot"]
    assert said[:5] == ["More.", "At ten?", "More.", "At two?", "Well."]
    assert said[5] == "At two?"


def test_what_was_asked_before_the_parting_is_answered_after_it():
    made = keeping(flow_of(FLOW), CallStarted(at=MORNING, call_id="c"))
    for text in ("", "book", "tomorrow", "cancel", "what"):
        made.gets(PlayedOut(at=MORNING, say=made.state.said))
        made.gets(Heard(at=MORNING, text=text))
    errand = made.state.errand
    made.gets(RequestAnswered(at=MORNING, errand=errand, status=200, body={"times": ["nine"]}))
    flow = flow_of(f"{FLOW}always: {{on: {{cancel: {{say: Not now.}}}}}}\n")
    done = replay(flow, made.steps)
    assert done.parting.first == ("nothing more", "understood cancel")
    assert told(done.parting.now)[2:6] == [
        *("bot Not now.", "answer 200", "state offer", "bot At nine?"),
    ]


def test_what_a_model_would_say_is_not_guessed():
    flow = FLOW.replace("cancel: gone", "cancel: talk").replace(
        "  gone:", "  talk: {prompt: Be kind., on: {book: gone}}\n  gone:"
    )
    done = replay(flow_of(f"providers: {{llm: x}}\n{flow}"), a_call(FLOW, acts=("cancel",)))
    assert done.parting.unknown == "what the language model would have answered is not known"
    assert told(done.parting.now)[-1] == "model is asked"


RANKED = {"I would like a visit": (("book", 0.9),)}


def ranks(text, intents):
    return RANKED.get(text, ())


def test_what_the_classifier_said_is_kept():
    steps = a_call(FLOW, acts=("I would like a visit", "tomorrow", "yes"), rank=ranks)
    assert replay(flow_of(FLOW), steps).likeness is Likeness.SAME


def test_without_a_classifier_what_it_would_say_is_not_known():
    flow = edited("book: {words: [book],", "book: {words: [visit],")
    done = replay(flow, a_call(FLOW))
    assert done.likeness is Likeness.PATH
    assert done.parting.unknown == "what the classifier makes of it is not known"


def test_words_that_become_examples_are_given_to_the_classifier():
    flow = edited("book: {words: [book],", "book: {words: [visit],")
    done = replay(flow, a_call(FLOW), rank=lambda text, intents: (("book", 0.9),))
    assert done.likeness is Likeness.DETAILS
    assert done.now_end == "hangup"


def test_an_intent_that_is_gone_is_not_offered():
    flow = FLOW.replace("cancel: {words: [cancel]}", "cancel: {examples: [I want it gone]}")
    ranking = (("cancel", 0.5), ("book", 0.45))
    steps = a_call(flow, acts=("it should go",), rank=lambda text, intents: ranking)
    without = flow.replace("  cancel: {examples: [I want it gone]}\n", "")
    without = without.replace(", cancel: gone}", "}").replace(
        "  gone: {say: It is cancelled., next: done}\n", ""
    )
    done = replay(flow_of(without), steps)
    assert "understood book (asked)" in told(done.parting.now)


def test_examples_that_become_words_are_no_other_path():
    steps = a_call(FLOW, acts=("I would like a visit", "tomorrow", "yes"), rank=ranks)
    done = replay(edited("book: {words: [book],", "book: {words: [visit],"), steps)
    assert done.likeness is Likeness.DETAILS


def test_an_operator_who_ended_the_call_ends_the_comparison():
    made = flow_of(FLOW)
    call = kept(made, CallStarted(at=MORNING, call_id="c"), [EndAsked(at=MORNING, reason="drain")])
    assert replay(made, call.steps).was_end == "drain"
    later = [*a_call(FLOW, acts=("book",), end=False)]
    ended = {"event": {"event": "end_asked", "at": MORNING + 60, "reason": "drain"}, "effects": []}
    done = replay(edited("book: visit", "book: gone"), [*later, KeptStep.from_json(ended)])
    assert done.now_end == "hangup"
    done = replay(edited("book: visit", "book: menu"), [*later, KeptStep.from_json(ended)])
    assert done.parting.unknown == "here the call was ended: drain"


def test_keys_and_messages_go_on_as_well():
    flow = FLOW.replace("cancel: gone", '"2": left').replace(
        "  gone:", "  left: {record: Speak., next: done}\n  gone:"
    )
    flow = flow.replace("book: visit,", "book: visit, cancel: gone, ")
    steps = a_call(flow, acts=("2", "hello there"))
    assert replay(flow_of(flow), steps).likeness is Likeness.SAME
    other = flow_of(
        flow.replace("menu: {ask", "menu: {set: {times: '[1]'}, ask").replace(
            "record: Speak., next: done", "record: Speak., next: gone"
        )
    )
    done = replay(other, steps)
    assert done.parting.first == ("state done", "state gone")
    assert "keys 2" in told(done.shared)


@pytest.mark.parametrize("steps", [[], [{"event": "heard", "at": 1.0, "text": "yes"}]])
def test_a_call_whose_beginning_is_lost_is_not_replayed(steps):
    with pytest.raises(KeptProblem, match="beginning"):
        replay(flow_of(FLOW), [KeptStep(event, ()) for event in steps])


def test_a_replay_is_told_to_programs():
    told_so = as_json(replay(edited("ok: offer", "ok: sorry"), a_call(FLOW), call="abc"))
    assert json.loads(json.dumps(told_so)) == told_so
    assert (told_so["call"], told_so["likeness"], told_so["parting"]["state"]) == (
        *("abc", "path"),
        "visit",
    )


SECRET = """
slots: {pin: {type: digits, ask: PIN?, sensitive: true, length: 4}}
states:
  menu: {collect: [pin], next: sure}
  sure: {ask: 'It is {{ pin }}?', on: {yes: end, no: menu}}
  end: {hangup: Bye.}
"""


def test_stand_ins_replay_the_same_and_are_not_shown():
    steps = a_call(SECRET, acts=("four three two one", "no", "8765", "yes"))
    done = replay(flow_of(SECRET), steps)
    assert (done.likeness, done.is_doubtful) == (Likeness.SAME, False)
    assert "caller [pin]" in told(done.shared)
    assert told(done.shared).count("keys *") == 4


def test_stand_ins_are_not_shown_after_the_parting_either():
    flow = SECRET.replace("menu: {collect", "menu: {say: 'Now:', next: ask}\n  ask: {collect")
    steps = a_call(SECRET, ("four three two one", "no", "8", "7", "6", "5", "yes"))
    done = replay(flow_of(flow), steps, rank=no_rank)
    assert done.parting.first == ("asks for digits", "state ask")
    now = told(done.parting.now)
    assert now.count("keys *") == 4
    assert "caller [pin]" in now


def test_asking_for_something_else_is_another_path():
    both = FLOW.replace("slots:", "slots:\n  hour: {type: time, ask: What time?}")
    both = both.replace("collect: [day]", "collect: [day, hour]")
    steps = a_call(both, ("book", "tomorrow", "at five", "yes"))
    done = replay(flow_of(both.replace("[day, hour]", "[hour, day]")), steps)
    assert done.parting.first == ("asks for date", "asks for time")


def test_a_stand_in_that_leads_elsewhere_is_told():
    flow = SECRET.replace("length: 4", "length: 4, valid: value == '8765'")
    done = replay(flow_of(flow), a_call(flow, acts=("8765", "yes")))
    assert (done.likeness, done.is_doubtful) == (Likeness.PATH, True)


# -- any call --------------------------------------------------------------------------------------


@quick
@given(flow=flows, events=EVENTS, end=ENDINGS, seed=st.integers(0, 9))
def test_any_call_replays_identically(flow, events, end, seed):
    events = events if end is None else [*events, end]
    call = kept(flow, CallStarted(at=MORNING, call_id="c", seed=seed), events)
    done = replay(flow, call.steps)
    assert done.is_doubtful or done.likeness is Likeness.SAME


@quick
@given(course=COURSES)
def test_any_call_with_errands_replays_identically(course):
    world = World(TALK)
    go_through(course, world)
    call = kept(TALK, CallStarted(at=MORNING, call_id="c"), world.events)
    done = replay(TALK, call.steps)
    assert done.is_doubtful or done.likeness is Likeness.SAME


@quick
@given(
    flow=flows,
    other=st.sampled_from((*FLOWS, TALK)),
    events=EVENTS,
    end=ENDINGS,
    rank=st.sampled_from((None, no_rank)),
)
def test_any_call_can_be_played_to_any_flow(flow, other, events, end, rank):
    events = events if end is None else [*events, end]
    call = kept(flow, CallStarted(at=MORNING, call_id="c"), events)
    done = replay(other, call.steps, rank=rank)
    assert (done.parting is None) == (done.likeness is not Likeness.PATH)
    assert sum_up([done]).calls == 1


def test_marks_are_plain():
    assert Mark("state", "menu").as_json() == {"kind": "state", "text": "menu"}
    assert Recorded(at=0.0, errand=1, name="").name == TimerFired(at=0.0, timer="", turn=0).timer
