"""Free text: kept as it was said."""

from datetime import UTC, datetime

from tables import each_row
from test_dates import DATES
from test_emails import EMAILS
from test_names import NAMES

from runtime.flow.slots.texts import parse_text
from runtime.flow.slots.value import SlotContext

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
ASKED = SlotContext(NOW, "en-IN", expected=True, options={})
IN_PASSING = SlotContext(NOW, "en-IN", expected=False, options={})

SAID = [
    *("the pump is broken", "it hurts, here.", "yes", "no", "help", "12", "...", "मेरा पंप खराब है"),
    *(said for said, _ in (*DATES, *EMAILS, *NAMES)),
]


@each_row("utterance", SAID)
def test_whatever_is_said_is_the_value(utterance: str) -> None:
    found = parse_text(f"  {utterance}\n", ASKED)
    assert found is not None
    assert found.value == utterance.strip()
    assert found.span == (2, 2 + len(utterance.strip()))
    assert found.certain


@each_row("utterance", SAID)
def test_nothing_is_free_text_in_passing(utterance: str) -> None:
    assert parse_text(utterance, IN_PASSING) is None


@each_row("utterance", ["", " ", "\n"])
def test_silence_is_none(utterance: str) -> None:
    assert parse_text(utterance, ASKED) is None
