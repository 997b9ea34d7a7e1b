"""How an attempt to reach a number ended."""

from enum import StrEnum


class Outcome(StrEnum):
    """What came of one attempt; the first five are those of `GET /v1/calls/{id}`."""

    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    VOICEMAIL = "voicemail"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """The call may or may not have been placed: the worker died, or no answer came, meanwhile."""
    REFUSED = "refused"
    """The server takes no such call, now or later: a wrong number, DID or variable."""

    @property
    def is_failure(self) -> bool:
        """Whether something is wrong with the line, and not only with the moment."""
        return self in (Outcome.FAILED, Outcome.UNKNOWN, Outcome.REFUSED)


def outcome_of(name: object) -> Outcome:
    """Return the outcome of that name; a name that a newer server may have is a failure."""
    try:
        return Outcome(str(name))
    except ValueError:
        return Outcome.FAILED
