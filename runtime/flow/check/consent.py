"""A caller who is never asked cannot agree to be recorded."""

from collections.abc import Iterator

from runtime.flow.check.subject import Subject
from runtime.flow.model import RecordCall
from runtime.flow.problem import Problem, suggestion


def consent_is_never_given(subject: Subject) -> Iterator[Problem]:
    """What `record_call: after_consent` waits for can become true."""
    flow = subject.flow
    if flow.record_call is not RecordCall.AFTER_CONSENT:
        return
    name = flow.consent
    slot = flow.slots.get(name)
    if slot is not None and slot.type != "yes_no":
        message = f"the slot '{name}' is no consent: it is of the type '{slot.type}'."
        hint = "Only a 'yes_no' slot becomes true."
    elif name not in flow.names:
        message = f"the recording waits for '{name}', which nothing sets."
        hint = suggestion(name, flow.names) or f"Ask for a 'yes_no' slot '{name}'."
    else:
        return
    yield Problem(subject.place("record_call"), "error", "no-consent", message, hint)
