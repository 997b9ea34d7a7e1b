"""What a language model is told: its task, the conversation, what it may do."""

from collections.abc import Mapping

from runtime.flow.engine.dialogue import BOT, CALLER, ModelMessage, ModelTool, Said, as_text
from runtime.flow.engine.passage import Passage
from runtime.flow.filters import spoken
from runtime.flow.model import (
    Context,
    Flow,
    Handler,
    Hangup,
    Intent,
    Prompt,
    Slot,
    State,
)
from runtime.flow.request import Request

FILL, LEAVE = "fill_slots", "take_way_out"
"""The tools besides the author's requests."""

_ON_THE_PHONE = """\
You are speaking with a caller on the phone: what you write is read aloud. Answer in one to three \
short sentences of plain speech, without lists, markup or emoji. Speak {language}. It is {now}. \
Say only what you know from this conversation and from the tools; where you do not know, say so."""

_WAYS = "As soon as the caller wants one of the ways out, call take_way_out and say nothing more."
_SLOTS = "Call fill_slots with what the caller says of: {names}. If a value is refused, ask again."

_FORMS: Mapping[str, str] = {
    "date": "as YYYY-MM-DD",
    "time": "as HH:MM, 24 hours",
    "datetime": "as YYYY-MM-DD HH:MM",
    "duration": "in words, such as 30 minutes",
    "phone": "digits only",
    "digits": "digits only",
    "yes_no": "yes or no",
    "number": "as a number",
    "integer": "as a whole number",
    "money": "as a number",
    "email": "as name@example.com",
}


def messages(passage: Passage, verb: Prompt, task: str) -> tuple[ModelMessage, ...]:
    """Return all that a model is shown for its next answer in a state that it leads."""
    state = passage.state
    values = passage.values()
    lines = [task, _ON_THE_PHONE.format(language=state.language, now=f"{values['now']:%A, %F %R}")]
    if ways_out(passage):
        lines.append(_WAYS)
    if verb.slots:
        lines.append(_SLOTS.format(names=", ".join(verb.slots)))
    known = _known(passage, verb)
    if known:
        lines.append(f"Known already: {known}.")
    if state.summary:
        lines.append(f"What was said before: {state.summary}")
    start = 0 if verb.context is Context.KEEP else state.led_from
    talk = tuple(message_of(said) for said in state.talk[start:])
    system = ModelMessage("system", "\n\n".join(lines))
    return (system, *talk, *state.model_log)


def _known(passage: Passage, verb: Prompt) -> str:
    known, slots = passage.state.slots, passage.flow.slots
    return ", ".join(
        f"{name}: {spoken(slots[name].type, known[name])}" for name in verb.slots if name in known
    )


def message_of(said: Said) -> ModelMessage:
    """Return a turn as a model is shown it."""
    roles = {BOT: "assistant", CALLER: "user"}
    return ModelMessage(roles.get(said.who, "system"), said.text)


def tools(passage: Passage, verb: Prompt) -> tuple[ModelTool, ...]:
    """Return what the model may ask for."""
    flow = passage.flow
    found = [_request_tool(flow, flow.requests[name]) for name in verb.tools]
    if verb.slots:
        properties = {name: _property(flow.slots[name]) for name in verb.slots}
        text = "Keep what the caller has said."
        found.append(ModelTool(FILL, text, _object(properties, ())))
    ways = ways_out(passage)
    if ways:
        about = "; ".join(f"{intent.name}: {_meaning(intent)}" for intent in ways)
        way = {"type": "string", "enum": [intent.name for intent in ways], "description": about}
        text = "Leave this conversation by one of its ways out."
        found.append(ModelTool(LEAVE, text, _object({"way": way}, ("way",))))
    return tuple(found)


def ways_out(passage: Passage) -> tuple[Intent, ...]:
    """Return the intents by which the model may leave: none that ends the call (FLOWS.md)."""
    flow, state = passage.flow, passage.here
    return tuple(
        flow.intents[key]
        for key, handlers in state.on.items()
        if key in flow.intents and not any(_ends(flow, state, handler) for handler in handlers)
    )


def _ends(flow: Flow, state: State, handler: Handler) -> bool:
    target = flow.states.get(handler.next or state.name)
    return handler.next == "hangup" or (target is not None and isinstance(target.verb, Hangup))


def arguments(flow: Flow, request: str) -> tuple[str, ...]:
    """Return the slots that a model may fill for a request; what is sensitive it never sees."""
    names = flow.requests[request].names
    return tuple(name for name, slot in flow.slots.items() if name in names and not slot.sensitive)


def _request_tool(flow: Flow, request: Request) -> ModelTool:
    properties = {name: _property(flow.slots[name]) for name in arguments(flow, request.name)}
    text = request.description or f"Ask the system for {request.name.replace('_', ' ')}."
    return ModelTool(request.name, text, _object(properties, ()))


def _property(slot: Slot) -> Mapping[str, object]:
    about = slot.description or slot.name.replace("_", " ")
    form = _FORMS.get(slot.type)
    shape: dict[str, object] = {"type": "string"}
    choices = slot.options.get("choices")
    if slot.type == "choice" and isinstance(choices, Mapping):
        shape["enum"] = list(choices)
    return {**shape, "description": f"{about}, {form}" if form else about}


def _object(properties: Mapping[str, object], required: tuple[str, ...]) -> Mapping[str, object]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _meaning(intent: Intent) -> str:
    return intent.description or "; ".join((*intent.examples[:3], *intent.words[:3]))


# -- questions with one answer ---------------------------------------------------------------------


def summary(passage: Passage) -> tuple[ModelMessage, ...]:
    """Return the question for a summary of what was said so far."""
    task = "Summarise this phone conversation in at most three sentences, for a colleague."
    return _about(task, passage.state.talk[: passage.state.led_from])


def question(passage: Passage, ask: str) -> tuple[ModelMessage, ...]:
    """Return a question about the call, to be answered from what was said."""
    task = "Answer the question about this phone conversation, in a few words, from it alone."
    return (*_about(task, passage.state.talk), ModelMessage("user", ask))


def _about(task: str, talk: tuple[Said, ...]) -> tuple[ModelMessage, ...]:
    conversation = as_text(talk) or "(nothing was said)"
    return (ModelMessage("system", task), ModelMessage("user", conversation))


def understanding(
    passage: Passage, text: str, intents: tuple[Intent, ...], slots: tuple[Slot, ...]
) -> tuple[tuple[ModelMessage, ...], Mapping[str, object]]:
    """Return the question what an utterance means, and the schema of its answer."""
    described = "\n".join(f"- {intent.name}: {_meaning(intent)}" for intent in intents)
    asked = next((said.text for said in reversed(passage.state.talk) if said.who == BOT), "")
    task = (
        "Say which of these intents the caller's words mean; 'none' where they mean none of them "
        f"clearly.\n{described}\nThe caller was just told: {asked}"
    )
    properties: dict[str, object] = {
        "intent": {"type": "string", "enum": [*(intent.name for intent in intents), "none"]}
    }
    if slots:
        own = {slot.name: _property(slot) for slot in slots}
        properties["slots"] = _object(own, ())
    schema = _object(properties, ("intent",))
    return (ModelMessage("system", task), ModelMessage("user", text)), schema
