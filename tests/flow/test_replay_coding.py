"""Events and effects as JSON."""

import datetime as dt
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.flow.engine.dialogue import ModelCall, ModelMessage, ModelTool
from runtime.flow.engine.effects import (
    AskModel,
    Classify,
    Effect,
    Entered,
    Failed,
    Finished,
    HangUp,
    Listen,
    PauseSpeaking,
    ResumeSpeaking,
    Say,
    SendRequest,
    StartRecording,
    StartTimer,
    StopErrand,
    StopSpeaking,
    StopTimer,
    Took,
    Understood,
)
from runtime.flow.engine.events import Classified, Event, ModelCalled, RequestAnswered
from runtime.flow.model import BargeIn
from runtime.flow.place import Place
from runtime.flow.replay import KeptProblem, decode_event, encode_effect, encode_event
from runtime.flow.replay.plain import plain, restored
from runtime.flow.request import Request
from runtime.flow.template import Template

texts = st.text(max_size=8)
floats = st.floats(allow_nan=False, allow_infinity=False)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    floats,
    texts,
    st.decimals(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.times(),
    st.datetimes(),
)
keys = st.one_of(texts, st.just("$"))
data = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)
BY_TYPE = {
    float: floats,
    int: st.integers(),
    str: texts,
    bool: st.booleans(),
    object: data,
    Mapping[str, object]: st.dictionaries(keys, data, max_size=3),
    Mapping[str, str]: st.dictionaries(texts, texts, max_size=3),
    ModelCall: st.builds(ModelCall, texts, texts, st.dictionaries(texts, data, max_size=3)),
    tuple[tuple[str, float], ...]: st.lists(st.tuples(texts, floats), max_size=3).map(tuple),
}


def events(made):
    return st.builds(made, **{name: BY_TYPE[kind] for name, kind in get_type_hints(made).items()})


@pytest.mark.parametrize("made", get_args(Event), ids=lambda made: made.__name__)
def test_every_event_comes_back_as_it_was(made):
    @given(event=events(made))
    def comes_back(event):
        written = json.loads(json.dumps(encode_event(event)))
        assert decode_event(written) == event

    comes_back()


@given(value=data)
def test_a_value_comes_back_as_it_was(value):
    back = restored(json.loads(json.dumps(plain(value))))
    assert back == value
    assert type(back) is type(value)


EFFECTS = {
    Say: (
        Say(3, "My 4321", None, "en-IN", BargeIn.SPEECH, "menu", shown="My [pin]"),
        {
            **{"effect": "say", "number": 3, "sound": None, "language": "en-IN"},
            **{"barge_in": "true", "state": "menu", "shown": "My [pin]"},
        },
    ),
    PauseSpeaking: (PauseSpeaking(), {"effect": "pause_speaking"}),
    ResumeSpeaking: (ResumeSpeaking(), {"effect": "resume_speaking"}),
    StopSpeaking: (StopSpeaking(), {"effect": "stop_speaking"}),
    Listen: (
        Listen("menu", ("yes", "no"), True, "en-IN", 0.7, sensitive=True),
        {
            **{"effect": "listen", "state": "menu", "phrases": "5bd0a1e2", "closed": True},
            **{"language": "en-IN", "end_of_speech": 0.7, "sensitive": True},
        },
    ),
    StartTimer: (
        StartTimer("no_input", 2, 6.0),
        {"effect": "start_timer", "timer": "no_input", "turn": 2, "seconds": 6.0},
    ),
    StopTimer: (StopTimer("keys"), {"effect": "stop_timer", "timer": "keys"}),
    Classify: (
        Classify(2, "my words", ("book",)),
        {"effect": "classify", "turn": 2, "intents": "00000000"},
    ),
    SendRequest: (
        SendRequest(
            1,
            Request("free", Place("talk.yaml", 1, 1), "get", Template.parse("https://example.com")),
            {"pin": "4321"},
        ),
        {"effect": "send_request", "errand": 1, "request": "free"},
    ),
    AskModel: (
        AskModel(1, (ModelMessage("system", "Be kind."),), (ModelTool("free", "Times"),), {"a": 1}),
        {
            **{"effect": "ask_model", "errand": 1, "messages": "00000000", "tools": ["free"]},
            "schema": "00000000",
        },
    ),
    StartRecording: (
        StartRecording(1, 60.0),
        {"effect": "start_recording", "errand": 1, "up_to": 60.0},
    ),
    StopErrand: (StopErrand(1), {"effect": "stop_errand", "errand": 1}),
    Entered: (Entered("menu", "a.yaml"), {"effect": "entered", "state": "menu", "flow": "a.yaml"}),
    Took: (
        Took("a.yaml", "menu", "on yes"),
        {"effect": "took", "flow": "a.yaml", "state": "menu", "way": "on yes"},
    ),
    Understood: (
        Understood("yes", "menu", None, 1.0, "words"),
        {
            **{"effect": "understood", "text": "yes", "state": "menu", "intent": None},
            **{"confidence": 1.0, "how": "words"},
        },
    ),
    Failed: (Failed("menu", "no"), {"effect": "failed", "state": "menu", "message": "no"}),
    HangUp: (HangUp("hangup"), {"effect": "hang_up", "reason": "hangup"}),
    Finished: (Finished(), {"effect": "finished"}),
}
"""An effect of each class, and what may be kept of it; a digest is looked at for its length."""

DIGESTS = ("phrases", "intents", "messages", "schema")


def test_no_effect_is_forgotten():
    assert EFFECTS.keys() == set(get_args(Effect))


@pytest.mark.parametrize("made", EFFECTS, ids=lambda made: made.__name__)
def test_of_every_effect_is_kept_what_may_be(made):
    effect, expected = EFFECTS[made]
    written = encode_effect(effect)
    assert json.loads(json.dumps(written)) == written
    same_length = {name: "0" * len(str(written[name])) for name in DIGESTS if name in written}
    assert {**written, **same_length} == {
        name: "00000000" if name in DIGESTS else value for name, value in expected.items()
    }


def test_other_phrases_are_told_apart():
    one, other = (
        encode_effect(Listen("menu", phrases, False, "en-IN", 0.7))
        for phrases in (("yes", "no"), ("no", "yes"))
    )
    assert one != other


@pytest.mark.parametrize(
    "data",
    [
        {"event": "sang", "at": 1.0},
        {"at": 1.0},
        {"event": "heard", "at": 1.0},
        {"event": "heard", "at": 1.0, "text": "yes", "loudness": 3},
        {"event": "classified", "at": 1.0, "turn": 1, "ranking": [["book"]]},
        {"event": "model_called", "at": 1.0, "errand": 1, "call": {}},
        {
            "event": "call_started",
            "at": 1.0,
            "call_id": "c",
            "variables": {"a": {"$": "b", "is": 1}},
        },
    ],
)
def test_what_is_no_event_is_refused(data):
    with pytest.raises(KeptProblem):
        decode_event(data)


def test_what_has_no_form_is_refused():
    with pytest.raises(TypeError, match="cannot be kept"):
        plain(dt.UTC)


def test_defaults_are_left_out():
    event = ModelCalled(at=1.5, errand=1, call=ModelCall("1", "free", {"n": Decimal("1.10")}))
    assert encode_event(event) == {
        "event": "model_called",
        "at": 1.5,
        "errand": 1,
        "call": {
            "id": "1",
            "tool": "free",
            "arguments": {"n": {"$": "Decimal", "is": "1.10"}},
        },
    }
    assert encode_event(Classified(at=1.0, turn=2, ranking=())) == {
        **{"event": "classified", "at": 1.0, "turn": 2, "ranking": []}
    }


@pytest.mark.parametrize("name", ["set-cookie", "Set-Cookie"])
def test_a_session_that_a_web_service_hands_out_is_not_kept(name: str):
    """It lets whoever reads it in, long after the call; a kept call may become a file of tests."""
    headers = {name: "session=4f1d2a", "content-type": "text/plain"}
    kept = encode_event(RequestAnswered(at=1.0, errand=1, status=200, headers=headers))
    assert "4f1d2a" not in json.dumps(kept)
    back = decode_event(kept)
    assert isinstance(back, RequestAnswered)
    assert back.headers == {**headers, name: "[hidden]"}
