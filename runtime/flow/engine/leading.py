"""`prompt`: a language model leads until a way out is taken, or it has had its turns."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from runtime.flow.engine import collecting, fetching, prompting
from runtime.flow.engine.dialogue import TOOL, ModelCall, ModelMessage, Said
from runtime.flow.engine.effects import AskModel
from runtime.flow.engine.passage import Passage
from runtime.flow.engine.question import listen
from runtime.flow.model import Context, Prompt, Slot
from runtime.flow.slots import Found

ANSWER_SECONDS = 20.0
"""The longest wait for the whole of an answer; its first words have the provider's deadline."""

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
    had_said = len(passage.state.talk)
    passage.change(led_from=had_said, led_turns=0, summary="", model_log=(), calls=())
    if verb.context is Context.SUMMARY and had_said:
        number = passage.begin_errand(ANSWER_SECONDS)
        passage.effects.append(AskModel(number, prompting.summary(passage), whole=True))
    else:
        _begin(passage, verb)


def _begin(passage: Passage, verb: Prompt) -> None:
    if passage.here.say is None:
        ask_model(passage, verb)
    else:
        listen(passage)


def summarised(passage: Passage, verb: Prompt, text: str) -> None:
    """The conversation so far has been summed up: begin."""
    passage.end_errand()
    passage.change(summary=text)
    _begin(passage, verb)


def is_summing_up(passage: Passage, verb: Prompt) -> bool:
    """Whether the model has not begun yet."""
    state = passage.state
    return verb.context is Context.SUMMARY and state.led_from > 0 and not state.summary


def ask_model(passage: Passage, verb: Prompt) -> None:
    """Ask for the model's next answer; raises `TemplateProblem`."""
    task = verb.text.render(passage.shown_values())
    number = passage.begin_errand(ANSWER_SECONDS)
    passage.effects.append(
        AskModel(
            number,
            prompting.messages(passage, verb, task),
            prompting.tools(passage, verb),
        )
    )


# -- tools -----------------------------------------------------------------------------------------


def go_on(passage: Passage, verb: Prompt) -> Way | None:
    """Do what the model has asked for, up to a request; then let it answer, or listen."""
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
    if passage.state.model_log:
        ask_model(passage, verb)
    return None


def rounds(passage: Passage) -> int:
    """How many answers of this turn have asked for tools."""
    return sum(bool(message.calls) for message in passage.state.model_log)


def keep_calls(passage: Passage, text: str) -> None:
    """Put the answer that asks for tools into the model's own log."""
    asked = ModelMessage("assistant", text, passage.state.calls)
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
        if slot is None or name not in passage.flow.requests[call.tool].names:
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
        reason = getattr(why, "source", "") or "its value is not allowed."
        return f"{slot.name} was refused: {reason} Ask the caller again."
    passage.put(slot.name, found.value)
    return f"{slot.name} is kept."
