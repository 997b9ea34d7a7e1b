"""When a detector can know that the caller has finished: in the caller's sound, by no clock.

A detector's last yes comes some time after the last sound of speech, windows and frames are of
different lengths: no server can answer before that. What is beyond it is the server's.
"""

import math

import numpy as np

from bench.load import FRAME_SAMPLES, FRAME_SECONDS, Caller
from runtime.audio.endpointing import Endpointing, SpeechEnded
from runtime.audio.mulaw import SAMPLE_RATE, decode_float
from runtime.audio.vad import WINDOW, Kind, VoiceActivity, voice_activity

PHASES = WINDOW // math.gcd(WINDOW, FRAME_SAMPLES)
"""After so many frames, windows and frames end together again: 8."""

_LEAD = 48
"""Frames of silence before the first utterance; a multiple of `PHASES`."""


def decision_delays(kind: Kind, caller: Caller, end_of_speech: float) -> tuple[float, ...]:
    """Return the seconds from the last frame of speech to the frame that lets the detector decide.

    By the number of frames up to the end of speech, modulo `PHASES`. Raises `ValueError` where the
    detector does not hear the end.
    """
    # The second utterance counts: by then the detector has heard this line for a while.
    spoken = len(caller.frames) + caller.speech_frames
    delays = [0.0] * PHASES
    detector = voice_activity(kind)
    for phase in range(PHASES):
        lead = _LEAD + phase
        stream = (*caller.frames[-lead:], *caller.frames, *caller.frames)
        decided = _decided_at(detector, b"".join(stream), lead + spoken, end_of_speech)
        frames = math.ceil(decided * SAMPLE_RATE / FRAME_SAMPLES - 1e-6)
        delays[(lead + spoken) % PHASES] = (frames - lead - spoken) * FRAME_SECONDS
    return tuple(delays)


def _decided_at(
    detector: VoiceActivity, stream: bytes, spoken_frames: int, end_of_speech: float
) -> float:
    sound = decode_float(stream)
    row = detector.open_row()
    rows = np.array([row], np.intp)
    endpointing = Endpointing(end_of_speech)
    for end in range(WINDOW, len(sound) + 1, WINDOW):
        likely = float(detector.probabilities(sound[None, end - WINDOW : end], rows)[0])
        found = endpointing.hear(likely, end / SAMPLE_RATE)
        if isinstance(found, SpeechEnded) and found.at >= spoken_frames * FRAME_SECONDS:
            detector.close_row(row)
            return found.at
    raise ValueError("the detector does not hear where the speech ends")
