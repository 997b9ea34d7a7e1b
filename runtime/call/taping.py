"""Whether a call is recorded, from when on, and what its engine says of it that is sensitive."""

from runtime.call.equipment import Equipment
from runtime.call.hearing import Hearing
from runtime.call.mouth import Mouth
from runtime.call.record import CallRecord
from runtime.call.tape import Tape
from runtime.flow import engine
from runtime.flow.engine.effects import Effect, Entered, Listen
from runtime.flow.engine.events import Event
from runtime.flow.engine.state import CallState
from runtime.flow.model import Flow, RecordCall, with_runs


class Taping:
    """Follows one call's engine; makes a tape when there is a caller and he may be recorded.

    What the flow says of it (`record_call`) counts before the operator's setting; of flows that run
    each other, that of the first.
    """

    def __init__(
        self, record: CallRecord, flow: Flow, equipment: Equipment, hearing: Hearing, mouth: Mouth
    ) -> None:
        self._record = record
        self._flow = flow
        self._shelf = equipment.recording_shelf
        by_default = RecordCall.ALWAYS if equipment.records_calls else RecordCall.OFF
        self._rule = flow.record_call or by_default
        if self._shelf is None:
            self._rule = RecordCall.OFF
        self._clock = equipment.clock
        self._hearing = hearing
        self._mouth = mouth
        self._asks_sensitive = False
        self._tape: Tape | None = None

    def answered(self, state: CallState) -> None:
        """The caller has picked up; nothing of him was heard yet."""
        self._look(state)

    def before(self, state: CallState, event: Event) -> None:
        """The engine will be told this: an utterance is sensitive by what is asked now."""
        if self._tape is not None and (held := self._hearing.held(event)) is not None:
            is_sensitive = engine.hides(self._flow, state, event)
            self._tape.settle(held, is_sensitive=is_sensitive)

    def after(self, state: CallState, effects: tuple[Effect, ...]) -> None:
        """The engine has made a step."""
        if self._rule is RecordCall.OFF:
            return
        for effect in effects:
            match effect:
                case Entered():
                    self._asks(is_sensitive=False)
                case Listen(sensitive=is_sensitive):
                    self._asks(is_sensitive=is_sensitive)
        self._look(state)

    def end(self) -> None:
        """The call is over, or the caller takes his consent back: what there is stays."""
        self._rule = RecordCall.OFF
        tape, self._tape = self._tape, None
        if tape is not None:
            self._hearing.attach(None)
            self._mouth.attach(None)
            tape.finish()

    def _look(self, state: CallState) -> None:
        """Begin or end, as it has come to be."""
        if self._record.answered_at is None:
            return
        if self._rule is RecordCall.ALWAYS:
            is_wanted = True
        else:
            is_wanted = self._rule is RecordCall.AFTER_CONSENT and _consents(self._flow, state)
        if is_wanted and self._tape is None:
            self._begin()
        elif self._tape is not None and (self._tape.is_over or not is_wanted):
            self.end()

    def _begin(self) -> None:
        assert self._shelf is not None, "without a shelf nothing is recorded"
        file, path = self._shelf.open(self._record.id, self._record.started_at)
        self._record.recorded(self._clock(), path)
        slots = (slot for flow in with_runs(self._flow) for slot in flow.slots.values())
        holds_back = any(slot.sensitive for slot in slots)
        self._tape = Tape(file, self._hearing.position, holds_back=holds_back)
        self._tape.asks(is_sensitive=self._asks_sensitive)
        self._mouth.attach(self._tape)
        self._hearing.attach(self._tape)

    def _asks(self, *, is_sensitive: bool) -> None:
        self._asks_sensitive = is_sensitive
        if self._tape is not None:
            self._tape.asks(is_sensitive=is_sensitive)


def _consents(flow: Flow, state: CallState) -> bool:
    """Whether the variable or slot of the flow that takes the call is true, and not merely said."""
    frame = state.frames[0] if state.frames else state
    name = flow.consent
    return (frame.slots if name in flow.slots else frame.variables).get(name) is True
