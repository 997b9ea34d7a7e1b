"""One call's hearing and what is made of it: the ear's news as events, utterances as words."""

import logging
from collections.abc import Callable

from providers.base import Hints, Transcript
from runtime.call.ear import Ear
from runtime.call.equipment import Equipment, LoadedFlow
from runtime.call.foresight import Foresight
from runtime.call.recogniser import Recogniser
from runtime.call.recorder import Recorder
from runtime.call.reports import Reports
from runtime.carrier.reorder import Counters
from runtime.flow.engine.effects import Listen, StartRecording
from runtime.flow.engine.events import (
    Event,
    NothingHeard,
    Pressed,
    SpeechStarted,
    SpeechSustained,
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
    ) -> None:
        self._call = call
        self._clock = equipment.clock
        self._reports = reports
        self._put = put
        self._foresight = foresight
        self._recogniser = Recogniser(loaded.stt, equipment, reports, self._guessed)
        self._recorder = Recorder(equipment.messages, call, reports.recorded)
        self._ear = Ear(equipment.meter, self)

    @property
    def seconds(self) -> float:
        """The caller's sound so far."""
        return self._ear.seconds

    @property
    def counters(self) -> Counters:
        """What the line did to the packets so far."""
        return self._ear.counters

    def hear(self, payload: bytes) -> None:
        """Take the payload of a frame."""
        self._ear.hear(payload)

    def listen(self, effect: Listen) -> None:
        """Expect what the flow waits for from now on."""
        self._recogniser.hints = Hints(effect.language, effect.phrases, effect.closed)
        self._ear.expect(effect.end_of_speech)

    def record(self, effect: StartRecording, tone: float) -> None:
        """Keep what is said from the end of the tone (seconds from now) on as a message."""
        self._recorder.start(effect.errand, effect.up_to, tone=tone)

    def stop_recording(self, errand: int) -> None:
        """End the message of that errand, if it is under way."""
        self._recorder.stop(errand)

    async def run(self) -> None:
        """Recognise until cancelled."""
        await self._recogniser.run()

    def close(self) -> None:
        """Stop listening."""
        self._ear.close()

    # -- what the ear tells ------------------------------------------------------------------------

    def sound(self, sound: bytes) -> None:
        """The caller's sound, in order and without gaps."""
        self._recorder.hear(sound)

    def speech_started(self) -> None:
        """The caller has begun to speak."""
        self._recorder.speech(is_on=True)
        self._put(SpeechStarted(at=self._clock()))

    def speech_sustained(self) -> None:
        """He speaks for certain."""
        self._put(SpeechSustained(at=self._clock()))

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
        if self._recorder.is_on:
            self._put(NothingHeard(at=self._clock()))
        elif not self._recogniser.take(sound):
            log.warning("utterance_dropped", extra={"call": self._call})
            self._put(NothingHeard(at=self._clock()))

    def noise(self) -> None:
        """What had begun as speech was none."""
        self._recorder.speech(is_on=False)
        self.went_on()
        self._put(NothingHeard(at=self._clock()))

    def pressed(self, digit: str) -> None:
        """The caller pressed a key."""
        self._reports.caller_acted()
        self._put(Pressed(at=self._clock(), digit=digit))

    def _guessed(self, transcript: Transcript) -> None:
        self._ear.wait(self._foresight.guessed(transcript))
