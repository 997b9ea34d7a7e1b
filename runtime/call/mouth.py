"""One call's speaking: lines in, messages out, and what of them the caller has heard by now."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import time
from typing import Protocol

from providers.base import ProviderError, TextToSpeech, Voice
from runtime.audio.playout import Heard, PlayoutClock
from runtime.call.prompts import Clip, Prompts, beep, share_of
from runtime.call.recordings import Recording
from runtime.call.tape import Tape
from runtime.call.tasks import Tasks
from runtime.carrier import messages
from runtime.flow.engine.effects import Say

NO_LINE = 0
"""Lines count from 1."""

AS_GOOD_AS_HEARD = 0.25
"""So little of a clip that was left, its last sounds at the most, is not said again."""


class Speaker(Protocol):
    """Who is told how the speaking goes."""

    def played_out(self, line: int) -> None:
        """The caller has heard the whole line."""

    def cut_off(self, line: int, heard: str) -> None:
        """The line was stopped, or could not be said; `heard` is what came through."""

    def could_not_say(self, line: int, error: ProviderError) -> None:
        """The line has no sound; `cut_off` was told before."""

    def sounded(self, *, greeting: bool) -> None:
        """A message with sound was handed to the writer."""


@dataclass(slots=True)
class _Progress:
    """A line under way: the pieces that still play, and whether more will come."""

    is_sensitive: bool = False
    words: str = ""
    playing: int = 0
    whole: bool = False


class Mouth:
    """Speaks one call's lines, one after the other; nothing waits without a timer.

    Times are the event loop's. `send` takes a ready message and never blocks.
    """

    def __init__(
        self,
        call_id: str,
        prompts: Prompts,
        recordings: Mapping[str, Recording],
        tts: TextToSpeech,
        voice: Callable[[str], Voice],
        send: Callable[[str], None],
        speaker: Speaker,
    ) -> None:
        self._call_id = call_id
        self._prompts = prompts
        self._recordings = recordings
        self._tts = tts
        self._voice = voice
        self._send = send
        self._speaker = speaker
        self._loop = asyncio.get_running_loop()
        self._clock: PlayoutClock[tuple[int, Clip]] = PlayoutClock()
        self._answered = asyncio.Event()
        self._may_sound = asyncio.Event()
        self._may_sound.set()
        self._paused: tuple[Heard[tuple[int, Clip]], ...] = ()
        """What was cut by a pause, and how much of it had been heard."""
        self._lines: deque[Say] = deque()
        self._lines_known: dict[int, _Progress] = {}
        self._under_way: asyncio.Task[None] | None = None
        self._tasks: Tasks | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._tape: Tape | None = None

    def attach(self, tape: Tape | None) -> None:
        """Let what the caller hears be recorded from here on, or no longer."""
        self._tape = tape
        for (line, clip), starts_at in self._clock.planned():
            self._record(line, clip, starts_at)

    def answered(self) -> None:
        """The caller has picked up: the greeting plays, and what waited may follow."""
        self._clock.answered(self._loop.time())
        self._answered.set()
        self._look_again()

    def say(self, line: Say) -> None:
        """Speak `line` after those before it."""
        self._lines_known[line.number] = _Progress(line.is_sensitive)
        self._lines.append(line)
        self._go_on()

    def pause(self) -> None:
        """Stop at once, and keep what has not been heard; what is to be said from here on waits."""
        if not self._may_sound.is_set():
            return
        self._may_sound.clear()
        self._paused = self._cut()

    def resume(self) -> None:
        """Go on where the caller stopped hearing: at the last pause before."""
        paused, self._paused = self._paused, ()
        for heard in paused:
            line, clip = heard.piece
            if clip.seconds - heard.seconds < AS_GOOD_AS_HEARD:
                self._lines_known[line].playing -= 1
                self._heard(line, clip.words)
                continue
            rest = clip.rest(heard.seconds)
            before = len(clip.words.split()) - len(rest.words.split())
            self._heard(line, " ".join(clip.words.split()[:before]))
            self._play(line, rest)
        self._may_sound.set()
        self._look_again()

    def stop(self) -> None:
        """Stop at once, and tell of every line what was heard of it."""
        if self._under_way is not None:
            self._under_way.cancel()
        self._lines.clear()
        cut, self._paused = self._paused or self._cut(), ()
        self._may_sound.set()
        for heard in cut:
            line, clip = heard.piece
            if line in self._lines_known:
                part = share_of(clip.words, heard.seconds / clip.seconds if clip.seconds else 1)
                self._heard(line, part)
        for line, progress in list(self._lines_known.items()):
            del self._lines_known[line]
            self._speaker.cut_off(line, progress.words)

    def _cut(self) -> tuple[Heard[tuple[int, Clip]], ...]:
        """Let the carrier stop; return what the caller has not heard to its end."""
        now = self._loop.time()
        self._tell_finished(now)
        cut = self._clock.cut(now)
        if self._tape is not None:
            self._tape.cut(now)
        if cut:
            self._send(messages.interrupt(self._call_id))
        return cut

    def quiet_for(self) -> float | None:
        """Return the seconds since the last sound ended; None where one plays, or none has."""
        now, ended_at = self._loop.time(), self._clock.ends_at()
        return None if ended_at is None or ended_at > now else now - ended_at

    def beep(self) -> float:
        """Sound a tone after what plays; return the seconds until it has ended."""
        self._play(NO_LINE, beep())
        now = self._loop.time()
        return (self._clock.ends_at() or now) - now

    async def run(self) -> None:
        """Speak until cancelled."""
        try:
            async with Tasks() as self._tasks:
                self._go_on()
                try:
                    await self._loop.create_future()
                finally:
                    self._tasks = None
        finally:
            if self._timer is not None:
                self._timer.cancel()

    def _go_on(self) -> None:
        """Begin the next line, if none is under way: no task stands between a line and its own."""
        if self._tasks is not None and self._under_way is None and self._lines:
            self._under_way = self._tasks.create_task(self._utter(self._lines.popleft()))
            self._under_way.add_done_callback(self._uttered)

    def _uttered(self, utterance: "asyncio.Task[None]") -> None:
        self._under_way = None
        # What fails otherwise than by its provider ends the call.
        if utterance.cancelled() or utterance.exception() is None:
            self._go_on()

    async def _utter(self, line: Say) -> None:
        try:
            await self._sound(line)
        except ProviderError as error:
            progress = self._lines_known.pop(line.number, None) or _Progress()
            self._speaker.cut_off(line.number, progress.words)
            self._speaker.could_not_say(line.number, error)
            return
        self._lines_known[line.number].whole = True
        self._look_again()

    async def _sound(self, line: Say) -> None:
        voice = self._voice(line.language)
        if line.sound is not None:
            recording = self._recordings.get(line.sound)
            if recording is None:
                raise ProviderError(f"{line.sound} was not loaded", retryable=False)
            await self._send_clips(line, self._prompts.play(recording, line.text))
        elif line.greeting:
            whole = await self._prompts.speak_whole(line.text, voice, self._tts)
            await self._send_clips(line, whole)
        else:
            async for clip in self._prompts.speak(line.text, voice, self._tts):
                await self._send_clips(line, (clip,))

    async def _send_clips(self, line: Say, clips: tuple[Clip, ...]) -> None:
        for clip in clips:
            as_greeting = line.greeting and clip is clips[0] and not self._answered.is_set()
            if as_greeting:
                # It waits at the carrier until the call is answered; all else waits here.
                self._send(messages.greeting(self._call_id, clip.payload))
            else:
                await self._answered.wait()
                await self._may_sound.wait()
                self._send_media(clip)
            self._lines_known[line.number].playing += 1
            self._queue(line.number, clip)
            self._speaker.sounded(greeting=as_greeting)
            self._look_again()

    def _play(self, line: int, clip: Clip) -> None:
        self._send_media(clip)
        self._queue(line, clip)

    def _queue(self, line: int, clip: Clip) -> None:
        starts_at = self._clock.queue((line, clip), clip.seconds, self._loop.time())
        if starts_at is not None:
            self._record(line, clip, starts_at)

    def _record(self, line: int, clip: Clip, starts_at: float) -> None:
        if self._tape is not None:
            progress = self._lines_known.get(line)
            is_sensitive = progress is not None and progress.is_sensitive
            self._tape.plays(clip.payload, starts_at, is_sensitive=is_sensitive)

    def _send_media(self, clip: Clip) -> None:
        self._send(messages.media(self._call_id, clip.payload, round(time() * 1000)))

    def _heard(self, line: int, words: str) -> None:
        progress = self._lines_known[line]
        progress.words = f"{progress.words} {words}".strip()

    def _look_again(self) -> None:
        """Tell what has been heard, and come back when the rest will have been."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = self._loop.time()
        self._tell_finished(now)
        ends_at = self._clock.ends_at()
        if ends_at is not None and ends_at > now:
            self._timer = self._loop.call_at(self._next_end(now, ends_at), self._look_again)

    def _next_end(self, now: float, ends_at: float) -> float:
        playing = self._clock.position(now)
        if playing is None:
            return ends_at
        return now + playing.piece[1].seconds - playing.seconds + 0.001

    def _tell_finished(self, now: float) -> None:
        for number, clip in self._clock.finished(now):
            if number in self._lines_known:
                self._lines_known[number].playing -= 1
                self._heard(number, clip.words)
        for number, progress in list(self._lines_known.items()):
            if not progress.whole or progress.playing:
                break
            del self._lines_known[number]
            self._speaker.played_out(number)
