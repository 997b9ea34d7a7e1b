"""What a session has heard, from events in any order that OpenAI's API reference allows."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai._models import construct_type_unchecked
from openai.types.realtime import RealtimeServerEvent

from providers.openai_heard import Heard

pytestmark = pytest.mark.openai

TRANSCRIPTION = "conversation.item.input_audio_transcription"


def event(kind, **fields):
    """An event as the client library makes it of what comes, whatever that is."""
    value = {"type": kind, "event_id": "event_1", **fields}
    return construct_type_unchecked(value=value, type_=RealtimeServerEvent)


def delta(item, text):
    return event(f"{TRANSCRIPTION}.delta", item_id=item, content_index=0, delta=text)


def committed(item):
    return event("input_audio_buffer.committed", item_id=item, previous_item_id=None)


def completed(item, text, **more):
    return event(
        f"{TRANSCRIPTION}.completed", item_id=item, content_index=0, transcript=text, **more
    )


def heard(*events, commits=1):
    session = Heard()
    session.begin()
    for _ in range(commits):
        session.commit()
    for one in events:
        session.take(one)
    return session


def test_deltas_are_partial_and_the_completed_text_is_the_transcript():
    session = heard(committed("a"), delta("a", "fi"), delta("a", "ve"))
    assert (session.partial, session.is_whole) == ("five", False)
    session.take(completed("a", " Five. "))
    assert (session.transcript.text, session.is_whole) == ("Five.", True)


def test_what_is_told_before_it_is_committed_is_partial_too():
    session = Heard()
    session.begin()
    session.take(delta("a", "at "))
    session.take(delta("a", "five"))
    assert (session.partial, session.is_whole) == ("at five", True)
    session.commit()
    session.take(committed("a"))
    session.take(delta("b", "and"))
    assert session.partial == "at five and"


def test_parts_are_in_the_order_of_their_commits_whichever_is_done_first():
    events = (committed("a"), committed("b"), completed("b", "past nine"), completed("a", "half"))
    assert heard(*events, commits=2).transcript.text == "half past nine"


def test_a_server_may_complete_what_it_never_called_committed():
    assert heard(completed("a", "Yes."), committed("a")).transcript.text == "Yes."


@pytest.mark.parametrize("since", range(5))
@pytest.mark.parametrize("is_told_early", [False, True])
def test_what_comes_late_of_an_utterance_is_none_of_the_next(since, is_told_early):
    first = [delta("a", "ol")] * is_told_early
    first += [committed("a"), delta("a", "ol"), delta("a", "d"), completed("a", "old")]
    session = heard(*first[:since])
    session.begin()
    session.commit()
    for one in (*first[since:], committed("b"), completed("b", "new")):
        session.take(one)
    assert session.is_whole
    assert session.transcript.text == session.partial == "new"


def test_confidence_is_that_of_all_tokens_of_all_parts():
    one = completed("a", "half", logprobs=[{"token": "half", "logprob": -0.1, "bytes": []}])
    two = completed("b", "nine", logprobs=[{"token": "nine", "logprob": -0.5, "bytes": []}])
    session = heard(committed("a"), committed("b"), one, two, commits=2)
    assert session.transcript.confidence == pytest.approx(math.exp(-0.3))


@pytest.mark.parametrize(
    ("told", "message", "retryable"),
    [
        (
            event("error", error={"type": "invalid_request_error", "code": "model_not_found"}),
            "reported an error in its session (model_not_found)",
            False,
        ),
        (
            event("error", error={"type": "server_error", "code": None, "message": "five"}),
            "reported an error in its session",
            True,
        ),
        (event("error", error={"code": "Five, he said"}), "reported an error in its session", True),
        (event("error"), "reported an error in its session", True),
        (
            event(f"{TRANSCRIPTION}.failed", item_id="a", error={"code": "audio_unintelligible"}),
            "could not transcribe (audio_unintelligible)",
            True,
        ),
        (completed("a", None), "sent a transcript that cannot be read", True),
        (completed("a", ["Yes."]), "sent a transcript that cannot be read", True),
    ],
)
def test_what_goes_wrong_is_told_in_the_vendors_short_word(told, message, retryable):
    failure = heard(committed("a"), told).failure
    assert (failure.message, failure.retryable) == (message, retryable)


def test_the_first_failure_is_the_one_that_is_told():
    session = heard(event("error", error={"code": "first"}), event("error", error={"code": "two"}))
    assert "first" in session.failure.message


ITEMS = st.sampled_from("abc")
EVENTS = st.one_of(
    st.builds(delta, ITEMS, st.sampled_from(["x", "", None])),
    st.builds(committed, ITEMS),
    st.builds(completed, ITEMS, st.sampled_from(["x", "", None])),
    st.builds(event, st.sampled_from(["session.updated", "unheard.of", ""])),
    st.sampled_from([None, 7, "x", [], {}]),
)


@given(st.lists(st.one_of(EVENTS, st.sampled_from(["begin", "commit"])), max_size=30))
def test_no_order_of_events_is_a_crash_and_each_commit_waits_for_one_text(steps):
    session, commits = Heard(), 0
    for step in steps:
        match step:
            case "begin":
                session.begin()
                commits = 0
            case "commit":
                session.commit()
                commits += 1
            case _:
                session.take(step)
    assert session.updates_due == 0
    assert isinstance(session.partial, str)
    assert len(session.transcript.text.split()) <= commits
