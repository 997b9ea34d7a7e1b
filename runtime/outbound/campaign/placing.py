"""What a campaign needs of the world: somebody who places a call, and tells what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from runtime.outbound.campaign.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Order:
    """A call to be placed."""

    mobile: str
    did: str
    flow: str | None
    """That of the DID where it is None."""
    variables: Mapping[str, str]
    key: str
    """Of the attempt; an order that arrives twice, by whatever way, has the same."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The call is on its way."""

    call: str
    """By this id its outcome is asked for."""


@dataclass(frozen=True, slots=True)
class NotPlaced:
    """For certain no call was placed, and another time it may be; no attempt at the number."""

    why: str
    again_after: float
    """Seconds."""


@dataclass(frozen=True, slots=True)
class Declined:
    """No call was placed: the carrier failed, or the order itself is wrong. An attempt, too."""

    why: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Doubtful:
    """The call may or may not have been placed."""

    why: str


@dataclass(frozen=True, slots=True)
class Barred:
    """No call was placed, and none will be until the operator has seen to it."""

    why: str


Answer = Placed | NotPlaced | Barred | Declined | Doubtful


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of a call."""

    outcome: Outcome
    why: str = ""
    slots: Mapping[str, object] | None = None
    has_opted_out: bool = False
    """The callee does not want to be called again, by any campaign."""


@dataclass(frozen=True, slots=True)
class Live:
    """The call goes on, or nobody can be asked now."""


@dataclass(frozen=True, slots=True)
class Missing:
    """The server knows of no such call."""


class Line(Protocol):
    """Places calls, and tells what came of them."""

    async def place(self, order: Order) -> Answer:
        """Place a call. It is not idempotent: never called twice for one attempt."""

    async def find(self, order: Order, since: float) -> str | None:
        """Return the id of a call that was placed by that order since then (POSIX seconds)."""

    async def look(self, call: str) -> Ended | Live | Missing:
        """Tell how a call stands."""
