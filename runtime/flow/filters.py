"""The filters that a flow's templates have besides Jinja's own: values in words one can hear."""

import datetime as dt
from collections.abc import Callable, Mapping

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


class Masked(str):
    """Stands for a sensitive value; every filter leaves it as it is."""

    __slots__ = ()


def digits(value: object) -> str:
    """Return `value` read out one character at a time, in groups: "9 8 4 5 0, 1 2 3 4 5"."""
    if isinstance(value, Masked):
        return value
    text = "".join(character for character in str(value) if character.isalnum())
    half = len(text) // 2 if len(text) > 6 else len(text)
    groups = (text[:half], text[half:])
    return ", ".join(" ".join(group) for group in groups if group)


def ordinal(number: int) -> str:
    """Return 1st, 2nd, 3rd, 11th …."""
    teen = 10 <= number % 100 <= 20
    return f"{number}{'th' if teen else _ENDINGS.get(number % 10, 'th')}"


def date(value: object) -> str:
    """Return a date as it is spoken: "Friday, 5th June"."""
    if isinstance(value, Masked):
        return value
    day = value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))
    return f"{_WEEKDAYS[day.weekday()]}, {ordinal(day.day)} {_MONTHS[day.month - 1]}"


def time(value: object) -> str:
    """Return a time of day as it is spoken: "5 pm", "5:30 pm"."""
    if isinstance(value, Masked):
        return value
    if isinstance(value, dt.datetime):
        moment = value.time()
    elif isinstance(value, dt.time):
        moment = value
    else:
        moment = dt.time.fromisoformat(str(value))
    minutes = f":{moment.minute:02d}" if moment.minute else ""
    return f"{moment.hour % 12 or 12}{minutes} {'am' if moment.hour < 12 else 'pm'}"


def duration(value: object) -> str:
    """Return a length of time in words; takes a timedelta or seconds."""
    if isinstance(value, Masked):
        return value
    seconds = round(value.total_seconds() if isinstance(value, dt.timedelta) else float(str(value)))
    parts: list[str] = []
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, seconds = divmod(seconds, length)
        if count:
            parts.append(f"{count} {unit}{'s' if count != 1 else ''}")
    return " and ".join(parts) or "0 seconds"


FILTERS: Mapping[str, Callable[[object], str]] = {
    "date": date,
    "digits": digits,
    "duration": duration,
    "time": time,
}


def spoken(type: str, value: object) -> str:
    """Return a slot's value as one says it."""
    match type:
        case "date":
            return date(value)
        case "time":
            return time(value)
        case "datetime":
            return f"{date(value)} at {time(value)}"
        case "duration":
            return duration(value)
        case "phone" | "digits" | "pattern":
            return digits(value)
        case "yes_no":
            return "yes" if value else "no"
        case _:
            return str(value)
