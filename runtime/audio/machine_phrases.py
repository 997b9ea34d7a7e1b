"""What answering machines and exchanges say, and what only a person does: English and Hindi."""

import re
import unicodedata
from typing import Final, Literal

Speaker = Literal["person", "machine"]

# Between words of a phrase, up to so many others: "leave [me a short] message".
_SOME = r"(?:\S+ ){0,3}"

_MACHINE = (
    # English: personal greetings, mailboxes, exchanges of India, menus.
    rf"\b(?:leave|record) {_SOME}(?:message|name|number)\b",
    r"\b(?:after|at|following) the (?:\S+ )?(?:tone|beep|signal)\b",
    r"\bvoice ?mail\b|\bmail ?box\b|\banswering machine\b|\bvoice messaging\b",
    r"\byou(?: have| ?ve) reached\b",
    r"\b(?:person|number|subscriber|customer|party) you (?:are|were|have|re|ve) "
    r"(?:calling|trying|called|dialed|dialled|reached)\b",
    r"\b(?:is|are|am|m|s) (?:currently |presently )?(?:not available|unavailable)\b",
    r"\b(?:no one|nobody) is available\b",
    r"\b(?:can ?t|cannot|unable to) (?:come to the phone|take your call|answer your call)\b",
    r"\b(?:switched off|out of coverage|not reachable|out of service)\b",
    r"\b(?:press|dial) (?:\d|zero|one|two|three|four|five|six|seven|eight|nine|star|hash|pound)\b",
    r"\boffice is (?:currently |now )?closed\b",
    r"\bplease try (?:again|after|your call)\b",
    r"\bcall has been forwarded\b|\bis not answering\b",
    # Hindi, in its own letters (without dots below) and in Latin ones.
    r"संदेश (?:\S+ )?(?:छोड|रिकॉर्ड|रिकार्ड|दें|दीजिए)",
    r"मैसेज (?:\S+ )?(?:छोड|रिकॉर्ड|रिकार्ड)",
    r"(?:बीप|टोन|ध्वनि) (?:की आवाज )?के बाद",
    r"व[ॉाो][इय]स ?मेल",
    r"जिस (?:व्यक्ति|नंबर|उपभोक्ता|ग्राहक)",
    r"(?:उपलब्ध|मौजूद) नह[ीि]ं",
    r"(?:स्विच|स्विच्ड) ऑफ|पहुंच से बाहर|कवरेज क्षेत्र|नेटवर्क क्षेत्र",
    r"(?:दूसरी कॉल पर|अभी|इस समय) व्यस्त है",
    r"(?:एक|दो|तीन|चार|पांच|\d) दबा(?:एं|इए|ये|यें)",
    r"बाद (?:में )?(?:पुनः?|फिर से|दोबारा) ?(?:प्रयास|कोशिश|कॉल)",
    r"\bsandesh (?:\S+ )?(?:chh?od|record|de)",
    r"\b(?:message|msg) (?:chh?od|record kar)",
    r"\b(?:beep|tone) ke baa?d\b",
    r"\bjis (?:vyakti|number|upbhokta|grahak|customer)\b",
    r"\b(?:uplabdh|available) nah?in?\b",
    r"\bswitch(?:ed)? ?off hai\b|\bpahu?nch (?:se|ke) baha?r\b|\bcoverage kshetra\b",
    r"\b(?:is samay|abhi|doosri call par) vyast hai\b",
    r"\b(?:ek|do|teen|char|\d) dabaye?in?\b",
)
_PERSON = (
    r"\bwho(?: is| s)?(?: this| calling| speaking| it| there)\b|\bmay i (?:know|ask) who\b",
    r"\b(?:can|may|how can|how may) i (?:help|take a message|have your name)\b",
    r"\bhow (?:can|may) (?:i|we) (?:help|assist)\b",
    r"\b(?:he|she) (?:is|s) not (?:here|in|available|at home)\b",
    r"\bwrong number\b|\b(?:hold on|one moment|speaking)$",
    r"कौन (?:बोल|बात|है)|किससे बात|क्या काम|गलत नंबर",
    r"बोल (?:रहा|रही) (?:हूं|हु)|हां (?:जी )?(?:बोलिए|बोलो|कहिए)",
    r"\bkaun (?:bol|baat|hai)|\bkis ?se baat\b|\bgalat number\b|\bbol (?:raha|rahi) h[ou]o?n?\b",
    r"\bh?aa?n (?:ji )?(?:boliye|bolo|kahiye)\b",
)

MACHINE: Final = re.compile("|".join(_MACHINE))
PERSON: Final = re.compile("|".join(_PERSON))

# Both are left out, or written for each other, as often as not.
_SAME: Final = str.maketrans(
    {
        "\N{DEVANAGARI SIGN NUKTA}": "",
        "\N{DEVANAGARI SIGN CANDRABINDU}": "\N{DEVANAGARI SIGN ANUSVARA}",
    }
)
# Vowel signs of Hindi are no letters to `\w`.
_NOT_A_WORD = re.compile(r"[^\w\u0900-\u097f]+")


def spoken_by(text: str) -> Speaker | None:
    """Who says such a thing; None if either may. A person's phrase outweighs a machine's:
    "she is not available, can I take a message?"
    """
    words = _plain(text)
    if PERSON.search(words):
        return "person"
    return "machine" if MACHINE.search(words) else None


def _plain(text: str) -> str:
    """Small letters and one space between words, in Hindi without dots below."""
    letters = unicodedata.normalize("NFKD", text).translate(_SAME).lower()
    return _NOT_A_WORD.sub(" ", unicodedata.normalize("NFC", letters)).strip()
