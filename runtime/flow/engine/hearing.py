"""What the caller says and presses, and how it is understood (FLOWS.md, in its order)."""

import json

from runtime.flow.engine import collecting, leading, prompting
from runtime.flow.engine.dialogue import CALLER, Said
from runtime.flow.engine.effects import AskModel, Classify, StopErrand, StopTimer, Understood
from runtime.flow.engine.passage import NO_INPUT, Passage
from runtime.flow.engine.question import ask, listen, question
from runtime.flow.engine.state import Phase
from runtime.flow.engine.waiting import give_up, missed, over_limit
from runtime.flow.engine.walking import Walk
from runtime.flow.model import BargeIn, Collect, Intent, Listening, Prompt, Record
from runtime.flow.slots import SLOT_TYPES, Found
from runtime.flow.understanding.matching import (
    Match,
    best_match,
    intent_of_digit,
    left_to_the_classifier,
    plain,
    reach,
    understand_by_rules,
)

CLOSE_RANGE = 0.1
"""Two intents whose scores differ by less are offered together: "Did you mean … or …?"."""

WAIT_SECONDS = 30.0
"""Silence granted by "hold on a second" (FLOWS.md, "Meaning, exactly")."""

MOST_OF_IT = 0.6
"""An intent's words that are so much of an utterance are meant, where any words would do."""

MODEL_SECONDS = 8.0
"""The longest wait for a model to say what an utterance means."""

FREE_TYPES = frozenset({"text", "name"})


# -- turns -----------------------------------------------------------------------------------------


def new_turn(walk: Walk, *, text: str = "", digit: str = "", is_private: bool = False) -> bool:
    """Begin a turn; False where it is one too many for the flow's limits."""
    passage = walk.passage
    leading_here = isinstance(passage.here.verb, Prompt)
    if passage.state.errand and leading_here:
        # The caller has gone on: what the model still has to say is not wanted.
        passage.drop_errand()
    turn = passage.state.turn + 1
    passage.change(turn=turn, deciding=None, offered=(), patience=None, text=text, digit=digit)
    passage.change(is_private=is_private)
    passage.effects.append(StopTimer(NO_INPUT))
    if turn > passage.root.limits.turns:
        over_limit(walk)
        return False
    return True


def is_answer(passage: Passage) -> bool:
    """Whether what was heard can be an answer: the bot is silent, and not at its last words.

    Speech stops a line that may be interrupted: what is heard during a line was said into another
    one, or before this one began.
    """
    return passage.state.phase is Phase.LIVE and not passage.state.speaking


def listens(passage: Passage) -> bool:
    """Whether the state waits for what the caller means."""
    return bool(passage.state.state) and isinstance(passage.here.verb, Listening)


def heard(walk: Walk, text: str, confidence: float) -> None:
    """The caller has said something."""
    passage = walk.passage
    passage.change(hearing=False)
    if not text.strip():
        passage.await_input()
        return
    if not is_answer(passage) or isinstance(passage.here.verb, Record):
        return
    if not isinstance(passage.here.verb, Listening):
        _heard_while_busy(walk, text)
        return
    offered, asked = passage.state.offered, question(passage).slot
    passage.change(failures=0)
    if not new_turn(walk, text=text, is_private=asked is not None and asked.sensitive):
        return
    if offered and _answered_offer(walk, offered, text):
        return
    sure = confidence >= passage.flow.confirm
    if _is_value(walk, text, confidence, sure=sure):
        return
    match = understand_by_rules(passage.flow, passage.here, text)
    if match is not None:
        understood(walk, match, text, 1.0)
        return
    if _is_said_early(walk, text, confidence):
        return
    intents = left_to_the_classifier(passage.flow, passage.here, text)
    if intents:
        passage.change(deciding=text)
        passage.effects.append(Classify(passage.state.turn, text, intents))
    else:
        _undecided(walk, text)


def _heard_while_busy(walk: Walk, text: str) -> None:
    """A web service is being asked: only what may happen in any state is listened to."""
    passage = walk.passage
    match = understand_by_rules(passage.flow, passage.here, text)
    if match is None or not _is_taken_anywhere(passage, match.key):
        return
    if new_turn(walk, text=text):
        understood(walk, match, text, 1.0)


def _is_taken_anywhere(passage: Passage, key: str) -> bool:
    flow = passage.flow
    return key in flow.always or key in flow.inherited or key == "goodbye"


def note_caller(passage: Passage, text: str) -> None:
    """Keep the caller's words, or what stands for them, in the conversation."""
    passage.note(Said(CALLER, text))


def shown_text(passage: Passage, text: str) -> str:
    """Return what may be kept of the caller's words."""
    if not passage.state.is_private:
        return text
    slot = question(passage).slot
    return f"[{slot.name}]" if slot is not None else "[hidden]"


# -- values ----------------------------------------------------------------------------------------


def _is_value(walk: Walk, text: str, confidence: float, *, sure: bool) -> bool:
    """Take what was said as a value, given or corrected; False where it is none."""
    passage = walk.passage
    if passage.state.pending is not None:
        return _confirmed(walk, text, confidence)
    corrected = collecting.corrected(passage, text)
    found = None
    if collecting.collects(passage):
        slot = passage.flow.slots[passage.state.asking]
        found = collecting.find(passage, slot, text, expected=True)
        if found is not None and corrected is None and _means_an_intent(passage, text, found):
            found = None
    if corrected is not None:
        slot, value = corrected
        _note_value(passage, "correction", text, confidence)
        passage.change(misses=0)
        target = collecting.correct(passage, slot, value)
        if target is not None:
            walk.go(target)
            return True
    if found is not None:
        if corrected is None:
            _note_value(passage, "slot", text, confidence)
        take_value(walk, found, text, sure=sure)
        return True
    if corrected is not None:
        ask(passage)
        return True
    return False


def _is_said_early(walk: Walk, text: str, confidence: float) -> bool:
    """Take values that will be asked for later; False where there are none."""
    passage = walk.passage
    if not collecting.collects(passage):
        return False
    before = passage.state.slots
    collecting.fill_in_passing(passage, text)
    if passage.state.slots == before:
        return False
    _note_value(passage, "slot", text, confidence)
    passage.change(misses=0)
    ask(passage)
    return True


def _means_an_intent(passage: Passage, text: str, found: Found) -> bool:
    """Whether an intent in reach is the likelier meaning of what could be a value, too."""
    slot = passage.flow.slots[passage.state.asking]
    if found.certain and slot.type not in FREE_TYPES:
        return False
    match = understand_by_rules(passage.flow, passage.here, text)
    if match is None:
        return False
    return slot.type not in FREE_TYPES or match.strength >= MOST_OF_IT * len(plain(text))


def _note_value(passage: Passage, how: str, text: str, confidence: float) -> None:
    shown = shown_text(passage, text)
    note_caller(passage, shown)
    here = passage.here.name
    passage.effects.append(Understood(shown, here, None, confidence, how))


def take_value(walk: Walk, found: Found, text: str, *, sure: bool) -> None:
    """Keep a value, ask for its confirmation, or refuse it."""
    passage = walk.passage
    if not collecting.judge(passage, found, sure=sure):
        _refuse(walk, found.value)
        return
    collecting.fill_in_passing(passage, text)
    _after_value(walk)


def _after_value(walk: Walk) -> None:
    passage = walk.passage
    verb = passage.here.verb
    assert isinstance(verb, Collect), "only 'collect' asks for slots"
    if passage.state.pending is not None:
        ask(passage)
    elif collecting.ask_next(passage, verb):
        walk.go(walk.onward())


def _refuse(walk: Walk, value: object) -> None:
    passage = walk.passage
    slot = passage.flow.slots[passage.state.asking]
    misses = passage.state.misses + 1
    passage.change(misses=misses)
    collecting.say_invalid(passage, slot, value)
    if misses >= passage.here.tries:
        give_up(walk)
    else:
        ask(passage, misses)


def _confirmed(walk: Walk, text: str, confidence: float) -> bool:
    """The caller answers whether a value is right: yes, no, or another value."""
    passage = walk.passage
    assert passage.state.pending is not None, "a value is pending"
    name, value = passage.state.pending
    slot = passage.flow.slots[name]
    context = collecting.context(passage, slot, expected=True)
    answer = SLOT_TYPES["yes_no"](text, context)
    if answer is not None and answer.value is True:
        _note_value(passage, "slot", text, confidence)
        passage.put(name, value)
        passage.change(pending=None, misses=0)
        _after_value(walk)
        return True
    other = collecting.find(passage, slot, text, expected=True)
    if other is not None and other.value != value and slot.type not in FREE_TYPES:
        _note_value(passage, "correction", text, confidence)
        passage.change(pending=None)
        take_value(walk, other, text, sure=True)
        return True
    if answer is None:
        return False
    _note_value(passage, "slot", text, confidence)
    _denied(walk)
    return True


def _denied(walk: Walk) -> None:
    passage = walk.passage
    misses = passage.state.misses + 1
    passage.change(pending=None, misses=misses)
    if misses >= passage.here.tries:
        give_up(walk)
    else:
        ask(passage, misses)


# -- keys ------------------------------------------------------------------------------------------


def pressed(walk: Walk, digit: str) -> None:
    """The caller has pressed a key."""
    passage = walk.passage
    lines = passage.state.speaking
    if passage.state.phase is not Phase.LIVE or any(x.barge_in is BargeIn.NEVER for x in lines):
        return
    if isinstance(passage.here.verb, Record):
        if passage.state.is_recording:
            passage.effects.append(StopErrand(passage.state.errand))
        return
    if not isinstance(passage.here.verb, Listening) and not _is_key_anywhere(passage, digit):
        return
    passage.stop_speaking()
    passage.change(failures=0)
    if collecting.takes_key(passage, digit):
        passage.effects.append(StopTimer(NO_INPUT))
        if passage.state.pending is not None:
            _pressed_confirmation(walk, digit)
        elif (keys := collecting.press(passage, digit)) is not None:
            keyed(walk, keys)
        return
    if not new_turn(walk, digit=digit):
        return
    key = intent_of_digit(passage.flow, passage.here, digit)
    if key is None:
        missed(walk, "no_match", digit)
    else:
        understood(walk, Match(key, "digit", 1), digit, 1.0)


def _is_key_anywhere(passage: Passage, digit: str) -> bool:
    key = intent_of_digit(passage.flow, passage.here, digit)
    return key is not None and _is_taken_anywhere(passage, key)


def _pressed_confirmation(walk: Walk, digit: str) -> None:
    passage = walk.passage
    if not new_turn(walk, digit=digit):
        return
    _note_value(passage, "slot", digit, 1.0)
    if digit == "1" and passage.state.pending is not None:
        name, value = passage.state.pending
        passage.put(name, value)
        passage.change(pending=None, misses=0)
        _after_value(walk)
    else:
        _denied(walk)


def keyed(walk: Walk, keys: str) -> None:
    """An entry of keys is whole: read it."""
    passage = walk.passage
    slot = passage.flow.slots[passage.state.asking]
    if not new_turn(walk, digit=keys, is_private=slot.sensitive):
        return
    found = collecting.keyed(passage, keys)
    if found is None:
        missed(walk, "no_match", keys)
        return
    _note_value(passage, "slot", keys, 1.0)
    take_value(walk, found, "", sure=True)


# -- intents ---------------------------------------------------------------------------------------


def _answered_offer(walk: Walk, offered: tuple[str, ...], text: str) -> bool:
    intents = walk.passage.flow.intents
    named = best_match((intents[name] for name in offered), text)
    if named is not None:
        understood(walk, named, text, 1.0)
        return True
    answer = best_match((intents[name] for name in ("yes", "no")), text)
    if answer is None:
        return False
    if answer.key == "yes" and len(offered) == 1:
        understood(walk, Match(offered[0], "asked", answer.strength), text, 1.0)
    else:
        missed(walk, "no_match", text)
    return True


def classified(walk: Walk, turn: int, ranking: tuple[tuple[str, float], ...]) -> None:
    """The classifier has ranked what was said."""
    passage = walk.passage
    text = passage.state.deciding
    if turn != passage.state.turn or text is None:
        return
    passage.change(deciding=None)
    best, score = ranking[0] if ranking else ("", 0.0)
    if score >= passage.flow.accept:
        understood(walk, Match(best, "classifier", len(text)), text, score)
    elif score >= passage.flow.confirm and not isinstance(passage.here.verb, Prompt):
        near = [name for name, s in ranking[:2] if score - s < CLOSE_RANGE]
        _offer(walk, tuple(near), text, score)
    else:
        _undecided(walk, text)


def _offer(walk: Walk, intents: tuple[str, ...], text: str, score: float) -> None:
    passage = walk.passage
    here = passage.here.name
    note_caller(passage, text)
    passage.effects.append(Understood(text, here, intents[0], score, "asked"))
    names = [name.replace("_", " ") for name in intents]
    passage.change(offered=intents)
    if len(names) == 1:
        passage.say_phrase("did_you_mean", values={"first": names[0]})
    else:
        either = {"first": names[0], "second": names[1]}
        passage.say_phrase("did_you_mean_either", values=either)
    listen(passage)


def _undecided(walk: Walk, text: str) -> None:
    """Neither rules nor examples tell: a model may, where the author put one."""
    passage = walk.passage
    verb = passage.here.verb
    if isinstance(verb, Prompt):
        _lead(walk, verb, text)
    elif passage.flow.providers.get("llm") and not passage.state.is_private:
        _ask_model(walk, text)
    else:
        missed(walk, "no_match", text)


def _lead(walk: Walk, verb: Prompt, text: str) -> None:
    """Let the model answer the caller."""
    passage = walk.passage
    turns = passage.state.led_turns + 1
    note_caller(passage, text)
    passage.effects.append(Understood(text, passage.here.name, None, 1.0, "model"))
    passage.change(led_turns=turns, misses=0)
    if turns > verb.turns:
        give_up(walk)
    elif passage.state.tokens >= passage.root.limits.tokens:
        over_limit(walk)
    else:
        leading.ask_model(passage, verb)


def _candidates(passage: Passage) -> tuple[Intent, ...]:
    groups = reach(passage.flow, passage.here)
    return tuple(intent for group in groups[:-1] for intent in group)


def _ask_model(walk: Walk, text: str) -> None:
    passage = walk.passage
    if passage.state.tokens >= passage.root.limits.tokens:
        missed(walk, "no_match", text)
        return
    known = passage.state.slots
    slots = tuple(
        slot
        for slot in passage.flow.slots.values()
        if not slot.sensitive and slot.name not in known
    )
    messages, schema = prompting.understanding(passage, text, _candidates(passage), slots)
    passage.change(deciding=text)
    number = passage.begin_errand(MODEL_SECONDS)
    passage.effects.append(AskModel(number, messages, schema=schema, whole=True))


def model_understood(walk: Walk, answer: str) -> None:
    """A model has said what an utterance means: an intent, and values in passing."""
    passage = walk.passage
    text = passage.state.deciding or ""
    passage.end_errand()
    passage.change(deciding=None)
    try:
        said = json.loads(answer)
    except ValueError:
        said = {}
    intent = said.get("intent") if isinstance(said, dict) else None
    values = said.get("slots") if isinstance(said, dict) else None
    if isinstance(values, dict):
        _fill(passage, values)
    if any(candidate.name == intent for candidate in _candidates(passage)):
        understood(walk, Match(str(intent), "model", len(text)), text, 1.0)
    elif isinstance(passage.here.verb, Collect) and passage.state.asking in passage.state.slots:
        _note_value(passage, "model", text, 1.0)
        passage.change(misses=0)
        _after_value(walk)
    else:
        missed(walk, "no_match", text)


def _fill(passage: Passage, values: dict[str, object]) -> None:
    for name, value in values.items():
        slot = passage.flow.slots.get(name)
        if slot is None or slot.sensitive or not isinstance(value, str) or not value:
            continue
        found = leading.value_of(passage, slot, value)
        if found is not None and collecting.is_valid(passage, slot, found.value):
            passage.put(name, found.value)


def understood(walk: Walk, match: Match, text: str, confidence: float) -> None:
    """Act on an understood input: the state's handler, then `always`, an answer, the built-in."""
    passage = walk.passage
    here, flow = passage.here, passage.flow
    intent = flow.intents.get(match.key)
    name = None if intent is None else intent.name
    passage.change(intent=passage.state.intent if name is None else name)
    shown = shown_text(passage, text)
    note_caller(passage, shown)
    passage.effects.append(Understood(shown, here.name, name, confidence, match.how))
    misses = passage.state.misses
    passage.change(misses=0, is_private=False)
    if match.how != "digit":
        collecting.fill_in_passing(passage, text)
    if walk.take(match.key) or walk.take_anywhere(match.key):
        return
    if intent is not None and intent.answer is not None:
        passage.say(intent.answer)
        walk.resume()
        return
    if not _act(walk, match.key):
        passage.change(misses=misses)
        missed(walk, "no_match", text, recorded=True)


def _act(walk: Walk, intent: str) -> bool:
    """Do what a built-in intent does by itself; False where it does nothing."""
    passage = walk.passage
    match intent:
        case "repeat":
            _repeat(walk)
        case "help":
            own = question(passage).help
            if own is not None:
                passage.say(own)
            else:
                passage.say_phrase("help")
            walk.resume()
        case "wait":
            passage.change(patience=WAIT_SECONDS)
            passage.say_phrase("wait")
            listen(passage)
        case "stop":
            listen(passage)
        case "goodbye":
            passage.close("hangup", "goodbye")
        case _:
            return False
    return True


def _repeat(walk: Walk) -> None:
    """Say again what was asked; where a model leads, what was last said."""
    passage = walk.passage
    if isinstance(passage.here.verb, Prompt):
        words: list[str] = []
        for said in reversed(passage.state.talk[:-1]):
            if said.who == CALLER:
                break
            words.insert(0, said.text)
        passage.say_words(" ".join(words))
        listen(passage)
    else:
        walk.ask_again()
