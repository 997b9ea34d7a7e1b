"""Free text: what the caller said, as it was heard."""

from runtime.flow.slots.value import Found, SlotContext


def parse_text(utterance: str, context: SlotContext) -> Found | None:
    """Take the whole utterance, stripped; never in passing, for anything would do."""
    said = utterance.strip()
    if not said or not context.expected:
        return None
    start = utterance.index(said)
    return Found(said, (start, start + len(said)))
