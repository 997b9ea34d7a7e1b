"""`prompt`: a language model leads until a way out is taken, or it has had its turns."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from runtime.flow.engine import collecting, fetching, prompting
from runtime.flow.engine.dialogue import CALLER, TOOL, ModelCall, ModelMessage, Said
from runtime.flow.engine.effects import AskModel, StartTimer
from runtime.flow.engine.passage import HOLD, Passage
from runtime.flow.engine.question import listen
from runtime.flow.model import Context, Prompt, Slot
from runtime.flow.slots import Found
from runtime.flow.text import Sound

ANSWER_SECONDS = 20.0
"""The longest wait for the whole of an answer; its first words have the provider's deadline."""

FIRST_HOLD, NEXT_HOLD = 2.0, 5.0
"""Seconds until `hold` is said, first and again; a model that answers well begins before."""

MAX_ROUNDS = 6
"""Answers in one turn that only ask for tools."""

MAX_RESULT = 4000
"""Letters of a tool's result that a model is shown."""


@dataclass(frozen=True, slots=True)
class Way:
    """The model has taken a way out: a key of `on`."""

    key: str


def enter(passage: Passage, verb: Prompt) -> None:
    """Let the model begin; where the state says something itself, the caller."""
    if verb.context is Context.SUMMARY and passage.state.led_from:
        number = passage.begin_errand(ANSWER_SECONDS)
        passage.change(is_summing_up=True)
        passage.effects.append(AskModel(number, prompting.summary(passage), whole=True))
    else:
        _begin(passage)


def arrive(passage: Passage) -> None:
    """Remember where the model's part of the conversation begins."""
    passage.change(led_from=len(passage.state.talk), led_turns=0, summary="")


def _begin(passage: Passage) -> None:
    """Let the model speak, unless it is the caller's turn, and he has not spoken yet."""
    state = passage.state
    has_spoken = any(said.who == CALLER for said in state.talk[state.led_from :])
    if passage.here.say is None or has_spoken:
        ask_model(passage)
    else:
        listen(passage)


def summarised(passage: Passage, text: str) -> None:
    """The conversation so far has been summed up: begin."""
    passage.end_errand()
    passage.change(summary=text)
    _begin(passage)


def is_busy(passage: Passage) -> bool:
    """Whether something is under way that the caller's next words do not stop."""
    return bool(passage.state.requesting) or passage.state.is_summing_up


def is_answering(passage: Passage) -> bool:
    """Whether the model's answer is under way, and the caller's next words stop it."""
    leads = isinstance(passage.here.verb, Prompt) and bool(passage.state.errand)
    return leads and not is_busy(passage)


def interrupt(passage: Passage) -> None:
    """The caller has said something: what the model has not said yet is not wanted any more."""
    if is_answering(passage):
        end_turn(passage)
        passage.drop_errand()


def ask_model(passage: Passage) -> None:
    """Ask for the model's next answer; raises `TemplateProblem`."""
    verb = passage.here.verb
    assert isinstance(verb, Prompt), "a model leads in its own states only"
    task = verb.text.render(passage.shown_values())
    number = passage.begin_errand(ANSWER_SECONDS)
    passage.effects.append(
        AskModel(
            number,
            prompting.messages(passage, verb, task),
            prompting.tools(passage, verb),
        )
    )
    if verb.hold is not None:
        passage.effects.append(StartTimer(HOLD, number, FIRST_HOLD))


def hold_on(passage: Passage) -> None:
    """The model has not begun yet: say that it will."""
    verb = passage.here.verb
    assert isinstance(verb, Prompt), "a model leads in its own states only"
    if verb.hold is not None and not passage.state.model_answer:
        passage.say(verb.hold)
        passage.effects.append(StartTimer(HOLD, passage.state.errand, NEXT_HOLD))


# -- tools -----------------------------------------------------------------------------------------


def go_on(passage: Passage) -> Way | None:
    """Do what the model has asked for, up to a request; then let it answer."""
    verb = passage.here.verb
    assert isinstance(verb, Prompt), "a model leads in its own states only"
    while passage.state.calls:
        call, *rest = passage.state.calls
        passage.change(calls=tuple(rest))
        if call.tool == prompting.LEAVE:
            way = str(call.arguments.get("way", ""))
            if any(intent.name == way for intent in prompting.ways_out(passage)):
                return Way(way)
            _tell(passage, call, f"There is no way out named '{way}'.")
        elif call.tool == prompting.FILL:
            _tell(passage, call, _fill(passage, call.arguments, verb.slots))
        elif call.tool in verb.tools:
            refused = _refused(passage, call)
            if not refused:
                # The call stays first in line until its answer is there.
                passage.change(calls=(call, *rest))
                fetching.send(passage, passage.flow.requests[call.tool])
                return None
            _tell(passage, call, refused)
        else:
            _tell(passage, call, f"There is no tool named '{call.tool}'.")
    ask_model(passage)
    return None


def rounds(passage: Passage) -> int:
    """How many answers of this turn have asked for tools."""
    return sum(bool(message.calls) for message in passage.state.model_log)


def keep_calls(passage: Passage) -> None:
    """Put what the model asks for into its own log; what it says is part of the conversation."""
    asked = ModelMessage("assistant", "", passage.state.calls)
    passage.change(model_log=(*passage.state.model_log, asked))


def end_turn(passage: Passage) -> None:
    """Keep what the tools have told, for later turns."""
    told = [m.text for m in passage.state.model_log if m.role == "tool"]
    for text in told:
        passage.note(Said(TOOL, f"A tool has told: {text}"))
    passage.change(model_log=(), calls=())


def answered(passage: Passage, answer: Mapping[str, object]) -> None:
    """A tool's request has been answered: save what is to be saved, and tell the model."""
    call, *rest = passage.state.calls
    passage.change(calls=tuple(rest))
    request = passage.flow.requests[call.tool]
    fetching.save(passage, request, answer)
    shown: object = answer["body"]
    if request.save:
        values = passage.shown_values()
        shown = {name: values.get(name) for name, _ in request.save}
    _tell(passage, call, f"status {answer['status']}: {_short(shown)}")


def failed(passage: Passage, reason: str) -> None:
    """A tool's request has failed: the model is told, and may go on without."""
    call, *rest = passage.state.calls
    passage.change(calls=tuple(rest))
    _tell(passage, call, f"This failed: {reason}.")


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= MAX_RESULT else f"{text[:MAX_RESULT]} …"


def _tell(passage: Passage, call: ModelCall, text: str) -> None:
    told = ModelMessage("tool", text, call_id=call.id)
    passage.change(model_log=(*passage.state.model_log, told))


def _fill(passage: Passage, values: Mapping[str, object], allowed: tuple[str, ...]) -> str:
    """Fill slots with what the model has understood; return what became of each."""
    told: list[str] = []
    for name, value in values.items():
        slot = passage.flow.slots.get(name)
        if slot is None or name not in allowed:
            told.append(f"There is no slot '{name}'.")
        else:
            told.append(_judge(passage, slot, str(value)))
    return " ".join(told) or "Nothing was given."


def _refused(passage: Passage, call: ModelCall) -> str:
    """Take a request's arguments as values of slots; return why not, if so."""
    for name, value in call.arguments.items():
        slot = passage.flow.slots.get(name)
        if slot is None or slot.name not in prompting.arguments(passage.flow, call.tool):
            return f"There is no argument '{name}'."
        if str(passage.state.slots.get(name)) == str(value):
            continue
        found = value_of(passage, slot, str(value))
        if found is None or not collecting.is_valid(passage, slot, found.value):
            return _judge(passage, slot, str(value))
        passage.put(name, found.value)
    return ""


def value_of(passage: Passage, slot: Slot, text: str) -> Found | None:
    """Read a value that a model has extracted, by the slot's own type."""
    return collecting.find(passage, slot, text, expected=True)


def _judge(passage: Passage, slot: Slot, text: str) -> str:
    found = value_of(passage, slot, text)
    if found is None:
        return f"{slot.name} was refused: it is no {slot.type}. Ask the caller again."
    if not collecting.is_valid(passage, slot, found.value):
        # The author's own sentence says best why.
        why = slot.invalid.in_language(passage.state.language)[0] if slot.invalid else None
        reason = why.words if isinstance(why, Sound) else getattr(why, "source", "")
        reason = reason or "its value is not allowed."
        return f"{slot.name} was refused: {reason} Ask the caller again."
    passage.put(slot.name, found.value)
    return f"{slot.name} is kept."
