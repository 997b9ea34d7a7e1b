"""The types of slots: how each is read from what callers say and from the keys they press."""

from collections.abc import Mapping

from runtime.flow.slots.choices import parse_choice, words_of_choices
from runtime.flow.slots.dates import parse_date
from runtime.flow.slots.datetimes import parse_datetime
from runtime.flow.slots.digits import digits_are_missing, parse_digits
from runtime.flow.slots.durations import parse_duration
from runtime.flow.slots.emails import email_is_left_open, parse_email
from runtime.flow.slots.keypad import KEYPAD_TYPES, keypad_length, parse_keypad
from runtime.flow.slots.money import parse_money
from runtime.flow.slots.names import parse_name
from runtime.flow.slots.numbers import number_is_left_open, parse_integer, parse_number
from runtime.flow.slots.patterns import parse_pattern
from runtime.flow.slots.phones import parse_phone, phone_is_missing_digits
from runtime.flow.slots.texts import parse_text
from runtime.flow.slots.times import parse_time
from runtime.flow.slots.value import Found, Parser, SlotContext
from runtime.flow.slots.yes_no import parse_yes_no

__all__ = [
    "KEYPAD_TYPES",
    "SLOT_TYPES",
    "Found",
    "Parser",
    "SlotContext",
    "incomplete",
    "keypad_length",
    "parse_keypad",
    "words_of_choices",
]

SLOT_TYPES: Mapping[str, Parser] = {
    "text": parse_text,
    "yes_no": parse_yes_no,
    "number": parse_number,
    "integer": parse_integer,
    "money": parse_money,
    "date": parse_date,
    "time": parse_time,
    "datetime": parse_datetime,
    "duration": parse_duration,
    "phone": parse_phone,
    "digits": parse_digits,
    "choice": parse_choice,
    "name": parse_name,
    "email": parse_email,
    "pattern": parse_pattern,
}


def incomplete(type: str, utterance: str, context: SlotContext) -> bool:
    """Whether the caller has plainly not finished: seven digits of a telephone number.

    False says nothing: most unfinished answers can't be told from finished ones.
    """
    match type:
        case "phone":
            return phone_is_missing_digits(utterance, context)
        case "digits":
            return digits_are_missing(utterance, context)
        case "email":
            return email_is_left_open(utterance)
        case "number" | "integer" | "money" | "duration":
            return number_is_left_open(utterance)
    return False
