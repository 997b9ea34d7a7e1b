"""The sentences that the bot says of its own accord, per language; `phrases` replaces them."""

from collections.abc import Mapping

PHRASES: Mapping[str, Mapping[str, str]] = {
    "no_match": {
        "en": "Sorry, I did not get that.",
        "hi": "माफ़ कीजिए, मैं समझ नहीं पाई।",
    },
    "no_input": {
        "en": "Sorry, I could not hear you.",
        "hi": "माफ़ कीजिए, मैं आपको सुन नहीं पाई।",
    },
    "goodbye": {
        "en": "Goodbye.",
        "hi": "नमस्ते।",
    },
    "give_up": {
        "en": "Sorry, I could not help you today. Goodbye.",
        "hi": "माफ़ कीजिए, आज मैं आपकी मदद नहीं कर पाई। नमस्ते।",
    },
    "error": {
        "en": "Sorry, something went wrong on our side. Please call again later. Goodbye.",
        "hi": "माफ़ कीजिए, हमारी ओर कुछ गड़बड़ हो गई। कृपया बाद में फ़ोन करें। नमस्ते।",
    },
    "over_limit": {
        "en": "I am sorry, we have to end this call now. Goodbye.",
        "hi": "माफ़ कीजिए, अब हमें यह कॉल समाप्त करनी होगी। नमस्ते।",
    },
    "server_shutdown": {
        "en": "I am sorry, we have to stop for work on our system. Please call again later. "
        "Goodbye.",
        "hi": "माफ़ कीजिए, हमारे सिस्टम पर काम होना है, इसलिए यह कॉल यहीं समाप्त करनी होगी। "
        "कृपया बाद में फ़ोन करें। नमस्ते।",
    },
    "help": {
        "en": "Please answer the question, or press a key.",
        "hi": "कृपया सवाल का जवाब दें, या कोई बटन दबाएँ।",
    },
    "wait": {
        "en": "Sure, take your time.",
        "hi": "ठीक है, आराम से।",
    },
    "invalid": {
        "en": "That will not do.",
        "hi": "यह ठीक नहीं है।",
    },
    "confirm": {
        "en": "{{ value }}, is that right?",
        "hi": "{{ value }}, क्या यह सही है?",
    },
    "corrected": {
        "en": "All right, {{ value }}.",
        "hi": "ठीक है, {{ value }}।",
    },
    "did_you_mean": {
        "en": "Did you mean {{ first }}?",
        "hi": "क्या आपका मतलब {{ first }} है?",
    },
    "did_you_mean_either": {
        "en": "Did you mean {{ first }}, or {{ second }}?",
        "hi": "क्या आपका मतलब {{ first }} है, या {{ second }}?",
    },
}


VALUES: Mapping[str, frozenset[str]] = {
    "confirm": frozenset({"value"}),
    "corrected": frozenset({"value"}),
    "did_you_mean": frozenset({"first"}),
    "did_you_mean_either": frozenset({"first", "second"}),
}
"""What may stand in some of them, besides what templates see anywhere."""


def phrase(name: str, language: str) -> str:
    """Return the built-in sentence `name` in `language`, in English where there is none."""
    by_language = PHRASES[name]
    return by_language.get(language.split("-")[0], by_language["en"])
