"""Yes and no, in the many ways that callers say them."""

from dataclasses import dataclass
from enum import Enum

from runtime.flow.slots.value import Found, SlotContext
from runtime.flow.slots.words import (
    HESITATIONS,
    PUNCTUATION,
    Word,
    folded,
    listed,
    replaces_earlier,
    split_words,
    texts,
)

# Each says yes or no where it is a clause by itself; some also where more is said behind them.
_YES = """
yes|yeah|yep|yup|yea|yah|ya|yas|aye|yess|ye|yes yes|uh huh|uhhuh|mhm|mm hmm|mm hm|mmhmm
affirmative|haan|han|haanji|haan ji|ji haan|ji han|ha ji|jee|bilkul|zaroor|hanji|haan bilkul|हां
हा|हां जी|जी हां|बिल्कुल|बिलकुल|जरूर|यस|हांजी|of course|absolutely|definitely|certainly|exactly
indeed|surely|for sure|totally|by all means|precisely|i agree|i confirm|i think so|i guess so
i believe so|i suppose so|go ahead|please do|do it|lets do it|sounds good|that works
works for me|that will do|thatll do|id like that|i would like that|id love to|no problem
no worries|not a problem|no issue|no issues|no objection|thats right|that is right|thats correct
that is correct|its correct|its right|youre right|you are right|thats fine|that is fine
thats okay|thats ok|thats it|thats true|thats the one|thats good|very good|thik hai|theek hai
sahi hai|sahi baat|kar do|kar dijiye|chalega|ho jayega|ठीक है|सही है|कर दो|चलेगा|correct|sure
sure thing|not wrong|not bad|you are correct|youre correct|that would be great|thatd be great
that would be good|sounds great|sounds fine|thats perfect|thats great|that will be fine|ha
haa|yesss|yessss|you bet|righto|correct only|yes only|ha ha ji
confirmed|confirm|agreed|proceed|continue|you got it|got it right|no doubt
"""
_NO = """
false|mat kijiye|rehne do|rehne dijiye|jane do|chhodo|chodo|chhod do|no please|please no|रहने दो
रहने दीजिए|मत कीजिए|छोड़ दो|छोड़ो
no|nope|nah|naa|nay|naah|no no|noo|nooo|negative|never|uh uh|nuh uh|nein|nahi|nahin|nahi ji
ji nahi|ji nahin|nahin ji|bilkul nahi|bilkul nahin|nai|mat karo|nahi chahiye|नहीं|नही|ना|जी नहीं
नहीं जी|बिल्कुल नहीं|बिलकुल नहीं|मत|नो|नहीं चाहिए|मत करो|not really|not at all|of course not
absolutely not|definitely not|certainly not|not exactly|not quite|no way|not now|not today
not yet|not this time|not interested|im not interested|not correct|not right|no thanks
no thank you|no need|not needed|not required|not necessary|not for me|rather not|id rather not
i dont think so|i dont think thats right|i dont think thats correct|i dont think it is
im afraid not|i am afraid not|dont bother|leave it|leave it be|i do not think so
i dont believe so|i dont agree|i disagree|i dont want to|i dont want|i dont want that
i dont want it|i do not want to|i dont need it|i would not like that|please dont|dont do it
do not do it|dont do that|incorrect|wrong|thats wrong|that is wrong|its wrong|thats not right
that is not right|thats not correct|that is not correct|thats incorrect|thats not it
its not right|its not correct|that isnt right|that isnt correct|not true|thats not true
youre wrong|no good|galat|galat hai|गलत|गलत है|sahi nahi|sahi nahi hai|theek nahi|thik nahi hai
ठीक नहीं है|सही नहीं है
"""
# Answers only where nothing else is said: not in "right now", "okay, but when?", "I don't see it".
_WEAK_YES = """
ok|okay|okey|k|why not|right|fine|true|good|great|perfect|alright|all right|cool|ji|जी|accha
acha|अच्छा|sahi|सही|done|thik|theek|ठीक|please|yes please|lovely|wonderful|excellent|ओके|nice
super|i do|i am|i would|i will|i have|i did|i can|we do|we are|it is|it does|they are
"""
_WEAK_NO = """
i dont|i do not|i am not|im not|i wouldnt|i would not|i wont|i will not|i havent|i have not
i do not have|i dont have
i didnt|i did not|i cant|i cannot|we dont|we are not|it isnt|it is not|its not|it does not
it doesnt|isnt|not|na|mat|dont|do not
"""
# Contain a yes or a no, and say neither.
_NEITHER = """
i dont know|i do not know|dont know|do not know|not sure|im not sure|i am not sure|no idea
no clue|i cant say|i dont understand|i do not understand|i didnt understand|i didnt get
i dont get|i did not understand|i cant hear|i can not hear|i cannot hear|i didnt hear
i did not hear|i didnt catch|not certain|not clear|i dont remember|i do not remember|no one
yes or no|yes and no|maybe not|maybe|perhaps|right now|pata nahi|pata nahin|nahi pata|malum nahi
maloom nahi|samajh nahi|samjha nahi|पता नहीं|नहीं पता|मालूम नहीं|समझ नहीं|समझा नहीं|nahi samjha
haan ya nahi|not only|no matter|i have no|is that|is it|is this|i am not able|im not able
its not that|it is not that|i am calling|i have a|i would like to know|i am looking|i have been
i do have|i will be|wrong number
no longer|no more|not only that
"""
# Words that answer though more is said behind them.
_BEGINNING = listed(
    "yes yeah yep yup yea ya yah yess haan han haanji ji jee हां जी no nope nah nahi nahin नहीं not"
    " of bilkul बिल्कुल"
)
_MOST_BEFORE = 3
_CORRECTING = listed("wait actually sorry mean meant rather correction oops matlab nahi")
_FILLERS = (
    HESITATIONS
    | PUNCTUATION
    | listed(
        "oh ah aha hey hello sir madam maam maam thank thanks you very much the that its it this is"
        " then i said think guess believe and ji bhai yaar hai h hmm mm a just quite all"
        " now है जी सर मैडम for me do did so dear"
    )
)


class _Kind(Enum):
    YES = "yes"
    NO = "no"
    WEAK_YES = "weak yes"
    WEAK_NO = "weak no"
    NEITHER = "neither"


_WEAK = frozenset({_Kind.WEAK_YES, _Kind.WEAK_NO})
_DENYING = frozenset({_Kind.NO, _Kind.WEAK_NO})


def _table() -> dict[str, tuple[tuple[tuple[str, ...], _Kind], ...]]:
    """Return the phrases by their first word, the longest first."""
    kinds = {
        _Kind.YES: _YES,
        _Kind.NO: _NO,
        _Kind.WEAK_YES: _WEAK_YES,
        _Kind.WEAK_NO: _WEAK_NO,
        _Kind.NEITHER: _NEITHER,
    }
    rows: dict[str, dict[tuple[str, ...], _Kind]] = {}
    for kind, phrases in kinds.items():
        for phrase in phrases.strip().replace("\n", "|").split("|"):
            said = tuple(folded(phrase).split())
            rows.setdefault(said[0], {})[said] = kind
    return {
        first: tuple(sorted(phrases.items(), key=lambda row: -len(row[0])))
        for first, phrases in rows.items()
    }


_PHRASES = _table()


@dataclass(frozen=True, slots=True)
class _Sign:
    """A phrase found at words[start:end]."""

    kind: _Kind
    start: int
    end: int

    @property
    def is_yes(self) -> bool:
        return self.kind not in _DENYING


def parse_yes_no(utterance: str, context: SlotContext) -> Found | None:
    """Find yes (True) or no (False); None for both at once. In passing only as a correction."""
    words = tuple(word for word in split_words(utterance) if word.text != "-")
    signs = _signs(words)
    if any(sign.kind is _Kind.NEITHER for sign in signs):
        return None
    if not context.expected:
        signs = tuple(sign for sign in signs if replaces_earlier(words[: sign.start]))
    is_whole = _is_whole(words, signs)
    heard = [sign for sign in signs if is_whole or _counts(words, sign)]
    if not heard:
        return None
    first, last = heard[0], heard[-1]
    # "No, that's right" denies something else than was asked.
    if len({sign.is_yes for sign in heard}) == 1:
        return Found(first.is_yes, (words[first.start].start, words[last.end - 1].end))
    return _last_correction(words, heard[-2], last)


def _last_correction(words: tuple[Word, ...], previous: _Sign, last: _Sign) -> Found | None:
    between = set(texts(words[previous.end : last.start]))
    if not between & _CORRECTING or previous.is_yes == last.is_yes:
        return None
    span = words[last.start].start, words[last.end - 1].end
    return Found(last.is_yes, span, certain=False)


def _signs(words: tuple[Word, ...]) -> tuple[_Sign, ...]:
    said = texts(words)
    found, at = [], 0
    while at < len(said):
        rows = _PHRASES.get(said[at], ())
        row = next((row for row in rows if said[at : at + len(row[0])] == row[0]), None)
        if row:
            found.append(_Sign(row[1], at, at + len(row[0])))
        at += len(row[0]) if row else 1
    return tuple(found)


def _counts(words: tuple[Word, ...], sign: _Sign) -> bool:
    """Whether the phrase is an answer where it stands, and not a word of a sentence."""
    if sign.kind in _WEAK:
        return False
    before, after = _clause_before(words[: sign.start]), words[sign.end :]
    begins = all(word.text in _FILLERS for word in before)
    ends = not after or after[0].text in PUNCTUATION
    if begins and (ends or words[sign.start].text in _BEGINNING):
        return True
    # "I said yes", "I think it is, yes"; but "is there one or no" asks.
    is_bare = sign.end - sign.start == 1 and words[sign.start].text in _BEGINNING
    return is_bare and ends and len(before) <= _MOST_BEFORE


def _clause_before(before: tuple[Word, ...]) -> tuple[Word, ...]:
    """Return the words since the last pause."""
    pauses = [at for at, word in enumerate(before) if word.text in PUNCTUATION]
    return before[pauses[-1] + 1 :] if pauses else before


def _is_whole(words: tuple[Word, ...], signs: tuple[_Sign, ...]) -> bool:
    """Whether nothing is said but phrases of the tables and fillers."""
    covered = {at for sign in signs for at in range(sign.start, sign.end)}
    return all(at in covered or word.text in _FILLERS for at, word in enumerate(words))
