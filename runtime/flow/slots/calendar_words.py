"""Spoken words of days, clocks and lengths of time: English as it is heard, and Hindi.

Each table maps a sign, the one spelling that the rules are written in, to what callers say for
it. Romanised Hindi has the spellings that speech-to-text and typing produce.
"""

from collections.abc import Mapping

from runtime.flow.slots.number_words import below_hundred
from runtime.flow.slots.words import folded


def _by_spelling(rows: Mapping[str, str]) -> dict[str, str]:
    return {folded(spelling): sign for sign, said in rows.items() for spelling in said.split()}


def _set(said: str) -> frozenset[str]:
    return frozenset(folded(word) for word in said.split())


# Monday is @0, as date.weekday() counts.
WEEKDAYS = _by_spelling(
    {
        "@0": "monday somvar somwar somvaar सोमवार",
        "@1": "tuesday tues mangalvar mangalwar mangalvaar मंगलवार मंगल",
        "@2": "wednesday weds budhvar budhwar budhvaar बुधवार बुध",
        "@3": "thursday thurs guruvar guruwar guruvaar brihaspativar veervar"
        " गुरुवार गुरूवार बृहस्पतिवार वीरवार",
        "@4": "friday shukravar shukrawar shukravaar शुक्रवार",
        "@5": "saturday shanivar shaniwar shanivaar शनिवार",
        "@6": "sunday ravivar raviwar ravivaar itvar itwar रविवार इतवार",
    }
)

# Words of their own ("sat down", "the sun"): weekdays only where something points at one.
SHORT_WEEKDAYS = _by_spelling(
    {"@0": "mon", "@1": "tue", "@2": "wed", "@3": "thu thur", "@4": "fri", "@5": "sat", "@6": "sun"}
)
POINTS_AT_A_WEEKDAY = _set("on this next coming last by till until for tomorrow")

MONTHS = _by_spelling(
    {
        "#1": "january jan janvari janwari जनवरी",
        "#2": "february feb febuary farvari farwari फरवरी फ़रवरी",
        "#3": "march mar मार्च",
        "#4": "april apr aprail अप्रैल",
        "#5": "may मई",
        "#6": "june jun joon जून",
        "#7": "july jul julai जुलाई",
        "#8": "august aug agast अगस्त",
        "#9": "september sept sep sitambar सितंबर सितम्बर",
        "#10": "october oct aktubar अक्टूबर अक्तूबर",
        "#11": "november nov navambar नवंबर नवम्बर",
        "#12": "december dec disambar दिसंबर दिसम्बर",
    }
)

# Verbs as well as months ("may I", "march ahead"): months only beside a day's number.
VERBS_TOO = _set("may march mar")

UNITS = _by_spelling(
    {
        "seconds": "seconds sec secs सेकंड सेकेंड",
        "minute": "minute minutes min mins minit मिनट मिनिट",
        "hour": "hour hours hr hrs ghante ghanta ghanton घंटे घंटा घंटों घण्टे घण्टा",
        "day": "day days din dino dinon दिन दिनों",
        "week": "week weeks wk wks hafte hafta hafton saptah हफ्ते हफ्ता हफ़्ते हफ़्ता सप्ताह",
        "fortnight": "fortnight fortnights",
        "month": "month months mahine mahina mahino mahinon महीने महीना महीनों",
        "year": "year years yr yrs saal साल",
    }
)

# Said after a number; as single letters only right behind digits ("1h 30m").
LETTER_UNITS = {"h": "hour", "m": "minute", "s": "seconds", "d": "day"}

DAYPARTS = _by_spelling(
    {
        "morning": "morning subah subeh savere सुबह सवेरे",
        "afternoon": "afternoon dopahar dopaher दोपहर",
        "evening": "evening shaam sham शाम",
        "night": "night raat raath रात",
    }
)

OTHER_SIGNS = _by_spelling(
    {
        "today": "today aaj आज",
        "tomorrow": "tomorrow tommorow tommorrow tomorow tmrw tmrow tomo",
        "kal": "kal कल",
        "parso": "parso parson parsoon परसों",
        "overmorrow": "overmorrow",
        "narso": "narso narson tarso नरसों तरसों",
        "yesterday": "yesterday",
        "tonight": "tonight tonite",
        "now": "now abhi अभी",
        "noon": "noon midday noontime",
        "midnight": "midnight",
        "weekend": "weekend",
        "next": "next agle agla agli अगले अगला अगली",
        "this": "this इस",
        "coming": "coming upcoming following aane aanewale आने आनेवाले",
        "last": "last pichle pichhle pichla पिछले पिछला aakhri आखिरी",
        "later": "later baad hence बाद",
        "ago": "ago pehle pahle पहले",
        "end": "end aakhir ant आखिर आख़िर अंत",
        "date": "date tarikh tareekh tarik तारीख तारीख़",
        "oclock": "oclock baje बजे",
        "struck": "bajkar bajke baj बजकर",
        "past": "past",
        "to": "to",
        "half-more": "saade sade saadhe sadhe साढ़े साड़े",
        "quarter-more": "sava sawa सवा",
        "quarter-less": "paune pone pauna paun पौने पौन पौना",
        "one-and-half": "dedh der डेढ़ डेढ",
        "two-and-half": "dhai dhaai adhai ढाई अढ़ाई",
        "half": "half ½ aadha aadhe adha आधा आधे",
        "quarter": "quarter quarters ¼",
        "three-quarter": "¾",
        "at": "at around about approximately approx roughly @",
        "am": "am एएम",
        "pm": "pm पीएम",
        "couple": "couple",
        "and": "and aur और",
        "nahi": "nahi nahin mat नहीं मत",
        "not": "not cannot cant dont wont isnt doesnt except",
    }
)

NUMBERS = below_hundred("en")
TENS = _set("twenty thirty forty fourty fifty sixty seventy eighty ninety")

_IN_ORDER = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth"
    " fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
ORDINALS = {word: value for value, word in enumerate(_IN_ORDER.split(), start=1)} | {
    "thirtieth": 30,
    "twelth": 12,
    "nineth": 9,
    "pehli": 1,
    folded("पहली"): 1,
}

# Romanised numbers that are English words too ("do", "sat"): only beside a Hindi word below.
NUMBERS_IN_DOUBT = {
    word: value for word, value in below_hundred("hi").items() if word not in NUMBERS
} | {"aat": 8}
HINDI_BEFORE_A_NUMBER = _set(
    "saade sade saadhe sadhe sava sawa paune pone subah subeh shaam raat dopahar ke"
)
HINDI_AFTER_A_NUMBER = _set(
    "baje bajkar bajke baj ghante ghanta din dino hafte hafta mahine mahina saal minit"
    " tarikh tareekh tarik minute minutes ko"
)

# Particles and hesitations that carry no time of their own.
DROPPED = _set(
    "um uh er hmm ish ke ki ka ko mein wale wali wala vale के की का को में पर वाले वाली वाला"
    " exactly sharp itself maybe perhaps probably say ji जी"
)

# A bare number is only taken for a day or an hour where one of these, or nothing, follows.
MAY_FOLLOW = _set(
    "| on in at for from by and or but if please thanks thank ok okay yes no not sorry then so"
    " today tomorrow tonight kal parso this next coming morning afternoon evening night is was"
    " will would works work sounds good fine great should can could with to till until because"
    " since only actually right i id we my sir madam am pm theek thik hai chalega"
    " rahega ठीक है @0 @1 @2 @3 @4 @5 @6 date oclock that which it do"
)

# What may stand around a bare number that is the whole answer.
FILLERS = _set(
    "the on for it its is that i id ill we me my yes yeah yep no nope ok okay please"
    " thanks thank you sorry actually mean meant said rather make let lets would will like want"
    " prefer to be so well oh ah hi hello sir madam and book date good fine works haan ji theek"
    " hai chahiye हाँ हां है ठीक चाहिए instead then"
)

# "today" is small talk ("how are you today") unless one of these leads to it, or a time follows.
LEADS_TO_TODAY = _set(
    "for by from on in come coming appointment booking meeting slot visit until till me it there"
    " here or not be free available and mean meant delivered delivery call back please no"
)
FOLLOWS_TODAY = _set("at by morning afternoon evening night please after before")

# Between two mentions: the later one replaces the earlier.
CORRECTIONS = _set(
    "no nope not sorry actually mean meant rather instead wait correction make nahi balki बल्कि"
)

# May stand between "not" and what it denies.
CARRIES_NOT = _set("on for at do come make the this next coming in be it of by free available")

# Behind "not", these deny the day in front: "Friday doesn't work".
SUITS = _set("work suit possible good ok okay fine free available convenient")

PAST_TENSE = _set("tha thi gaya gayi aaya aayi hua hui था थी थे गया गयी गई आया आयी")

# "A second opinion", "my first visit".
MAKES_AN_ORDINAL_A_RANK = _set("a an my your our his her their every each")

# In front of a bare number that answers "at what time?".
LEADS_TO_AN_HOUR = FILLERS - {"for"} | CORRECTIONS | _set("| do think can come this next")
