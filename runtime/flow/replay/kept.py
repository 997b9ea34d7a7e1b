"""One step of a call as it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runtime.flow.engine.state import CallState
from runtime.flow.replay.coding import Json


@dataclass(frozen=True, slots=True)
class KeptStep:
    """An event and the effects that it had, without what may not be kept of either."""

    event: Mapping[str, Any]
    effects: tuple[Mapping[str, Any], ...]
    replaced: bool = False
    """A stand-in takes the place of something sensitive in the event."""
    unlike: bool = False
    """With the stand-ins, the same flow comes to other effects than these."""
    replayed: CallState | None = field(default=None, repr=False, compare=False)
    """Where a replay stands after it, once stand-ins made that another place; never written.

    It holds stand-ins only. The call's next `kept_step` needs it.
    """

    def as_json(self) -> Json:
        """Return what is written."""
        made: Json = {"event": self.event, "effects": list(self.effects)}
        if self.replaced:
            made["replaced"] = True
        if self.unlike:
            made["unlike"] = True
        return made

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> "KeptStep":
        """Return the step that was written."""
        replaced, unlike = bool(data.get("replaced")), bool(data.get("unlike"))
        return KeptStep(data["event"], tuple(data["effects"]), replaced, unlike)
