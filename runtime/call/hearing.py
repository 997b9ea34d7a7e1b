"""One call's hearing and what is made of it: the ear's news as events, utterances as words."""

import logging
from collections import deque
from collections.abc import Callable
from weakref import proxy

from providers.base import Hints, ProviderError, Transcript
from runtime.audio.caller_track import Held
from runtime.call.ear import Ear
from runtime.call.equipment import Equipment, LoadedFlow
from runtime.call.foresight import Foresight
from runtime.call.pickup_watch import PickupWatch
from runtime.call.recogniser import Recogniser
from runtime.call.recorder import Recorder
from runtime.call.reports import Reports
from runtime.call.tape import Tape
from runtime.carrier.reorder import Counters
from runtime.flow.engine.effects import Listen, StartRecording
from runtime.flow.engine.events import (
    Event,
    Heard,
    NothingHeard,
    Pressed,
    SpeechStarted,
    SpeechSustained,
    VoicemailMet,
)

log = logging.getLogger(__name__)


class Hearing:
    """Listens to one call; what was said by a pause that might be the end goes to `foresight`."""

    def __init__(
        self,
        call: str,
        loaded: LoadedFlow,
        equipment: Equipment,
        reports: Reports,
        put: Callable[[Event], None],
        foresight: Foresight,
        *,
        is_outgoing: bool = False,
    ) -> None:
        self._call = call
        self._clock = equipment.clock
        self._reports = reports
        self._put = put
        self._foresight = foresight
        # What it owns knows it weakly: a call that has ended is then freed without a collector.
        weak = proxy(self)
        self._recogniser = Recogniser(loaded.stt, equipment, weak)
        self._recorder = Recorder(equipment.messages, call, reports.recorded)
        self._ear = Ear(equipment.meter, weak)
        ear = self._ear
        self.hear = ear.hear
        """Takes the payload of a frame."""
        self._pickup = PickupWatch(weak, lambda: ear.silence) if is_outgoing else None
        self._tape: Tape | None = None
        self._unheard: deque[Held | None] = deque()
        """What the recogniser has been given, in order, as the tape knows it."""
        self._awaiting: dict[int, Held] = {}
        """What the engine has been told, by the identity of the event, and not dealt with."""

    @property
    def seconds(self) -> float:
        """The caller's sound so far."""
        return self._ear.seconds

    @property
    def position(self) -> int:
        """The same in samples."""
        return self._ear.position

    @property
    def counters(self) -> Counters:
        """What the line did to the packets so far."""
        return self._ear.counters

    def listen(self, effect: Listen) -> None:
        """Expect what the flow waits for from now on."""
        self._recogniser.expect(Hints(effect.language, effect.phrases, effect.closed))
        self._ear.expect(effect.end_of_speech)

    def record(self, effect: StartRecording, tone: float) -> None:
        """Keep what is said from the end of the tone (seconds from now) on as a message."""
        self._recorder.start(effect.errand, effect.up_to, tone=tone)

    def stop_recording(self, errand: int) -> None:
        """End the message of that errand, if it is under way."""
        self._recorder.stop(errand)

    def attach(self, tape: Tape | None) -> None:
        """Let the caller be recorded from here on, or no longer."""
        self._tape = tape
        if tape is not None and self._ear.is_speech:
            tape.speech_started(0)

    def held(self, event: Event) -> Held | None:
        """Return what the tape holds back until the engine has been told this; once."""
        return self._awaiting.pop(id(event), None)

    async def run(self) -> None:
        """Recognise until cancelled."""
        await self._recogniser.run()

    def close(self) -> None:
        """Stop listening."""
        self._ear.close()

    # -- what the ear tells ------------------------------------------------------------------------

    def sound(self, sound: bytes) -> None:
        """The caller's sound, in order and without gaps."""
        if self._tape is not None:
            self._tape.caller_says(sound)
        self._recorder.hear(sound)
        self._recogniser.hear(sound)
        if self._pickup is not None:
            self._pickup.sound(sound)

    def speech_started(self, sound: bytes) -> None:
        """The caller has begun to speak."""
        if self._tape is not None:
            self._tape.speech_started(len(sound))
        if not self._recorder.is_on:
            self._recogniser.begin(sound)
        self._recorder.speech(is_on=True)
        if self._pickup is not None:
            self._pickup.speech_started()
        self._tell(SpeechStarted(at=self._clock()))

    def speech_sustained(self) -> None:
        """He speaks for certain."""
        self._tell(SpeechSustained(at=self._clock()))

    def paused(self, sound: bytes) -> None:
        """He may have finished: begin to recognise what he has said so far."""
        if not self._recorder.is_on:
            self._recogniser.guess(sound)

    def went_on(self) -> None:
        """He had not finished."""
        self._recogniser.forget_guess()
        self._foresight.mistaken()

    def utterance(self, sound: bytes) -> None:
        """The caller has said this: recognise it, unless it is part of a message."""
        self._recorder.speech(is_on=False)
        self._foresight.ended()
        if self._pickup is not None:
            self._pickup.speech_ended()
        held = None if self._tape is None else self._tape.speech_ended()
        if self._recorder.is_on:
            self._settle(held, is_sensitive=False)
            self._tell(NothingHeard(at=self._clock()))
        elif self._recogniser.take(sound):
            self._unheard.append(held)
        else:
            log.warning("utterance_dropped", extra={"call": self._call})
            self._settle(held, is_sensitive=True)
            self._tell(NothingHeard(at=self._clock()))

    def noise(self) -> None:
        """What had begun as speech was none."""
        if self._tape is not None:
            self._tape.noise()
        self._recorder.speech(is_on=False)
        self._recogniser.drop()
        self._foresight.mistaken()
        if self._pickup is not None:
            self._pickup.noise()
        self._tell(NothingHeard(at=self._clock()))

    def pressed(self, digit: str) -> None:
        """The caller pressed a key."""
        self._reports.caller_acted()
        self._put(Pressed(at=self._clock(), digit=digit))

    def tone(self, start: int, end: int | None) -> None:
        """A key's tone lies there in the caller's sound."""
        if self._tape is not None:
            self._tape.tone(start, end)

    # -- what the recogniser tells -----------------------------------------------------------------

    def guessed(self, transcript: Transcript) -> None:
        """What was said by a pause says this."""
        self._ear.wait(self._foresight.guessed(transcript))

    def recognised(self, transcript: Transcript, ended_at: float) -> None:
        """An utterance says this, or nothing."""
        held = self._unheard.popleft()
        if self._pickup is not None:
            self._pickup.heard(transcript.text)
        event = None
        if not self._is_muted:
            goes_on = self._ear.is_in_speech
            event = self._reports.recognised(transcript, ended_at, goes_on=goes_on)
        if held is not None and isinstance(event, Heard):
            self._awaiting[id(event)] = held
        else:
            self._settle(held, is_sensitive=False)

    def not_recognised(self, error: ProviderError) -> None:
        """An utterance was lost."""
        self._settle(self._unheard.popleft(), is_sensitive=True)
        self._reports.not_recognised(error)

    # -- who has picked up -------------------------------------------------------------------------

    def picked_up(self, by: str, why: str) -> None:
        """It is known who has picked up; a machine is heard out, as somebody who speaks on."""
        self._reports.picked_up(by, why)
        if by == "machine":
            self._put(SpeechStarted(at=self._clock()))
        else:
            self._pickup = None

    def message_time(self) -> None:
        """What is said from now on, the machine records."""
        self._pickup = None
        self._put(VoicemailMet(at=self._clock()))

    @property
    def _is_muted(self) -> bool:
        return self._pickup is not None and self._pickup.is_machine

    def _tell(self, event: Event) -> None:
        if not self._is_muted:
            self._put(event)

    def _settle(self, held: Held | None, *, is_sensitive: bool) -> None:
        if held is not None and self._tape is not None:
            self._tape.settle(held, is_sensitive=is_sensitive)
