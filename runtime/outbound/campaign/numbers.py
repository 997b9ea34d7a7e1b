"""Telephone numbers as lists have them, and lists of numbers that must not be called."""

import csv
import io
import re

from runtime.flow.slots.phones import phone_number

_SEPARATORS = re.compile(r"[\s().\-\u2010-\u2015\u00a0]+")


def mobile_number(text: str) -> str | None:
    """Return the ten digits that the carrier takes, or None where these are none.

    +91, 0091, 91 and a leading 0 are left out, and so are spaces, dashes and brackets.
    """
    digits = _SEPARATORS.sub("", text.strip())
    is_international = digits.startswith("+")
    digits = digits.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        return None
    number = phone_number(digits, is_international)
    return number if number is not None and len(number) == 10 and number.isdigit() else None


def read_numbers(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the numbers of a suppression list, and what in it is none.

    A number a line, or the first cell of a CSV; an empty line, one that begins with # and a
    headline are passed over.
    """
    numbers: dict[str, None] = {}
    wrong: list[str] = []
    for place, row in enumerate(csv.reader(io.StringIO(text, newline=""))):
        cell = re.split(r"[;\t]", row[0])[0].strip() if row else ""
        if not cell or cell.startswith("#"):
            continue
        number = mobile_number(cell)
        if number is not None:
            numbers[number] = None
        elif place > 0 or any(letter.isdigit() for letter in cell):
            wrong.append(cell)
    return tuple(numbers), tuple(wrong)
