"""Backchannels: what listeners say so that the other goes on, and not to take the turn.

Sounds ("mm-hmm") never take it; words ("okay", "right") do where they answer what is asked.
"""

from collections.abc import Mapping

from runtime.flow.understanding.matching import plain

# As recognisers write them, by the language's first part; English ones are heard in every language.
_SOUNDS: Mapping[str, frozenset[str]] = {
    "en": frozenset(
        {
            *("uh", "huh", "uhhuh", "um", "umm", "uhm", "hum", "mm", "mmm", "hm", "hmm", "hmmm"),
            *("mhm", "mhmm", "mmhm", "mmhmm", "ah", "aah", "aha", "oh", "ooh", "er", "erm", "eh"),
        }
    ),
    "hi": frozenset({"हूँ", "हूं", "हुँ", "हम्म", "उम", "अं", "ओह", "आह", "हं"}),
}
_WORDS: Mapping[str, frozenset[str]] = {
    "en": frozenset(
        {
            *("okay", "ok", "right", "yes", "yeah", "yep", "yup", "ya", "sure", "alright", "fine"),
            *("all right", "i see", "got it", "i understand", "understood", "go on", "true"),
            *("of course", "good", "great", "nice", "cool", "really", "haan", "ji", "achha"),
            *("accha", "acha", "theek hai", "thik hai", "haan ji", "ji haan"),
        }
    ),
    "hi": frozenset({"जी", "हाँ", "हां", "अच्छा", "ठीक है", "ठीक", "जी हाँ", "हाँ जी", "सही"}),
}
_LONGEST = 2
"""Words of the longest of them."""


def is_backchannel(text: str, language: str) -> bool:
    """Whether `text` is nothing but sounds that ask the other to go on."""
    return _is_only(text, _known(_SOUNDS, language))


def is_acknowledgement(text: str, language: str) -> bool:
    """Whether `text` is nothing but such sounds, and words that agree to no question."""
    return _is_only(text, _known(_SOUNDS, language) | _known(_WORDS, language))


def _known(by_language: Mapping[str, frozenset[str]], language: str) -> frozenset[str]:
    return by_language["en"] | by_language.get(language.partition("-")[0].lower(), frozenset())


def _is_only(text: str, known: frozenset[str]) -> bool:
    words = plain(text).split()
    at = 0
    while at < len(words):
        step = next(
            (n for n in range(_LONGEST, 0, -1) if " ".join(words[at : at + n]) in known), None
        )
        if step is None:
            return False
        at += step
    return bool(words)
