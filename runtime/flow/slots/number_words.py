"""Spoken numbers: the words of Indian and other English and of Hindi, and how they combine."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from runtime.flow.slots.words import Word, folded, listed

# Five to a line, counted from nought; "|" parts spellings. Hindi forms each of the hundred anew.
_DEVANAGARI = """
शून्य|जीरो एक|वन दो|टू तीन|थ्री चार|फोर
पांच|पाच|फाइव छह|छः|छे|छ|सिक्स सात|सेवन आठ|एट नौ|नाइन
दस|टेन ग्यारह|इलेवन बारह|ट्वेल्व तेरह चौदह
पंद्रह|पन्द्रह सोलह सत्रह अठारह|अट्ठारह उन्नीस
बीस|ट्वेंटी इक्कीस बाईस|बाइस तेईस|तेइस चौबीस
पच्चीस छब्बीस सत्ताईस|सत्ताइस अट्ठाईस|अट्ठाइस|अठ्ठाईस|अठाईस उनतीस|उन्तीस
तीस|थर्टी इकतीस|इकत्तीस बत्तीस तैंतीस|तेतीस चौंतीस|चौतीस
पैंतीस छत्तीस सैंतीस अड़तीस उनतालीस|उन्तालीस
चालीस इकतालीस बयालीस|बियालीस तैंतालीस|तेतालीस चौवालीस|चवालीस
पैंतालीस छियालीस सैंतालीस अड़तालीस उनचास|उन्चास
पचास|फिफ्टी इक्यावन बावन तिरपन|तिरेपन चौवन|चौअन
पचपन छप्पन सत्तावन अट्ठावन|अठावन उनसठ
साठ इकसठ बासठ तिरसठ|तिरेसठ चौंसठ|चौसठ
पैंसठ छियासठ सड़सठ|सरसठ अड़सठ उनहत्तर|उनहतर
सत्तर इकहत्तर बहत्तर तिहत्तर चौहत्तर
पचहत्तर छिहत्तर सतहत्तर अठहत्तर उन्यासी|उनासी
अस्सी इक्यासी बयासी तिरासी चौरासी
पचासी छियासी सत्तासी|सतासी अट्ठासी|अठासी नवासी
नब्बे इक्यानवे|इक्यानबे बानवे|बानबे तिरानवे|तिरानबे चौरानवे|चौरानबे
पचानवे|पंचानवे|पंचानबे छियानवे|छियानबे सत्तानवे|सत्तानबे अट्ठानवे|अठानवे निन्यानवे|निन्यानबे
"""
_ROMANISED = """
shunya|shoonya|sifar ek do teen char|chaar
paanch|panch che|chhe|chah|chhah saat|sat aath|ath nau
das|dus gyarah|gyaarah barah|baarah terah|tehrah chaudah
pandrah|pandhrah solah satrah|sattrah atharah|athaarah unnees|unnis
bees|bis ikkees|ikkis baees|bais teyees|teis chaubees|chaubis
pachees|pachis|pachchis chabbees|chhabbis|chabbis sattais|sattaees atthais|atthaees untees|unatis
tees|tis ikattis|ikatees battees|battis taintees|taintis chauntees|chauntis
paintees|paintis chhattees|chattis|chhattis saintees|saintis adtees|adtis untalees|untalis
chalees|chalis iktalees|iktalis bayalees|bayalis taintalees|taintalis chauvalees|chavalis
paintalees|paintalis chhiyalees|chiyalis saintalees|saintalis adtalees|adtalis unchaas|unchas
pachaas|pachas ikyavan|ikyawan bavan|bawan tirpan chauvan|chauwan
pachpan chhappan|chappan sattavan|sattawan atthavan|athavan unsath
saath|sath iksath basath tirsath chaunsath
painsath chhiyasath|chiyasath sadsath|sarsath adsath unhattar
sattar ikhattar bahattar tihattar chauhattar
pachhattar chhihattar|chihattar satahattar athhattar unyasi|unasi
assi ikyasi bayasi tirasi chaurasi
pachasi chhiyasi|chiyasi sattasi atthasi navasi
nabbe|nabbey ikyanave|ikyanve banave|banve tiranave|tiranve chauranave|chauranve
pachanave|pachanve chhiyanave|chiyanve sattanave|sattanve atthanave|atthanve ninyanave|ninyanve
"""
_ENGLISH = """
zero|nought|naught|nil one two three four
five six seven eight nine
ten eleven twelve thirteen fourteen
fifteen sixteen seventeen eighteen nineteen
"""
_ENGLISH_TENS = "twenty thirty forty|fourty fifty sixty seventy eighty ninety"

# Romanised Hindi that English sentences are full of ("do you", "a teen", "I sat"); "saath" is
# also "with", and both languages leave it out.
_ENGLISH_TOO = frozenset({"do", "teen", "sat", "char", "bees", "tees", "bis", "tis", "che", "ath"})
_WITH = frozenset({"saath", "sath"})


def _counted(table: str, first: int = 0, step: int = 1) -> dict[str, int]:
    return {
        folded(spelling): first + step * place
        for place, spellings in enumerate(table.split())
        for spelling in spellings.split("|")
    }


_BELOW_HUNDRED_HI: Mapping[str, int] = {
    word: value
    for word, value in {
        **_counted(_ROMANISED),
        **_counted(_DEVANAGARI),
        **_counted(_ENGLISH),
        **_counted(_ENGLISH_TENS, 20, 10),
    }.items()
    if word not in _WITH
}
_BELOW_HUNDRED_EN: Mapping[str, int] = {
    word: value for word, value in _BELOW_HUNDRED_HI.items() if word not in _ENGLISH_TOO
}


def below_hundred(language: str) -> Mapping[str, int]:
    """Return the number words below a hundred that are safe to read in a language's sentences."""
    hindi = language.split("-")[0].lower() == "hi"
    return _BELOW_HUNDRED_HI if hindi else _BELOW_HUNDRED_EN


def _by_spelling(rows: Mapping[int, str]) -> dict[str, int]:
    return {folded(spelling): value for value, said in rows.items() for spelling in said.split()}


REPEATS = {
    folded(word): times
    for times, said in {2: "double dubble डबल", 3: "triple treble ट्रिपल", 4: "quadruple"}.items()
    for word in said.split()
}
"""Of digits read out one by one."""

_HUNDRED = listed("hundred hundreds sau सौ हंड्रेड")
_SCALES = _by_spelling(
    {
        12: "dozen dozens darjan दर्जन",
        1_000: "thousand thousands hazaar hazar hajar हजार थाउजेंड",
        100_000: "lakh lakhs lac lacs laakh लाख",
        1_000_000: "million millions मिलियन",
        10_000_000: "crore crores karod karor करोड़",
        1_000_000_000: "billion billions अरब",
        1_000_000_000_000: "trillion trillions",
    }
)
# Written right behind digits: "5k", "10 L", "2.5 cr".
_SHORT_SCALES = _by_spelling(
    {1_000: "k", 100_000: "l", 1_000_000: "mn m", 10_000_000: "cr", 1_000_000_000: "bn b"}
)
# Said behind a number alone: a grand piano is none.
_SPOKEN_SHORT = {"k": 1_000, "grand": 1_000}
_AND = frozenset({"and", "aur", "और", "n", "&"})
_POINT = listed("point dot decimal dashamlav दशमलव पॉइंट")
_MINUS = frozenset({"minus", "negative", "माइनस"})
_OH = frozenset({"oh", "o"})
_HALF = frozenset({"half", "aadha", "आधा", "हाफ"})
_HALVES = {"half": Decimal("0.5"), "quarter": Decimal("0.25")}
_WRITTEN_FRACTIONS = frozenset({"1/2", "1/4", "3/4"})
_THREE_QUARTERS = frozenset({"quarters", "fourths", "fourth"})
# The numbers of Hindi that are counted in halves and quarters.
_WHOLE_FRACTIONS = {
    **dict.fromkeys(("dedh", "derh", "डेढ"), Decimal("1.5")),
    **dict.fromkeys(("dhai", "adhai", "dhaai", "ढाई", "अढाई"), Decimal("2.5")),
}
_SHIFTS = {
    **dict.fromkeys(("sadhe", "saadhe", "sade", "saade", "साढे"), Decimal("0.5")),
    **dict.fromkeys(("sava", "sawa", "सवा"), Decimal("0.25")),
    **dict.fromkeys(("paune", "pone", "पौने"), Decimal("-0.25")),
}


# Longer rows of digits are names of things and no quantities; decimals stay exact as well.
MOST_DIGITS = 18
_LARGEST_SCALE = 10**15


@dataclass(frozen=True, slots=True)
class Reading:
    """A number read from words; `end` is the index behind its last word."""

    value: Decimal
    end: int
    certain: bool = True


def plain(value: Decimal) -> Decimal:
    """Return `value` as people write it: no exponent, no noughts behind the point."""
    whole = int(value)
    return Decimal(whole) if whole == value else value.normalize()


def read_number(words: Sequence[Word], at: int, language: str) -> Reading | None:
    """Read the longest number that begins at word `at`; None where none begins there."""
    if at >= len(words):
        return None
    known = below_hundred(language)
    if _is_minus(words, at):
        positive = _positive(words, at + 1, known)
        return positive and Reading(-positive.value, positive.end, positive.certain)
    return _positive(words, at, known)


def _positive(words: Sequence[Word], at: int, known: Mapping[str, int]) -> Reading | None:
    first = _term(words, at, known)
    if first is None:
        return None
    total, last_scale, end, certain = first.value, first.scale, first.end, first.certain
    while last_scale > 1:
        start = end + 1 if _said(words, end) in _AND else end
        term = _term(words, start, known)
        if term is None or term.value >= last_scale:
            break
        total += term.value
        last_scale, end, certain = term.scale, term.end, certain and term.certain
    return Reading(plain(total), end, certain)


def _is_minus(words: Sequence[Word], at: int) -> bool:
    if words[at].text in _MINUS:
        return True
    follows = at + 1 < len(words) and words[at + 1].start == words[at].end
    free = at == 0 or words[at - 1].end < words[at].start
    return words[at].text in {"-", "\u2212"} and follows and free


def _said(words: Sequence[Word], at: int) -> str:
    return words[at].text if at < len(words) else ""


@dataclass(frozen=True, slots=True)
class _Term:
    """What stands before and with one scale: "two and a half thousand"."""

    value: Decimal
    scale: int
    end: int
    certain: bool


def _term(words: Sequence[Word], at: int, known: Mapping[str, int]) -> _Term | None:
    small = _small(words, at, known)
    if small is None:
        return None
    scale, end = 1, small.end
    while (factor := _scale(words, end)) and scale * factor <= _LARGEST_SCALE:
        scale, end = scale * factor, end + 1
    value = small.value * scale
    if scale > 1 and (half := _and_a_half(words, end)):
        value, end = value + half.value * scale, half.end
    return _Term(value, scale, end, small.certain)


def _scale(words: Sequence[Word], at: int) -> int:
    said = _said(words, at)
    if said in _SHORT_SCALES and words[at - 1].is_numeral:
        return _SHORT_SCALES[said]
    return _SCALES.get(said) or _SPOKEN_SHORT.get(said, 0)


def is_multiplied(words: Sequence[Word], at: int) -> bool:
    """Whether a hundred or a scale (thousand, lakh) stands at `at`."""
    return _said(words, at) in _HUNDRED or _scale(words, at) > 0


def _small(words: Sequence[Word], at: int, known: Mapping[str, int]) -> Reading | None:
    """Read what may stand before a scale: up to thousands in hundreds, decimals, halves."""
    lead = next((read for reader in _LEADS if (read := reader(words, at, known))), None)
    if lead is None:
        return None
    if _said(words, lead.end) in _HUNDRED:
        return _hundreds(words, Reading(lead.value * 100, lead.end + 1, lead.certain), known)
    if decimals := _decimals(words, lead.end, known):
        return Reading(lead.value + decimals.value, decimals.end, lead.certain)
    half = _and_a_half(words, lead.end) or _written_fraction(words, lead.end)
    if half and lead.value == int(lead.value):
        return Reading(lead.value + half.value, half.end, lead.certain)
    return lead


def _hundreds(words: Sequence[Word], hundreds: Reading, known: Mapping[str, int]) -> Reading:
    start = hundreds.end + 1 if _said(words, hundreds.end) in _AND else hundreds.end
    rest = read_whole(words, start, known)
    # "five hundred two thousand" is 502 thousand, but "one hundred five hundred" is two numbers.
    if rest is None or rest.value >= 100 or _said(words, rest.end) in _HUNDRED:
        half = _and_a_half(words, hundreds.end)
        return Reading(hundreds.value + 100 * half.value, half.end) if half else hundreds
    value = hundreds.value + rest.value
    if decimals := _decimals(words, rest.end, known):
        return Reading(value + decimals.value, decimals.end, hundreds.certain)
    return Reading(value, rest.end, hundreds.certain)


def _fraction(words: Sequence[Word], at: int, known: Mapping[str, int]) -> Reading | None:
    if written := _written_fraction(words, at):
        return written
    said = _said(words, at)
    if said in _WHOLE_FRACTIONS:
        return Reading(_WHOLE_FRACTIONS[said], at + 1)
    shift = _SHIFTS.get(said)
    if shift is not None:
        of = read_whole(words, at + 1, _BELOW_HUNDRED_HI)
        if of is not None:
            return Reading(of.value + shift, of.end)
        return Reading(1 + shift, at + 1) if is_multiplied(words, at + 1) else None
    if said in _HALF:
        behind_article = _said(words, at + 1) in {"a", "an"} and _scale(words, at + 2)
        return Reading(Decimal("0.5"), at + 2 if behind_article else at + 1)
    if said == "three" and _said(words, at + 1) in _THREE_QUARTERS:
        return Reading(Decimal("0.75"), at + 2)
    if said == "quarter":
        end = next((at + n for n in (1, 2, 3) if _scale(words, at + n)), 0)
        between = {word.text for word in words[at + 1 : end]}
        return Reading(Decimal("0.25"), end) if end and between <= {"of", "a"} else None
    return None


def _written_fraction(words: Sequence[Word], at: int) -> Reading | None:
    """Read "1/2", "1/4" and "3/4", as recognisers write them; others are days."""
    if "".join(word.text for word in words[at : at + 3]) not in _WRITTEN_FRACTIONS:
        return None
    if _said(words, at + 3) == "/":
        return None
    over, _, under = words[at : at + 3]
    return Reading(Decimal(over.text) / Decimal(under.text), at + 3)


def read_whole(words: Sequence[Word], at: int, known: Mapping[str, int]) -> Reading | None:
    """Read digits, or a number below a hundred in the words of `known`."""
    said = _said(words, at)
    if said and said[0].isdecimal():
        return Reading(Decimal(said), at + 1) if len(said) <= MOST_DIGITS else None
    value = known.get(said)
    if value is None and (is_multiplied(words, at + 1) or _said(words, at + 1) == "point"):
        value = _BELOW_HUNDRED_HI.get(said)
    if value is None:
        return None
    unit = known.get(_said(words, at + 1), 0)
    if value >= 20 and value % 10 == 0 and 1 <= unit <= 9:
        return Reading(Decimal(value + unit), at + 2)
    return Reading(Decimal(value), at + 1)


def _cardinal(words: Sequence[Word], at: int, known: Mapping[str, int]) -> Reading | None:
    """Read a whole number, or two side by side: "one fifty", "twenty twenty six", "ten oh five"."""
    first = read_whole(words, at, known)
    if first is None or words[at].is_numeral or not 1 <= first.value <= 99:
        return first
    if first.value >= 10 and _said(words, first.end) in _OH:
        unit = known.get(_said(words, first.end + 1), 0)
        if 1 <= unit <= 9:
            return Reading(first.value * 100 + unit, first.end + 2, certain=first.value >= 19)
    second = read_whole(words, first.end, known)
    if second is None or not 10 <= second.value <= 99 or words[first.end].is_numeral:
        return first
    value = first.value * 100 + second.value
    is_year = 1900 <= value <= 2099
    return Reading(value, second.end, certain=is_year or first.value < 10)


def _article(words: Sequence[Word], at: int, known: Mapping[str, int]) -> Reading | None:
    """Read the one that is not said: "a hundred", "a couple of thousand", "thousand rupees"."""
    said, then = _said(words, at), _said(words, at + 1)
    if said in {"a", "an"} and (then in _HUNDRED or then in _SCALES):
        return Reading(Decimal(1), at + 1)
    if said in {"a", "an"} and then == "couple":
        of = 3 if _said(words, at + 2) == "of" else 2
        return Reading(Decimal(2), at + of, certain=False)
    if said in _HUNDRED or said in _SCALES:
        return Reading(Decimal(1), at)
    return None


def _point_first(words: Sequence[Word], at: int, known: Mapping[str, int]) -> Reading | None:
    return _decimals(words, at, known) if _said(words, at) == "point" else None


_Reader = Callable[[Sequence[Word], int, Mapping[str, int]], Reading | None]
_LEADS: tuple[_Reader, ...] = (_fraction, _cardinal, _article, _point_first)


def _decimals(words: Sequence[Word], at: int, known: Mapping[str, int]) -> Reading | None:
    """Read "point two five" or "point twenty five"."""
    if _said(words, at) not in _POINT:
        return None
    digits, end = "", at + 1
    while True:
        said = _said(words, end)
        if said in _OH:
            digits, end = digits + "0", end + 1
        elif (part := read_whole(words, end, known)) and part.value == int(part.value):
            digits, end = digits + str(part.value), part.end
        else:
            break
    return Reading(Decimal(f"0.{digits}"), end) if digits else None


def _and_a_half(words: Sequence[Word], at: int) -> Reading | None:
    """Read "and a half", "and three quarters"."""
    if _said(words, at) not in _AND:
        return None
    if _said(words, at + 1) == "three" and _said(words, at + 2) in _THREE_QUARTERS:
        return Reading(Decimal("0.75"), at + 3)
    part = at + 2 if _said(words, at + 1) in {"a", "an"} else at + 1
    half = _HALVES.get(_said(words, part))
    return Reading(half, part + 1) if half else None
