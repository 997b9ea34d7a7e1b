"""What can go wrong between an adapter and its vendor, as data."""

from dataclasses import dataclass
from typing import Final, Literal

BEFORE: Final = -2
"""A question was taken whole; nothing of the answer is sent yet."""
IN_HEAD: Final = -1
"""Half of the answer's head is sent, or of a WebSocket's handshake."""

Kind = Literal["drop", "hang", "late", "garbage", "hang_up", "refuse", "page"]
"""drop: the connection breaks off without a goodbye; hang: it stays, and nothing more comes;
late: the server waits until `LocalServer.go` is set; garbage: something comes that is not the
protocol; hang_up: a WebSocket is closed properly, too early; refuse: a status instead of an answer;
page: a page in HTML, as a hotel's network answers everything.
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """It happens in every exchange that the rig does not spare."""

    kind: Kind
    at: int = BEFORE
    """Instead of which piece of the answer, from 0; or `BEFORE`, or `IN_HEAD`."""

    status: int = 0
    """Of a refusal."""

    retry_after: str = ""
    """A refusal's Retry-After; none where it is empty."""
