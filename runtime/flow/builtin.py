"""The intents that every flow has, for each supported language; a flow extends or replaces them.

A built-in intent is known by `words` only, so that it works without a classifier. The words were
chosen to be said alone or to carry the sentence: a word that is often part of something else
("not", "right") stands inside a longer phrase.
"""

from collections.abc import Mapping

from runtime.flow.model import Intent
from runtime.flow.place import Place

_PLACE = Place("(built in)", 1, 1)

WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "en": {
        "yes": (
            "yes",
            "yeah",
            "yep",
            "yup",
            "ya",
            "sure",
            "of course",
            "correct",
            "that's right",
            "that is right",
            "right",
            "okay",
            "ok",
            "absolutely",
            "definitely",
            "please do",
            "go ahead",
            "exactly",
            "indeed",
            "fine",
            "haan",
            "haan ji",
            "ji haan",
        ),
        "no": (
            "no",
            "nope",
            "nah",
            "no thanks",
            "no thank you",
            "not really",
            "not now",
            "that's wrong",
            "that is wrong",
            "wrong",
            "incorrect",
            "not correct",
            "never",
            "negative",
            "nahi",
            "nahin",
            "ji nahi",
        ),
        "repeat": (
            "repeat",
            "say that again",
            "say it again",
            "once more",
            "come again",
            "pardon",
            "what did you say",
            "again please",
            "i beg your pardon",
            "one more time",
        ),
        "help": (
            "help",
            "what can i say",
            "what are my options",
            "i don't understand",
            "i do not understand",
        ),
        "wait": (
            "wait",
            "hold on",
            "one moment",
            "one second",
            "just a second",
            "just a minute",
            "just a moment",
            "give me a second",
            "give me a minute",
            "one minute",
            "hang on",
        ),
        "goodbye": (
            "goodbye",
            "good bye",
            "bye",
            "bye bye",
            "that's all",
            "that is all",
            "that will be all",
            "nothing else",
            "see you",
        ),
        "stop": ("stop", "be quiet", "stop talking", "shut up"),
        "person": (
            "a person",
            "real person",
            "a human",
            "human being",
            "an agent",
            "agent",
            "operator",
            "representative",
            "customer care",
            "speak to someone",
            "talk to someone",
            "speak to somebody",
            "talk to somebody",
        ),
    },
    "hi": {
        "yes": (
            "हाँ",
            "हां",
            "जी",
            "जी हाँ",
            "हाँ जी",
            "बिल्कुल",
            "ठीक है",
            "सही",
            "haan",
            "ji haan",
            "theek hai",
            "yes",
            "okay",
        ),
        "no": ("नहीं", "जी नहीं", "ना", "मत", "गलत", "nahi", "nahin", "ji nahi", "no"),
        "repeat": ("फिर से", "दोबारा", "दुबारा", "फिर से बोलिए", "phir se", "dobara", "repeat"),
        "help": ("मदद", "सहायता", "समझ नहीं आया", "madad", "help"),
        "wait": ("रुकिए", "रुको", "एक मिनट", "एक सेकंड", "ठहरिए", "rukiye", "ek minute", "wait"),
        "goodbye": ("अलविदा", "बाय", "बस इतना ही", "alvida", "bye", "goodbye"),
        "stop": ("बंद करो", "चुप", "रोको", "band karo", "stop"),
        "person": ("किसी से बात", "आदमी से बात", "एजेंट", "ऑपरेटर", "agent", "operator", "kisi se baat"),
    },
}

NAMES: tuple[str, ...] = tuple(WORDS["en"])


def builtin_intents(language: str) -> Mapping[str, Intent]:
    """Return the built-in intents of `language` by name; English where the language has none."""
    words = WORDS.get(language.split("-")[0], WORDS["en"])
    return {name: Intent(name, _PLACE, words=words[name]) for name in NAMES}
