"""How long to wait for more, once the caller pauses: by what he has said so far."""

from runtime.flow.engine import collecting, interrupting
from runtime.flow.engine.passage import Passage
from runtime.flow.engine.state import CallState, Phase
from runtime.flow.model import Flow, Listening, Slot
from runtime.flow.slots import incomplete
from runtime.flow.slots.words import NOISES, listed, split_words, texts
from runtime.flow.understanding.matching import all_plain, best_match, plain, reach, spoken_digit

COMPLETE_SECONDS = 0.3
"""After what answers the question and cannot go on: a yes, a menu's word, all digits of a number.
Counted from the last sound; in noise the ear adds to it. "Yes, but …" in one breath leaves 0.25 s,
and a "but" is known as speech 0.03 to 0.06 s after it began. Partners in conversation leave some
200 ms (Stivers et al. 2009, ten languages)."""

UNFINISHED_SECONDS = 0.5
"""More than usual, after what plainly goes on: half of a number, "and", "my name is". The usual
0.7 s become 1.2 s; people who read a number out pause for up to 1 s between its groups."""

WHOLE_TYPES = frozenset({"yes_no", "choice", "digits", "phone"})
"""Types whose values end by themselves; a date or a name may always go on."""

OPEN_TYPES = frozenset({"email"})
"""Types whose values are spelled in pieces, and are unfinished as long as there is none."""

DIGIT_TYPES = frozenset({"digits", "phone"})
"""Types in which "to" and "for" are digits that were heard wrongly."""

TRAILING = listed(
    "and or but because so if when the a an my your our his her this that these to for from with of"
    " at in on by about between until im id ill weve its i we um uh er erm hmm aur ya lekin kyunki"
    " agar mera meri mere ka ki ke ko se और या लेकिन क्योंकि अगर मेरा मेरी का की के को से"
)
"""Words that hardly any utterance ends with."""

NAMED = listed("name number address email date code pin time नाम नंबर naam")
"""What is said after one of these and "is"."""

IS = listed("is hai है")

COURTESIES = listed("please sir madam maam ji thanks thank you kindly just the a an जी कृपया प्लीज़")
"""Words around an answer that add nothing to it."""


def patience(flow: Flow, state: CallState, at: float, text: str, confidence: float) -> float:
    """Return the seconds of silence that end an utterance which so far says `text`.

    Usually the state's `end_of_speech`, the most that is waited after what might be whole.
    """
    passage = Passage(flow, state, at)
    if state.phase is not Phase.LIVE or not state.state:
        return COMPLETE_SECONDS
    usual = passage.here.end_of_speech
    if state.is_held:
        return usual
    if state.is_paused and (not text or interrupting.is_nothing(passage, text, confidence)):
        # The bot goes on the sooner.
        return min(COMPLETE_SECONDS, usual)
    if not isinstance(passage.here.verb, Listening) or not text:
        return usual
    if _goes_on(passage, text):
        return usual + UNFINISHED_SECONDS
    if confidence >= flow.confirm and _is_whole(passage, text):
        return min(COMPLETE_SECONDS, usual)
    return usual


def _goes_on(passage: Passage, text: str) -> bool:
    """Whether the caller has plainly not finished."""
    words = [word for word in texts(split_words(text)) if word[:1].isalnum()]
    if all(word in NOISES for word in words):
        return True
    is_naming = words[-1] in IS and not NAMED.isdisjoint(words[-2:-1])
    is_trailing = words[-1] in TRAILING or is_naming
    if not collecting.collects(passage) or passage.state.pending is not None:
        return is_trailing
    slot = passage.flow.slots[passage.state.asking]
    if is_trailing and slot.type not in DIGIT_TYPES:
        return True
    context = collecting.context(passage, slot, expected=True)
    if incomplete(slot.type, text, context):
        return True
    return slot.type in OPEN_TYPES and collecting.find(passage, slot, text, expected=True) is None


def _is_whole(passage: Passage, text: str) -> bool:
    """Whether what was said answers the question, and nothing can belong to it any more."""
    state = passage.state
    if state.pending is not None or state.offered:
        # After a no comes what is right instead.
        return _is_only(passage, ("yes",), text)
    if collecting.collects(passage):
        return _is_value(passage, passage.flow.slots[state.asking], text)
    digit = spoken_digit(text)
    if digit is not None and digit in passage.here.on:
        return True
    known = passage.flow.intents
    return _is_only(passage, tuple(key for key in passage.here.on if key in known), text)


def _is_value(passage: Passage, slot: Slot, text: str) -> bool:
    if slot.type not in WHOLE_TYPES:
        return False
    found = collecting.find(passage, slot, text, expected=True)
    if found is None or not found.certain:
        return False
    # What may have any length may go on.
    is_sized = slot.type != "digits" or slot.options.get("length") is not None
    start, end = found.span
    return is_sized and not _says_more(f"{text[:start]} {text[end:]}")


def _is_only(passage: Passage, names: tuple[str, ...], text: str) -> bool:
    """Whether `text` is one of these intents' words, and nothing longer begins with it."""
    match = best_match((passage.flow.intents[name] for name in names), text)
    said = _core(text)
    if match is None or match.how != "words" or match.strength < len(said):
        return False
    own = all_plain(passage.flow.intents[match.key].words)
    longer = (
        words
        for group in reach(passage.flow, passage.here)
        for intent in group
        for words in all_plain((*intent.words, *intent.examples))
    )
    return not any(x.startswith(f"{said} ") and x not in own for x in longer)


def _says_more(text: str) -> bool:
    return bool(_core(text))


def _core(text: str) -> str:
    """Return what of an utterance says something: "yes please" is "yes"."""
    return " ".join(word for word in plain(text).split() if word not in COURTESIES)
