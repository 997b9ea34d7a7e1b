"""`record_call`: whether a flow's calls are recorded."""

from dataclasses import dataclass

from runtime.flow.document.draft import Draft
from runtime.flow.document.keys import Key, Kind, Table, open_table
from runtime.flow.document.values import WORD, choice
from runtime.flow.model import RecordCall
from runtime.flow.source import Fields, Node

CONSENT = "consent"

AFTER_CONSENT = Key(
    "after_consent", WORD, "The variable or slot that is true once the caller agrees.", CONSENT
)
RECORD_CALL_TABLE = Table("'record_call'", (AFTER_CONSENT,))

_RULE = choice({rule.value: rule for rule in RecordCall})


@dataclass(frozen=True, slots=True)
class Recorded:
    """What stands under `record_call`."""

    rule: RecordCall
    consent: str = CONSENT


def read_record_call(draft: Draft, node: Node) -> Recorded | None:
    """Read the rule, or the name of what the caller's consent is kept in."""
    if not isinstance(node, Fields):
        rule = _RULE.read(draft, node)
        return None if rule is None else Recorded(rule)
    values = open_table(draft, node, RECORD_CALL_TABLE)
    if values is None:
        return None
    return Recorded(RecordCall.AFTER_CONSENT, values.get_or(AFTER_CONSENT, CONSENT))


RECORD_CALL = Kind(f"{_RULE.name}, or {{after_consent}}", read_record_call)
