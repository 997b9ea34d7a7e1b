"""Days and clock times said together, in any order: "tomorrow at five", "in two hours"."""

from datetime import date, datetime, time, timedelta

from runtime.flow.slots.calendar_text import CalendarText, read_calendar_text
from runtime.flow.slots.dates import date_meant, find_dates
from runtime.flow.slots.mentions import Mention, Reading, find_mentions, found_in, meant, rule
from runtime.flow.slots.times import MOMENTS, PARTS_OF_DAY, later, time_meant
from runtime.flow.slots.value import Found, SlotContext

# Before this hour "at night" is the morning of the day after.
_NIGHT_ENDS_AT = 5

_LATE = frozenset({"night", "tonight", "midnight"})

_MOMENT_RULES = tuple(rule(said, read) for said, read in MOMENTS)


def parse_datetime(utterance: str, context: SlotContext) -> Found | None:
    """Find a day with a time; the value is an aware `datetime` in the zone of the call's clock.

    A time alone is taken only where the slot was asked for: the next such time, to be
    confirmed. A day alone is no answer.
    """
    written = _written(utterance, context)
    if written is not None:
        return written
    text = read_calendar_text(utterance)
    moment = meant(text, find_mentions(text, _MOMENT_RULES, context))
    return found_in(text, moment or _said_together(text, context))


def _written(utterance: str, context: SlotContext) -> Found | None:
    """ISO 8601, as language models and requests write it."""
    said = utterance.strip()
    if "T" not in said:
        return None
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return None
    zone = context.now.tzinfo
    local = moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)
    start = utterance.index(said)
    return Found(local, (start, start + len(said)))


def _said_together(text: CalendarText, context: SlotContext) -> Mention[datetime] | None:
    day = date_meant(text, context)
    for mention in find_dates(text, context):
        text = text.without(mention.first, mention.end, keep=PARTS_OF_DAY)
    clock = time_meant(text, context)
    if day is None:
        return _next_at(clock, context) if clock is not None and context.expected else None
    if clock is None or clock.reading.value is None or day.reading.value is None:
        return None
    moment = _moment(day.reading.value, clock.reading.value, text, context)
    certain = day.reading.certain and clock.reading.certain and moment.certain
    first, end = min(day.first, clock.first), max(day.end, clock.end)
    return Mention(first, end, Reading(moment.value, certain))


def _moment(day: date, at: time, text: CalendarText, context: SlotContext) -> Reading[datetime]:
    """The time on the day; "tonight at twelve" is tomorrow's first minute."""
    late = at.hour < _NIGHT_ENDS_AT and any(sign.text in _LATE for sign in text.signs)
    moment = datetime.combine(day + timedelta(days=late), at, context.now.tzinfo)
    return Reading(moment, certain=not late or day == context.now.date())


def _next_at(clock: Mention[time], context: SlotContext) -> Mention[datetime]:
    if clock.reading.value is None:
        return Mention(clock.first, clock.end, Reading(None))
    today = datetime.combine(context.now.date(), clock.reading.value, context.now.tzinfo)
    passed = today < later(context.now, timedelta(0))
    moment = today + timedelta(days=passed)
    return Mention(clock.first, clock.end, Reading(moment, certain=False))
