"""When a detector can know that the caller has finished: in the caller's sound, by no clock.

A detector's last yes comes some time after the last sound of speech, windows and frames are of
different lengths, and what it heard long before counts too: no server can answer before that. What
is beyond it is the server's. So each call is heard again here, whole, by its server's own detector
and its measure of how loud a pause is.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from bench.answers import Turn
from bench.load import FRAME_SAMPLES, FRAME_SECONDS, Caller, Stream
from runtime.audio.endpointing import Endpointing, SpeechEnded, SpeechStarted
from runtime.audio.mulaw import SAMPLE_RATE, Samples, decode_float
from runtime.audio.pause_levels import PauseLevels
from runtime.audio.utterance import UtteranceBuffer
from runtime.audio.vad import WINDOW, Kind, VoiceActivity, voice_activity

Decided = Sequence[int]
"""The frames of a stream, numbered from 1, with which speech had ended, in order."""

Decide = Callable[[Caller, Sequence[Stream]], Sequence[Decided]]


def delay(turn: Turn, decided: Mapping[int, Decided]) -> float | None:
    """Return the seconds from the turn's last frame of speech to the frame that decides.

    `decided` is by the call's number. None where the detector does not hear the end at all.
    """
    frames = decided[turn.call]
    at = bisect_left(frames, turn.frames)
    return None if at == len(frames) else (frames[at] - turn.frames) * FRAME_SECONDS


def decider(kind: Kind, end_of_speech: float) -> Decide:
    """Return what hears as Callwright does; raises `AudioModelMissing`."""
    return partial(_decide, voice_activity(kind), end_of_speech)


def _decide(
    detector: VoiceActivity, end_of_speech: float, caller: Caller, streams: Sequence[Stream]
) -> list[list[int]]:
    heard = [stream.sound(caller) for stream in streams]
    sounds = [decode_float(sound) for sound in heard]
    rows = [detector.open_row() for _ in streams]
    kept = [UtteranceBuffer() for _ in streams]
    ears = [Endpointing(end_of_speech, levels=PauseLevels(buffer)) for buffer in kept]
    decided: list[list[int]] = [[] for _ in streams]
    for end in range(WINDOW, max(map(len, sounds), default=0) + 1, WINDOW):
        live = [number for number, sound in enumerate(sounds) if len(sound) >= end]
        windows: Samples = np.stack([sounds[number][end - WINDOW : end] for number in live])
        likely = detector.probabilities(windows, np.array([rows[n] for n in live], np.intp))
        for number, probability in zip(live, likely.tolist(), strict=True):
            kept[number].append(heard[number][end - WINDOW : end])
            found = ears[number].hear(probability, end / SAMPLE_RATE)
            if isinstance(found, SpeechStarted):
                kept[number].hold(round(found.onset * SAMPLE_RATE))
            elif isinstance(found, SpeechEnded):
                kept[number].take(round(found.start * SAMPLE_RATE), round(found.end * SAMPLE_RATE))
                decided[number].append(math.ceil(end / FRAME_SAMPLES))
    for row in rows:
        detector.close_row(row)
    return decided
