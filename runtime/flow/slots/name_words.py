"""The words around a name: what leads to one, what ends one, and what is none."""

from runtime.flow.slots.words import folded, listed


def _phrases(said: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(folded(phrase).split()) for phrase in said.split("|"))


HALF_NAMES = listed("last second middle sur")
"""Before "name is": what follows is only a part, where the rest is said as well."""

LEADS_IN = _phrases(
    "my name is|my names|my good name is|my full name is|the name is|the names|name is|myself"
    "|my self|name would be|you can call me|call me|they call me|people call me|i am called"
    "|im called|mera naam|mera nam|naam|naam mera|नाम"
    "|mera naam hai|mera shubh naam|naam hai|मेरा नाम|मेरा नाम है"
    "|मेरा शुभ नाम|name should be|i go by|my first name is|first name is|first name"
    "|put it under|under the name|under the name of|in the name of"
    "|book it under|patient name is|the patient is"
)
"""What follows is a name, whatever the word is."""

MAY_LEAD_IN = _phrases(
    "this is|im|i am|its|it is|thats|that is|here is|you are speaking to"
    "|you are speaking with|youre speaking with|youre talking to|speaking to|its for|it is for"
    "|its under|it is under|under"
    "|change it to|make it|it should be|i meant|i said"
)
"""What follows may be a name."""

SAYS_WHO = listed("here speaking this bol bolta bolti बोल calling hoon hun hu हूं")
"""Stands behind the caller's own name: "Anita here", "Anita this side", "Anita bol rahi hoon"."""

TITLES = listed(
    "mr mrs ms miss mister missus dr doctor prof professor shri shree sri smt shrimati sir"
    " madam captain colonel major श्री श्रीमती डॉक्टर adv advocate"
)

GREETINGS = listed(
    "yes yeah yep ya yup sure hello hi hey namaste namaskar good morning afternoon evening ok"
    " okay alright right haan ji oh sir madam maam the name full it main mein yeh मैं यह हां"
    " जी नमस्ते हैलो please"
)
"""May come before a name that is the whole answer."""

JOINERS = _phrases(
    "and my last name is|and the last name is|and last name is|my last name is|last name is"
    "|last name|and surname is|my surname is|surname is|surname|and my surname is|space"
    "|second name is|second name|middle name is|middle name|first name"
)
"""Stand between the parts of one name."""

SPELLING_FOLLOWS = listed("thats that is its it spelled spelt spelling spell i as which")

TRAILING = listed(
    "sir madam maam please thanks thank you here speaking this side hai hoon hun hu h ji is"
    " my name bol raha rahi on the line है हूं जी बोल रहा रही yes only okay ok"
)
"""May follow a name that is the whole answer."""

ENDS_A_NAME = listed(
    "and sir madam maam i im my from calling the with here speaking but so because what not"
    " is was hai hoon hun hu for at on in this to you we it its that are am your his her who"
    " aur se ka ki ko bol raha rahi ji side please thanks thank or of yes no actually sorry है"
    " हूं से का की को और बोल रहा रही जी instead almost want need like would can could have had"
    " where when how why if then there speak number phone mobile email age years old also only"
    " just calls called spelled spelt spelling surname regarding about wait wala mera naam nam"
    " मेरा नाम tell know"
)
"""No part of a name, even behind "my name is"."""

IS_NO_NAME = listed(
    "a an yes yeah yep yup no nope nah nahi nahin haan ok okay sure right correct wrong fine"
    " good great well bad sick ill done ready sorry thanks please hello hi hey bye goodbye"
    " namaste what which who whom whose how he she they them him us me mine our ours their"
    " theirs yours do does did dont doesnt didnt be been being has hasnt havent were isnt"
    " arent wasnt will wont shall should must may might cant couldnt wouldnt get got give take"
    " make made go going come see look looking say said speak talk tell ask call calling book"
    " booking cancel change confirm want wanted wants need needs help repeat stop wait hold"
    " moment minute second one two three four five six seven eight nine ten zero half today"
    " tomorrow yesterday now later soon morning afternoon evening night monday tuesday"
    " wednesday thursday friday saturday sunday january february appointment order delivery"
    " account person agent human operator someone somebody anyone anybody nobody everyone"
    " everybody nothing something anything everything thing things again very too really maybe"
    " perhaps probably still already ever never always urgent late early busy free available"
    " interested happy sad angry tired afraid able unable not all any some more less much many"
    " few other another same different new old big small time date day week month year address"
    " number name names phone mobile email id code pin money price cost rupees dollars doctor"
    " clinic hospital bank card bill payment refund problem issue question answer information"
    " details service customer support reception mother father wife husband son daughter"
    " brother sister friend child kid guy man woman boy girl up down out off over under after"
    " before since until till by as than into onto here there where when why because although"
    " though however that these those let lets im ive youre theyre whats wheres hows cannot"
    " nai kya kaun kab kahan kaise kyun chahiye karo kar de dijiye pata mujhe aap main hum tum"
    " woh yeh क्या कौन कब कहां नहीं हां मुझे चाहिए आप मैं हम पता ठीक trying having hoping"
    " wondering just like know think believe mean understand hear heard feel work works"
    " working true false possible impossible enough first last next previous menu option press"
    " hash star hmm anonymous private secret important about mistake back home office car"
    " pizza food double triple theres heres hes shes weve youve theyve items item song music"
    " weather text message transfer add play list compose"
)
"""Common words: no name by themselves, though some are behind "my name is" (Will, May)."""
