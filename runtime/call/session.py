"""One call: carries the engine's effects out, and turns what happens into the engine's events."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import assert_never

from providers.ledger import keep_ledger
from runtime.call.equipment import Equipment, LoadedFlow
from runtime.call.errands import Errands
from runtime.call.foresight import Foresight
from runtime.call.frames import Frames
from runtime.call.hearing import Hearing
from runtime.call.inbox import Inbox
from runtime.call.interpreter import Interpreter
from runtime.call.mouth import Mouth
from runtime.call.outbox import Outbox, Write
from runtime.call.record import CallRecord
from runtime.call.reports import Reports
from runtime.call.taping import Taping
from runtime.call.tasks import Tasks
from runtime.call.timers import Timers
from runtime.carrier import messages
from runtime.carrier.messages import CloseCode
from runtime.flow import engine
from runtime.flow.engine.effects import (
    AskModel,
    Classify,
    Effect,
    Entered,
    Failed,
    Finished,
    HangUp,
    Listen,
    PauseSpeaking,
    ResumeSpeaking,
    Say,
    SendRequest,
    StartRecording,
    StartTimer,
    StopErrand,
    StopSpeaking,
    StopTimer,
    Took,
    Understood,
)
from runtime.flow.engine.events import CallerHungUp, Event, PlayedOut, ServerLeaves
from runtime.flow.engine.passage import CALLER_HUNG_UP, SERVER_SHUTDOWN
from runtime.flow.engine.state import CallState, shown_values

AFTER_CALL_SECONDS = 300.0
"""What is done after a call has its own timers; this is for a fault of ours only."""

NO_ANSWER = "no_answer"
"""The end reason of an outgoing call that nobody has answered; a webhook may know it better."""

CLOSE_CODES = {SERVER_SHUTDOWN: CloseCode.GOING_AWAY, "fault": CloseCode.SERVER_ERROR}
"""By end reason; all others are 1000."""

log = logging.getLogger(__name__)

Close = Callable[[CloseCode, str], Awaitable[None]]
"""Closes the socket: code and reason. A second call does nothing."""


class CallSession:
    """One call from its `connected` to its end, and what is done after it.

    `on_text` and `on_binary` take the carrier's frames, synchronously; everything else that
    happens goes through one inbox to one consumer.
    """

    def __init__(
        self,
        record: CallRecord,
        loaded: LoadedFlow,
        equipment: Equipment,
        write: Write,
    ) -> None:
        self.record = record
        self.last_frame_at = asyncio.get_running_loop().time()
        self._loaded = loaded
        self._equipment = equipment
        self._clock = equipment.clock
        self._loop = asyncio.get_running_loop()
        self._inbox = Inbox(record.id, equipment.clock)
        stuck = partial(self._inbox.end, "carrier_reads_nothing")
        self._outbox = Outbox(record.id, write, stuck)
        self._timers = Timers(self._inbox.fired)
        self._reports = Reports(record, equipment, self._inbox.put)
        self._interpreter = Interpreter(loaded.classifier, equipment, self._reports)
        self._errands = Errands(equipment, loaded.llm, self._reports)
        self._started = record.as_started()
        self._state, self._first_effects = engine.start(loaded.flow, self._started)
        self._foresight = Foresight(loaded, equipment, self._errands, self._state)
        self._hearing = Hearing(
            *(record.id, loaded, equipment, self._reports, self._inbox.put, self._foresight),
            is_outgoing=record.direction == "outgoing",
        )
        self._mouth = Mouth(
            record.call_id,
            equipment.prompts,
            loaded.recordings,
            loaded.tts,
            loaded.voice,
            self._outbox.put,
            self._reports,
        )
        self._taping = Taping(record, loaded.flow, equipment, self._hearing, self._mouth)
        self._frames = Frames(record.id, equipment.figures)
        self._close_code: CloseCode | None = None
        self._over = asyncio.Event()
        self._finished = asyncio.Event()

    @property
    def unsent(self) -> int:
        """Messages that wait for the socket."""
        return len(self._outbox)

    @property
    def state(self) -> CallState:
        """Where the flow stands."""
        return self._state

    @property
    def heard_seconds(self) -> float:
        """The caller's sound so far."""
        return self._hearing.seconds

    # -- the carrier's frames ----------------------------------------------------------------------

    def on_text(self, text: str | bytes) -> None:
        """Take a text frame: hear it, count it, or end the call for it."""
        payload = messages.usual_sound(text)
        if payload is not None:
            self.on_binary(payload)
        else:
            self.last_frame_at = self._loop.time()
            self._frames.take(text, self)

    def on_binary(self, frame: bytes) -> None:
        """Take a binary frame, which counts as the payload of a `media`."""
        self.last_frame_at = self._loop.time()
        if self.record.answered_at is None:
            self._answered()
        self._hearing.hear(frame)

    def on_close(self) -> None:
        """The carrier has closed: the call is over, whatever was going on."""
        if self.record.direction == "outgoing" and self.record.answered_at is None:
            self.end(NO_ANSWER)
        else:
            self._inbox.put(CallerHungUp(at=self._clock()))

    def end(self, reason: str) -> None:
        """End the call for a reason of ours: it becomes the call's `end_reason`."""
        self._inbox.end(reason)

    def take_leave(self) -> None:
        """The server is about to stop: tell the caller so, and end the call when he has heard it.

        Where nobody has answered yet there is nobody to tell, and the call ends at once.
        """
        if self.record.answered_at is None:
            self.end(SERVER_SHUTDOWN)
        else:
            self._inbox.put(ServerLeaves(at=self._clock()))

    def _answered(self) -> None:
        self.record.answered(self._clock())
        self._mouth.answered()
        self._taping.answered(self._state)

    def break_off(self, code: CloseCode, why: str) -> None:
        """The carrier breaks its protocol: end the call, and close with that code."""
        log.warning("carrier_broke_protocol", extra={"call": self.record.id, "why": why})
        self._close_code = code
        self.end("protocol_error")

    # -- the call ----------------------------------------------------------------------------------

    async def run(self, close: Close) -> None:
        """Lead the call to its end; what is to be done after it is done before this returns.

        `close` is called once the last message is written: with the code and the end reason.
        """
        keep_ledger(self._reports)
        self._begin()
        try:
            async with Tasks() as tasks:
                lasting = [
                    tasks.create_task(self._errands.run()),
                    tasks.create_task(self._consume()),
                ]
                await self._talk()
                self._end()
                await close(self._code(), self.record.end_reason or "fault")
                await self._finish()
                for task in lasting:
                    task.cancel()
        except* Exception as faults:
            # A bug of ours ends this call only; it is logged whole, once, with the call's id.
            log.error("call_failed", exc_info=faults, extra={"call": self.record.id})
            if self.record.state == "live":
                self.record.end_reason = "fault"
        finally:
            self._timers.stop_all()
            if self.record.state == "live":
                self._end()
        await close(self._code(), self.record.end_reason or "fault")

    async def _talk(self) -> None:
        """Hear and speak until the call is over, and all that is to be sent is sent.

        A provider's bug ends the call, and leaves what is to be done after it.
        """
        try:
            async with Tasks() as tasks:
                writing = tasks.create_task(self._outbox.run())
                hearing = [
                    tasks.create_task(self._mouth.run()),
                    tasks.create_task(self._hearing.run()),
                    tasks.create_task(self._foresight.run()),
                    tasks.create_task(self._interpreter.run()),
                ]
                await self._over.wait()
                for task in hearing:
                    task.cancel()
                await self._outbox.flush()
                writing.cancel()
        except* Exception as faults:
            log.error("call_failed", exc_info=faults, extra={"call": self.record.id})
            self.end("fault")
            await self._over.wait()

    def _code(self) -> CloseCode:
        reason = self.record.end_reason or "fault"
        return self._close_code or CLOSE_CODES.get(reason, CloseCode.ENDED)

    def _begin(self) -> None:
        record = self.record
        figures = self._equipment.figures
        figures.started.inc()
        figures.live.inc()
        record.begun()
        log.info("call_started", extra={"call": record.id, "did": record.did, "flow": record.flow})
        self._outbox.put(messages.connected(record.call_id))
        first = self._first_effects
        record.stepped(self._loaded.flow, None, self._started, first, self._state)
        self._carry_out(first)

    async def _consume(self) -> None:
        while True:
            event = await self._inbox.next()
            before = self._state
            self._taping.before(before, event)
            self._state, effects = engine.step(self._loaded.flow, before, event)
            self._foresight.state = self._state
            self.record.stepped(self._loaded.flow, before, event, effects, self._state)
            self._timers.late = self._since(event)
            self._carry_out(effects)
            self.record.knows(event.at, *shown_values(self._loaded.flow, self._state))

    def _since(self, event: Event) -> float:
        """Return the seconds since it happened: a silence begins where the last sound has ended."""
        quiet = self._mouth.quiet_for() if isinstance(event, PlayedOut) else None
        return self._clock() - event.at if quiet is None else quiet

    def _end(self) -> None:
        """The caller has gone."""
        self._hearing.close()
        self._taping.end()
        record, figures = self.record, self._equipment.figures
        reason = record.end_reason or "fault"
        record.ended(self._clock(), reason)
        figures.live.dec()
        figures.ended.labels(reason).inc()
        line = self._hearing.counters
        for fate in ("received", "late", "lost", "duplicate", "unused"):
            figures.frames.labels(fate).inc(getattr(line, fate))
        log.info("call_ended", extra={"call": record.id, "reason": reason, "lost": line.lost})

    async def _finish(self) -> None:
        """Let what is to be done after the call be done; the engine's timers bound it."""
        try:
            async with asyncio.timeout(AFTER_CALL_SECONDS):
                await self._finished.wait()
        except TimeoutError:
            log.error("after_call_unfinished", extra={"call": self.record.id})

    # -- effects -----------------------------------------------------------------------------------

    def _carry_out(self, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            self._do(effect)
        self._taping.after(self._state, effects)
        if self._equipment.watch is not None:
            self._equipment.watch(self.record, self._state, effects)

    def _do(self, effect: Effect) -> None:  # noqa: C901, PLR0912 - one row an effect
        match effect:
            case Say():
                self._say(effect)
            case PauseSpeaking():
                self._mouth.pause()
            case ResumeSpeaking():
                self._mouth.resume()
            case StopSpeaking():
                self._mouth.stop()
            case Listen():
                self._hearing.listen(effect)
            case StartTimer(timer=timer, turn=turn, seconds=seconds):
                self._timers.start(timer, turn, seconds)
            case StopTimer(timer=timer):
                self._timers.stop(timer)
            case Classify():
                self._interpreter.ask(effect)
            case SendRequest():
                self._errands.send(effect)
            case AskModel():
                self._errands.ask(effect)
            case StartRecording():
                self._hearing.record(effect, tone=self._mouth.beep())
            case StopErrand(errand=errand):
                self._errands.stop(errand)
                self._hearing.stop_recording(errand)
            case Entered(state=state):
                self.record.note(self._clock(), "entered", state=state)
            case Took():
                pass
            case Understood():
                self._understood(effect)
            case Failed(state=state, message=message):
                self.record.note(self._clock(), "failed", state=state, message=message)
                log.warning("flow_failed", extra={"call": self.record.id, "state": state})
            case HangUp(reason=reason):
                self.record.end_reason = reason
                self._hang_up(reason)
            case Finished():
                self._finished.set()
            case _:
                assert_never(effect)

    def _hang_up(self, reason: str) -> None:
        """End the call; who is still there shall hear the last word to its end."""
        quiet = None if reason == CALLER_HUNG_UP else self._mouth.quiet_for()
        if quiet is None or quiet >= self._equipment.linger_seconds:
            self._over.set()
        else:
            self._loop.call_later(self._equipment.linger_seconds - quiet, self._over.set)

    def _say(self, line: Say) -> None:
        self._equipment.figures.turns.labels("bot").inc()
        self.record.bot_says(self._clock(), line)
        self._mouth.say(line)

    def _understood(self, input_: Understood) -> None:
        self._equipment.figures.turns.labels("caller").inc()
        self.record.caller_says(self._clock(), input_)
