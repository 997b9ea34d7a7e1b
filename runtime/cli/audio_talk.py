"""Conversation tests in sound: the caller's lines are spoken, recognised and answered aloud.

It is the whole way of a second of speech on this machine (frames, activity, end of speech,
recognition, flow, synthesis, play-out), in real time; only the network is left out, and what is far
away (web services, language models) is scripted by the test, as in text.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any, Final

from providers.base import Voice
from runtime.audio.mulaw import FRAME, SILENCE
from runtime.call.equipment import Equipment, LoadedFlow
from runtime.call.record import CallRecord
from runtime.call.session import CallSession
from runtime.carrier import carrier_messages, keypad
from runtime.carrier.carrier_messages import BotSpeech
from runtime.carrier.keypad import SILENT_FRAME, Sound
from runtime.carrier.line import Line, LineFaults
from runtime.carrier.messages import CloseCode
from runtime.cli.far_away import BreakableSpeechToText, BreakableTextToSpeech, FarAway
from runtime.flow.conversation.stand_ins import AnswerModel, AnswerRequest, AnyEnvironment
from runtime.flow.conversation.talk import Shown
from runtime.flow.engine.effects import (
    Effect,
    Entered,
    Failed,
    HangUp,
    Say,
    Took,
    Understood,
)
from runtime.flow.engine.events import CallStarted
from runtime.flow.engine.state import CallState, Phase
from runtime.flow.model import Flow
from runtime.server.app import House
from runtime.settings import Settings

FRAME_SECONDS: Final = FRAME / 8000
A_MOMENT: Final = 0.6
"""Quiet for so long, the bot has had its turn."""
ANSWER_WITHIN: Final = 20.0
"""No answer within it: the caller goes on as if there were none."""
INTERRUPTS_AFTER: Final = 0.8
"""Seconds of a line that are heard before the caller talks over it."""


class Studio:
    """The speech of this machine, loaded once for all tests."""

    def __init__(self, settings: Settings, data: Path) -> None:
        self._runner = asyncio.Runner()
        self._loaded: dict[str, LoadedFlow] = {}
        empty = data / "flows"
        empty.mkdir(parents=True, exist_ok=True)

        async def build() -> House:
            return House.build(settings, empty, empty / "dids.yaml", data)

        self._house = self._runner.run(build())

    def talk(
        self,
        flow: Flow,
        started: CallStarted,
        answer_request: AnswerRequest,
        answer_model: AnswerModel,
    ) -> "AudioTalk":
        """Begin a call; raises `ProviderError` where the flow's speech is not to be had."""
        far = FarAway(answer_request, answer_model)
        loaded = self._runner.run(self._load(flow))
        return AudioTalk(self._runner, self._house.equipment, loaded, far, flow, started)

    def close(self) -> None:
        """Free everything."""

        async def close() -> None:
            self._house.equipment.meter.close()
            await self._house.workshop.close()

        self._runner.run(close())
        self._runner.close()

    async def _load(self, flow: Flow) -> LoadedFlow:
        if flow.version not in self._loaded:
            # The model is the test's.
            near = {kind: name for kind, name in flow.providers.items() if kind != "llm"}
            made = await self._house.workshop.make(replace(flow, providers=near), ())
            self._loaded[flow.version] = replace(made, flow=flow)
        return self._loaded[flow.version]


@dataclass(slots=True)
class _Waiting:
    """How long the caller has waited, and since when nothing has happened."""

    since: float
    quiet_since: float | None = None


class AudioTalk:
    """One call in sound; see `Talk`. Each method takes as long as it would on the phone."""

    def __init__(
        self,
        runner: asyncio.Runner,
        equipment: Equipment,
        loaded: LoadedFlow,
        far: FarAway,
        flow: Flow,
        started: CallStarted,
    ) -> None:
        self.is_about_to_interrupt = False
        self.trail: list[Entered | Took] = []
        self._runner = runner
        self._far = far
        self._stt = BreakableSpeechToText(loaded.stt)
        self._tts = BreakableTextToSpeech(loaded.tts)
        self._voice = Voice(language=flow.language)
        self._speaker = loaded.tts
        self._shown: list[Shown] = []
        self._line = Line(LineFaults(), Random(0))
        self._frames = 0
        self._said_at = 0.0
        began = time.monotonic()
        own = replace(
            equipment,
            web=far,
            env=AnyEnvironment(),
            clock=lambda: started.at + time.monotonic() - began,
            watch=self._watch,
        )
        parts = replace(loaded, stt=self._stt, tts=self._tts, llm=far)
        self._call: asyncio.Task[None] | None = None
        self._session = runner.run(self._begin(own, parts, started))

    async def _begin(
        self, equipment: Equipment, loaded: LoadedFlow, started: CallStarted
    ) -> CallSession:
        record = CallRecord(
            call_id=started.call_id,
            did=started.did,
            mobile=started.mobile,
            flow=loaded.flow.name,
            flow_version=loaded.flow.version,
            started_at=started.at,
            variables=started.variables,
        )
        session = CallSession(record, loaded, equipment, self._write)
        self._call = asyncio.get_running_loop().create_task(session.run(self._closed))
        return session

    @property
    def state(self) -> CallState:
        """Where the call stands."""
        return self._session.state

    @property
    def ended(self) -> bool:
        """Whether the call is over."""
        return self.state.phase in (Phase.AFTER, Phase.OVER)

    # -- the caller's side -------------------------------------------------------------------------

    def opening(self) -> tuple[Shown, ...]:
        """Return what is heard before the caller does anything."""
        return self._run(self._until(self._has_had_its_turn))

    def caller(self, text: str, confidence: float = 1.0) -> tuple[Shown, ...]:
        """Say it aloud; how sure the recogniser is of it is its own affair."""
        return self._run(self._speak(text))

    def press(self, digits: str) -> tuple[Shown, ...]:
        """Press keys, as telephone-events."""
        return self._run(self._send_and_wait(keypad.events(digits)))

    def silence(self) -> tuple[Shown, ...]:
        """Say nothing until the bot does something."""
        return self._run(self._wait_for_the_bot())

    def wait(self, seconds: float) -> tuple[Shown, ...]:
        """Say nothing for that long, and until the bot has had its turn."""
        return self._run(self._send_and_wait([SILENT_FRAME] * round(seconds / FRAME_SECONDS)))

    def take_down(self, kind: str) -> None:
        """From here on nothing is recognised ("stt"), spoken ("tts") or answered ("llm")."""
        match kind:
            case "stt":
                self._stt.is_down = True
            case "tts":
                self._tts.is_down = True
            case _:
                self._far.is_down = True

    def hang_up(self) -> tuple[Shown, ...]:
        """End the call from the caller's side."""
        return self._run(self._close())

    # -- sound -------------------------------------------------------------------------------------

    async def _speak(self, text: str) -> None:
        pieces = [piece async for piece in self._speaker.synthesize(text, self._voice)]
        sound = b"".join(pieces)
        starts = range(0, len(sound), FRAME)
        frames: list[Sound] = [
            sound[at : at + FRAME].ljust(FRAME, bytes([SILENCE])) for at in starts
        ]
        turn, recording = self.state.turn, self.state.is_recording
        await self._send(frames)
        if recording:
            await self._until(lambda _: not self.state.is_recording)
        else:
            await self._until(lambda _: self.state.turn > turn or self.ended)
        await self._until(self._has_had_its_turn)

    async def _send_and_wait(self, frames: list[Sound]) -> None:
        await self._send(frames)
        await self._until(self._has_had_its_turn)

    async def _wait_for_the_bot(self) -> None:
        said = self.state.said
        await self._until(lambda _: self.state.said > said or self.ended, within=120.0)
        await self._until(self._has_had_its_turn)

    async def _send(self, frames: list[Sound]) -> None:
        for frame in frames:
            if self.ended:
                return
            await self._frame(frame)

    async def _until(
        self, holds: Callable[[_Waiting], bool], within: float = ANSWER_WITHIN
    ) -> None:
        """Be silent until something holds."""
        waiting = _Waiting(time.monotonic())
        while not holds(waiting) and time.monotonic() - waiting.since < within:
            if self.ended:
                await self._over()
                return
            await self._frame(SILENT_FRAME)

    def _has_had_its_turn(self, waiting: _Waiting) -> bool:
        state, now = self.state, time.monotonic()
        if self.is_about_to_interrupt and state.speaking:
            return now - self._said_at >= INTERRUPTS_AFTER
        is_busy = (
            state.speaking
            or state.hearing
            or state.keys
            or state.deciding is not None
            or (state.errand and not state.is_recording)
        )
        if is_busy:
            waiting.quiet_since = None
            return False
        if waiting.quiet_since is None:
            waiting.quiet_since = now
        return now - waiting.quiet_since >= A_MOMENT

    async def _frame(self, sound: Sound) -> None:
        """Let 20 ms pass."""
        at = self._frames * FRAME_SECONDS
        self._frames += 1
        self._line.send(sound, at)
        for packet in self._line.arrived(at):
            message = carrier_messages.media(self._session.record.call_id, packet, round(at * 1000))
            self._session.on_text(message)
        await asyncio.sleep(FRAME_SECONDS)

    async def _close(self) -> None:
        self._session.on_close()
        await self._over()

    async def _over(self) -> None:
        """Wait until what is done after the call is done."""
        if self._call is not None:
            await asyncio.wait([self._call])

    async def _closed(self, code: CloseCode, reason: str) -> None:
        """The socket would be closed here."""

    # -- what the bot does -------------------------------------------------------------------------

    async def _write(self, text: str) -> None:
        if isinstance(carrier_messages.read(text), BotSpeech):
            self._said_at = time.monotonic()

    def _watch(self, record: CallRecord, state: CallState, effects: tuple[Effect, ...]) -> None:
        self._far.take(effects)
        for effect in effects:
            match effect:
                case Say() | Understood() | Failed() | HangUp():
                    self._shown.append(effect)
                case Entered() | Took():
                    self.trail.append(effect)
                case _:
                    pass

    def _run(self, going_on: Coroutine[Any, Any, None]) -> tuple[Shown, ...]:
        self._runner.run(going_on)
        shown, self._shown = tuple(self._shown), []
        return shown
