"""What comes back from those who were asked: web services, language models, recorders."""

from dataclasses import replace

from runtime.flow import ways
from runtime.flow.engine import afterwards, fetching, leading, meaning, recording
from runtime.flow.engine.dialogue import BOT
from runtime.flow.engine.effects import Failed, StartTimer, StopErrand
from runtime.flow.engine.events import (
    ModelCalled,
    ModelDone,
    ModelSaid,
    ProviderFailed,
    Recorded,
    RequestAnswered,
    RequestFailed,
)
from runtime.flow.engine.passage import HOLD, Passage
from runtime.flow.engine.question import listen
from runtime.flow.engine.state import Phase
from runtime.flow.engine.waiting import missed, over_limit, provider_down
from runtime.flow.engine.walking import Walk
from runtime.flow.model import Fetch, Handoff, Record

FromOthers = RequestAnswered | RequestFailed | ModelSaid | ModelCalled | ModelDone


def take(walk: Walk, event: FromOthers) -> None:
    """Go on with an answer; a stale one changes nothing but the count of tokens."""
    passage = walk.passage
    if isinstance(event, ModelDone):
        passage.change(tokens=passage.state.tokens + event.tokens)
    if event.errand != passage.state.errand:
        return
    match event:
        case RequestAnswered(status=status, headers=headers, body=body):
            _answered(walk, {"status": status, "headers": dict(headers), "body": body})
        case RequestFailed(reason=reason, is_late=is_late):
            _failed(walk, reason, "timeout" if is_late else "error")
        case ModelSaid(text=text):
            _model_said(walk, text)
        case ModelCalled(call=call):
            passage.change(calls=(*passage.state.calls, call))
        case _:
            _model_done(walk)


def heard_only(passage: Passage, number: int, words: str) -> None:
    """Keep of a line of the bot's only what was heard of it."""
    talk = passage.state.talk
    # A masked line shows no more than it did, however much of it was heard.
    if not any(said.who == BOT and said.line == number for said in talk):
        return
    cut = (
        replace(said, text=_heard_of(said.text, words))
        if said.who == BOT and said.line == number
        else said
        for said in talk
    )
    passage.change(talk=tuple(said for said in cut if said.text))


def _heard_of(text: str, words: str) -> str:
    if not words:
        return ""
    return words if text.startswith(words) else text


# -- requests --------------------------------------------------------------------------------------


def _answered(walk: Walk, answer: dict[str, object]) -> None:
    passage = walk.passage
    if passage.state.phase is Phase.AFTER:
        afterwards.request_answered(passage, answer)
        return
    verb = passage.here.verb
    passage.end_errand()
    if isinstance(verb, Fetch | Handoff):
        fetching.save(passage, passage.flow.requests[verb.request], answer)
        status = answer["status"]
        is_ok = isinstance(status, int) and fetching.is_ok(status)
        _come_to(walk, verb.request, str(status), is_ok=is_ok)
    else:
        leading.answered(passage, answer)
        _lead_on(walk)


def _failed(walk: Walk, reason: str, outcome: str) -> None:
    passage = walk.passage
    if passage.state.phase is Phase.AFTER:
        afterwards.failed(passage, reason)
        return
    verb = passage.here.verb
    passage.end_errand()
    if isinstance(verb, Fetch | Handoff):
        name = verb.request
        passage.effects.append(Failed(passage.here.name, f"the request '{name}': {reason}"))
        _come_to(walk, name, outcome, is_ok=False)
    else:
        leading.failed(passage, reason)
        _lead_on(walk)


def _come_to(walk: Walk, name: str, outcome: str, *, is_ok: bool) -> None:
    """Go where the state's `on` leads from what a request came to."""
    here = walk.passage.here
    key = fetching.key_of(here.on, outcome)
    if key in (None, "error") and is_ok:
        key = "ok"
    if key is not None and walk.take_outcome(key):
        return
    if is_ok:
        walk.go(walk.onward())
    else:
        walk.go(walk.fail(f"the request '{name}' came to {outcome}"))


def hold_on(passage: Passage) -> None:
    """A request or a model takes long: say so, as soon as nobody speaks."""
    state = passage.state
    if state.speaking or state.hearing:
        passage.effects.append(StartTimer(HOLD, state.errand, fetching.FIRST_HOLD))
    elif state.requesting:
        fetching.hold_on(passage, passage.flow.requests[state.requesting])
    else:
        leading.hold_on(passage)


# -- models ----------------------------------------------------------------------------------------


def _model_said(walk: Walk, text: str) -> None:
    passage = walk.passage
    if passage.state.phase is Phase.AFTER:
        passage.change(summary=text)
        return
    if passage.state.deciding is not None or passage.state.is_summing_up:
        # Whole answers, not to be heard: kept until they are done.
        passage.change(model_answer=text)
    elif text.strip():
        passage.change(model_answer=f"{passage.state.model_answer} {text}".strip())
        passage.say_words(text)


def _model_done(walk: Walk) -> None:
    passage = walk.passage
    answer = passage.state.model_answer
    passage.change(model_answer="")
    if passage.state.phase is Phase.AFTER:
        afterwards.answered(passage, passage.state.summary)
        return
    if passage.state.deciding is not None:
        meaning.model_understood(walk, answer)
    elif passage.state.is_summing_up:
        leading.summarised(passage, answer)
    else:
        passage.end_errand()
        _after_answer(walk, answer)


def _after_answer(walk: Walk, answer: str) -> None:
    passage = walk.passage
    if passage.state.calls:
        if leading.rounds(passage) >= leading.MAX_ROUNDS:
            leading.end_turn(passage)
            walk.go(walk.fail("the model asked for tools again and again"))
            return
        leading.keep_calls(passage)
        _lead_on(walk)
        return
    leading.end_turn(passage)
    if answer:
        listen(passage)
    else:
        missed(walk, "no_match", recorded=True)


def _lead_on(walk: Walk) -> None:
    """Do what the model has asked for; take its way out, if it has chosen one."""
    passage = walk.passage
    if passage.state.tokens >= passage.root.limits.tokens:
        leading.end_turn(passage)
        over_limit(walk)
        return
    way = leading.go_on(passage)
    if way is not None:
        leading.end_turn(passage)
        passage.change(intent=way.key)
        if not walk.take(way.key):
            listen(passage)


def model_failed(walk: Walk, event: ProviderFailed) -> None:
    """A model gave nothing: without it as the flow says, or as if nothing was understood."""
    passage = walk.passage
    if not event.errand or event.errand != passage.state.errand:
        return
    reason = f"llm failed: {event.reason}"
    if passage.state.phase is Phase.AFTER:
        afterwards.failed(passage, reason)
        return
    was_summing_up = passage.state.is_summing_up
    leading.end_turn(passage)
    passage.change(model_answer="", failures=passage.state.failures + 1)
    passage.end_errand()
    deciding = passage.state.deciding
    found = provider_down(passage, "llm")
    if found is not None and found[0] != passage.state.state:
        passage.effects.append(Failed(passage.state.state, reason))
        passage.change(deciding=None)
        walk.leave_for(*found, ways.provider_down("llm"))
    elif deciding is not None:
        passage.effects.append(Failed(passage.state.state, reason))
        passage.change(deciding=None)
        missed(walk, "no_match")
    elif was_summing_up:
        passage.effects.append(Failed(passage.state.state, reason))
        leading.summarised(passage, "")
    else:
        walk.go(walk.fail(reason))


def too_late(walk: Walk) -> None:
    """What was asked for did not come in time."""
    passage = walk.passage
    state = passage.state
    number, at, is_live = state.errand, passage.at, state.phase is Phase.LIVE
    passage.effects.append(StopErrand(number))
    if state.requesting:
        _failed(walk, "gave no answer in time", "timeout")
    elif state.is_recording or (is_live and isinstance(passage.here.verb, Record)):
        recorded(walk, Recorded(at=at, errand=number, name=""))
    else:
        late = ProviderFailed(at=at, kind="llm", reason="took too long", errand=number)
        model_failed(walk, late)


def recorded(walk: Walk, event: Recorded) -> None:
    """The caller has left a message, or nothing."""
    passage = walk.passage
    verb = passage.here.verb if passage.state.state else None
    if event.errand == passage.state.errand and isinstance(verb, Record):
        recording.recorded(passage, verb, event.name)
        if passage.state.phase is Phase.LIVE:
            walk.go(walk.onward())
