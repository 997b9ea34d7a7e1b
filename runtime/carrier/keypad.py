"""Keys as a phone sends them: telephone-events (RFC 4733) or tones in the sound (ITU-T Q.23)."""

from dataclasses import dataclass

from runtime.audio import dtmf
from runtime.audio.mulaw import FRAME, SILENCE
from runtime.carrier.telephone_event import DIGITS, TelephoneEvent

_PRESSED_FRAMES = 5
_RELEASED_FRAMES = 5
"""100 ms each; ITU-T Q.24 asks receivers to take 40 ms."""

_ENDS = 3
"""RFC 4733, 2.5.1.4: the packet that ends an event comes three times."""


@dataclass(frozen=True, slots=True)
class KeyPacket:
    """20 ms in which a telephone-event goes out in place of sound."""

    event: TelephoneEvent
    is_first: bool
    """A press begins: its timestamp is this moment's, for all its packets."""


Sound = bytes | KeyPacket
"""What goes out in one frame: 160 bytes of mu-law, or a key."""

SILENT_FRAME = bytes([SILENCE]) * FRAME


def events(digits: str) -> list[Sound]:
    """Return the frames that press `digits` by telephone-events."""
    frames: list[Sound] = []
    for digit in digits:
        code = DIGITS.index(digit)
        for packet in range(_PRESSED_FRAMES + _ENDS):
            duration = FRAME * min(packet + 1, _PRESSED_FRAMES)
            event = TelephoneEvent(code, packet >= _PRESSED_FRAMES, 10, duration)
            frames.append(KeyPacket(event, packet == 0))
        frames += [SILENT_FRAME] * _RELEASED_FRAMES
    return frames


def tones(digits: str) -> list[Sound]:
    """Return the frames that press `digits` by tones."""
    sound = dtmf.tones(digits)
    return [sound[at : at + FRAME] for at in range(0, len(sound), FRAME)]
