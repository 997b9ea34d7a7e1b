"""A kept call becomes a conversation test, which passes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kept_calls import Recording, a_call
from scripted_calls import flow_of, no_rank
from shipped import BOTS, FLOWS, beside
from test_engine_properties import quick
from test_replaying import FLOW, SECRET

from runtime.call.classifiers import Classifiers
from runtime.cli.chat import Ranking
from runtime.flow.conversation.reading import read_conversations
from runtime.flow.conversation.rehearsal import Rehearsal
from runtime.flow.conversation.running import run, run_by, started
from runtime.flow.conversation.stand_ins import ModelReply, WebReply
from runtime.flow.engine.events import ProviderFailed
from runtime.flow.replay import KeptProblem, KeptStep, encode_event
from runtime.flow.replay.as_test import call_as_test
from runtime.flow.replay.replaying import Likeness, replay

LIGHT = Classifiers("light")


def written(flow, steps, rank=no_rank) -> str:
    return call_as_test(flow_of(flow), steps, "as it was", rank=rank, flow_file="talk.yaml")


def passes(test: str, flow: str, rank=no_rank) -> bool:
    reading = read_conversations(test, "a.test.yaml", open_file=lambda path: flow.encode())
    assert not reading.problems, [str(problem) for problem in reading.problems]
    (conversation,) = reading.conversations
    result = run(conversation, rank)
    assert result.failure is None, result.failure
    return True


def test_a_call_becomes_a_test_that_passes():
    test = written(FLOW, a_call(FLOW))
    assert (
        test
        == """\
flow: talk.yaml
tests:
  - name: as it was
    now: 2026-11-22 09:15:00
    requests:
      free:
        - {status: 200, body: {times: [nine]}}
    talk:
      - bot: Welcome.
      - bot: Book or cancel?
      - caller: book
      - bot: Which day?
      - caller: tomorrow
      - bot: At nine?
      - caller: yes
      - bot: Bye.
      - ended: hangup
"""
    )
    assert passes(test, FLOW)


def test_it_fails_where_the_flow_was_changed():
    test = written(FLOW, a_call(FLOW))
    with pytest.raises(AssertionError, match="Which day"):
        passes(test, FLOW.replace("Which day?", "What day?"))


@pytest.mark.parametrize(
    ("acts", "lines"),
    [
        (("-", "-"), ["silence: true"]),
        (("book", "-", "tomorrow", "no"), ["hang_up: true", "ended: caller_hung_up"]),
        (("book", "~tomorrow", "yes"), ["caller: {text: tomorrow, interrupting: true}"]),
    ],
)
def test_what_a_caller_does_is_written_down(acts, lines):
    test = written(FLOW, a_call(FLOW, acts))
    assert not [line for line in lines if f"- {line}\n" not in test]
    assert "#" not in test
    assert passes(test, FLOW)


KEYS = """
slots: {code: {type: digits, ask: Code?}}
states:
  menu: {ask: What?, barge_in: false, on: {"2": code}}
  code: {collect: [code], next: left}
  left: {record: Speak., next: done}
  done: {hangup: Bye.}
"""


def test_keys_and_messages_are_written_down():
    test = written(KEYS, a_call(KEYS, ("2", "12", "34", "-", "hello there")))
    assert "- press: '2'\n" in test
    assert "- press: '1234'\n" in test
    assert "- caller: a message\n" in test
    assert passes(test, KEYS)


def test_sensitive_values_are_the_stand_ins():
    test = written(SECRET, a_call(SECRET, ("four three two one", "no", "8765", "yes")))
    assert "four three" not in test
    assert "8765" not in test
    assert "- caller: '1357'\n" in test
    assert passes(test, SECRET)


def test_no_answer_a_late_one_and_a_slow_one_are_written_down():
    replies = iter((WebReply(fault="error"), WebReply(fault="timeout"), WebReply(delay=2.0)))
    flow = FLOW.replace("error: sorry}", "error: menu}")
    acts = ("book", "tomorrow") * 3
    test = written(flow, a_call(flow, acts, web=lambda request, sent: next(replies)))
    answers = ("{error: true}", "{timeout: true}", "{status: 200, delay: 2s}")
    assert "".join(f"        - {answer}\n" for answer in answers) in test
    assert passes(test, flow)


HEADERS = FLOW.replace("body.times", 'headers."x-times"')


def test_headers_are_written_where_they_are_used():
    def web(request, sent):
        return WebReply(headers={"x-times": "nine"})

    assert "headers: {x-times: nine}" in written(HEADERS, a_call(HEADERS, web=web))
    assert "headers" not in written(FLOW, a_call(FLOW, web=web))


MODEL = """
providers: {llm: x}
intents: {book: {words: [book]}, other: {description: Something else}}
slots: {day: {type: date, ask: Which day?}}
requests: {look: {get: 'https://example.com', save: {n: body.n}}}
variables: {n: 0}
states:
  menu: {ask: What?, on: {book: talk, other: talk}}
  talk: {prompt: Be kind., tools: [look], slots: [day], on: {other: sure}}
  sure: {ask: 'Sure?', on: {yes: done}}
  done: {hangup: Bye.}
"""


def test_what_a_model_answered_is_written_down():
    replies = iter(
        (
            ModelReply(intent="other", slots={"day": "tomorrow"}),
            ModelReply("One moment.", calls=(("look", {}),)),
            ModelReply("Here."),
            ModelReply(slots={"day": "2026-11-25"}),
            ModelReply(intent="other"),
        )
    )
    steps = a_call(
        MODEL,
        ("quite different", "go on", "yes"),
        model=lambda asked: next(replies),
        web=lambda request, sent: WebReply(body={"n": 2}),
    )
    test = written(MODEL, steps)
    assert "      - {intent: other, slots: {day: tomorrow}}\n" in test
    assert "      - {reply: One moment., calls: [{look: {}}]}\n" in test
    assert "- ended: hangup" in test
    assert "#" not in test
    assert passes(test, MODEL)


def test_a_model_that_was_down_is_written_down():
    steps = a_call(MODEL, ("quite different",), model=lambda asked: ModelReply(is_down=True))
    test = written(MODEL, steps)
    assert "- {down: true}" in test
    assert passes(test, MODEL)


def test_variables_of_the_call_are_written_down():
    test = written(MODEL, a_call(MODEL, (), variables={"n": 3, "names": ["a", "b"]}))
    assert "    variables: {n: 3, names: [a, b]}\n" in test
    assert passes(test, MODEL)


def test_what_a_test_cannot_say_is_told():
    steps = a_call(FLOW, ("book", "tomorrow"), end=False)
    failed = ProviderFailed(at=steps[-1].event["at"] + 1, kind="stt", reason="is down")
    heard = {"effect": "entered", "state": "sorry", "flow": "talk.yaml"}
    test = written(FLOW, [*steps, KeptStep(encode_event(failed), (heard,))])
    assert test.startswith("# A test cannot say what happened here: the failure of stt.\n")
    assert "#   the call: menu, visit, find, offer, sorry\n" in test
    assert "#   the test: menu, visit, find, offer\n" in test
    assert passes(test, FLOW)


def test_a_call_whose_beginning_is_lost_becomes_none():
    with pytest.raises(KeptProblem):
        written(FLOW, [])


SAID = ("book", "tomorrow", "yes", "no", "-", "1", "2", "4321", "what", "repeat", "~yes", "~no")


@quick
@given(
    flow=st.sampled_from((FLOW, KEYS, SECRET)),
    acts=st.lists(st.sampled_from(SAID), max_size=10),
    end=st.booleans(),
)
def test_any_rehearsed_call_becomes_a_test_that_passes(flow, acts, end):
    test = written(flow, a_call(flow, acts, end=end))
    assert "#" not in test
    assert passes(test, flow)


# -- the bots that ship ----------------------------------------------------------------------------


def calls_of(bot):
    """The calls of a bot's own tests: each flow, its classifier, and the steps."""
    file = FLOWS / f"{bot.stem}.test.yaml"
    reading = read_conversations(file.read_text(), file.name, open_file=beside)
    rank = Ranking(reading.conversations[0].flow, LIGHT)
    for conversation in reading.conversations:
        recording = Recording(conversation.flow)

        def begin(of, web, model, recording=recording):
            return Rehearsal(of.flow, rank, started(of), web, model, watch=recording.watch)

        run_by(conversation, begin)
        yield conversation, rank, recording.steps


@pytest.mark.parametrize("bot", BOTS, ids=lambda bot: bot.stem)
def test_the_calls_of_every_bot_that_ships_replay_and_become_tests(bot):
    tests = []
    for conversation, rank, steps in calls_of(bot):
        done = replay(conversation.flow, steps)
        assert (done.likeness, done.is_doubtful) == (Likeness.SAME, False), conversation.name
        if any(step.event["event"] == "provider_failed" for step in steps):
            continue
        test = call_as_test(
            conversation.flow, steps, conversation.name, rank=rank, flow_file=bot.name
        )
        assert "#" not in test, test
        tests.append(test)
    head = f"flow: {bot.name}\ntests:\n"
    assert all(test.startswith(head) for test in tests)
    # Read in one go: the flow is read and checked for each file of tests.
    whole = head + "".join(test.removeprefix(head) for test in tests)
    again = read_conversations(whole, "again.test.yaml", open_file=beside)
    assert not again.problems, whole
    assert len(again.conversations) == len(tests) > 0
    for conversation in again.conversations:
        assert run(conversation, rank).failure is None, conversation.name
