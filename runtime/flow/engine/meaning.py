"""What the caller means: the intents in reach, offers of them, and what each does."""

import json
from dataclasses import replace

from runtime.flow.engine import collecting, leading, prompting
from runtime.flow.engine.dialogue import BOT, CALLER
from runtime.flow.engine.effects import AskModel
from runtime.flow.engine.passage import Passage
from runtime.flow.engine.question import ask, listen, question
from runtime.flow.engine.taking import take_value
from runtime.flow.engine.turn import note
from runtime.flow.engine.waiting import give_up, missed, over_limit
from runtime.flow.engine.walking import Walk
from runtime.flow.model import Intent, Prompt
from runtime.flow.slots import Found
from runtime.flow.understanding.matching import Match, best_match, reach

CLOSE_RANGE = 0.1
"""Two intents whose scores differ by less are offered together: "Did you mean … or …?"."""

WAIT_SECONDS = 30.0
"""Silence granted by "hold on a second" (FLOWS.md, "Meaning, exactly")."""

MODEL_SECONDS = 8.0
"""The longest wait for a model to say what an utterance means."""


def answered_offer(walk: Walk, offered: tuple[str, ...], text: str) -> bool:
    """Take an answer to "Did you mean …?"; False where it is none."""
    intents = walk.passage.flow.intents
    # What was offered is known by its name, too.
    called = {name: (*intents[name].words, name.replace("_", " ")) for name in offered}
    named = best_match((replace(intents[name], words=called[name]) for name in offered), text)
    if named is not None:
        understood(walk, named, 1.0)
        return True
    answer = best_match((intents[name] for name in ("yes", "no")), text)
    if answer is None:
        return False
    if answer.key == "yes" and len(offered) == 1:
        understood(walk, Match(offered[0], "asked", answer.strength), 1.0)
    else:
        missed(walk, "no_match")
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
        understood(walk, Match(best, "classifier", len(text)), score)
    elif score >= passage.flow.confirm and not isinstance(passage.here.verb, Prompt):
        near = [name for name, s in ranking[:2] if score - s < CLOSE_RANGE]
        _offer(walk, tuple(near), score)
    else:
        undecided(walk)


def _offer(walk: Walk, intents: tuple[str, ...], score: float) -> None:
    passage = walk.passage
    note(passage, "asked", score, intents[0])
    names = [name.replace("_", " ") for name in intents]
    passage.change(offered=intents)
    if len(names) == 1:
        passage.say_phrase("did_you_mean", values={"first": names[0]})
    else:
        either = {"first": names[0], "second": names[1]}
        passage.say_phrase("did_you_mean_either", values=either)
    listen(passage)


def undecided(walk: Walk) -> None:
    """Neither rules nor examples tell: a model may, where the author put one."""
    passage = walk.passage
    verb = passage.here.verb
    if isinstance(verb, Prompt):
        _lead(walk, verb)
    elif passage.flow.providers.get("llm") and not question(passage).is_sensitive:
        _ask_model(walk)
    else:
        missed(walk, "no_match")


def _lead(walk: Walk, verb: Prompt) -> None:
    """Let the model answer the caller."""
    passage = walk.passage
    turns = passage.state.led_turns + 1
    note(passage, "model", 1.0)
    passage.change(led_turns=turns, misses=0)
    if turns > verb.turns:
        give_up(walk)
    elif passage.state.tokens >= passage.root.limits.tokens:
        over_limit(walk)
    else:
        leading.ask_model(passage)


def _candidates(passage: Passage) -> tuple[Intent, ...]:
    groups = reach(passage.flow, passage.here)
    return tuple(intent for group in groups[:-1] for intent in group)


def _ask_model(walk: Walk) -> None:
    passage = walk.passage
    text = passage.state.shown
    if passage.state.tokens >= passage.root.limits.tokens:
        missed(walk, "no_match")
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
    length = len(passage.state.text)
    passage.end_errand()
    passage.change(deciding=None)
    try:
        said = json.loads(answer)
    except ValueError:
        said = {}
    given = said if isinstance(said, dict) else {}
    intent, values = given.get("intent"), given.get("slots")
    means_one = any(candidate.name == intent for candidate in _candidates(passage))
    before = passage.state.slots
    found = _fill(passage, values, is_answer=not means_one) if isinstance(values, dict) else None
    if means_one:
        understood(walk, Match(str(intent), "model", length), 1.0)
    elif found is not None:
        note(passage, "model", 1.0)
        take_value(walk, found)
    elif collecting.collects(passage) and passage.state.slots != before:
        note(passage, "model", 1.0)
        passage.change(misses=0)
        ask(passage)
    else:
        missed(walk, "no_match")


def _fill(passage: Passage, values: dict[str, object], *, is_answer: bool) -> Found | None:
    """Fill slots that have no value; return the one that is asked for, where it is answered."""
    answer = None
    for name, value in values.items():
        slot = passage.flow.slots.get(name)
        if slot is None or slot.sensitive or name in passage.state.slots:
            continue
        found = leading.value_of(passage, slot, value) if isinstance(value, str) else None
        if found is None:
            continue
        if is_answer and collecting.collects(passage) and name == passage.state.asking:
            answer = found
        elif collecting.is_kept(passage, slot, found):
            passage.put(name, found.value)
    return answer


def is_taken_meanwhile(passage: Passage, key: str) -> bool:
    """Whether something happens at an input while a web service is asked."""
    flow = passage.flow
    return key in {*passage.here.on, *flow.always, *flow.inherited, "goodbye"}


def understood(walk: Walk, match: Match, confidence: float) -> None:
    """Act on an understood input: the state's handler, then `always`, an answer, the built-in."""
    passage = walk.passage
    intent = passage.flow.intents.get(match.key)
    name = None if intent is None else intent.name
    passage.change(intent=passage.state.intent if name is None else name)
    note(passage, match.how, confidence, name)
    misses = passage.state.misses
    passage.change(misses=0)
    collecting.fill_in_passing(passage)
    if walk.take(match.key) or walk.take_anywhere(match.key):
        return
    if intent is not None and intent.answer is not None:
        passage.say(intent.answer)
        walk.resume()
        return
    if not _act(walk, match.key):
        passage.change(misses=misses)
        missed(walk, "no_match", recorded=True)


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
            if said.who == BOT:
                words.insert(0, said.text)
        passage.say_words(" ".join(words))
        listen(passage)
    else:
        walk.ask_again()
