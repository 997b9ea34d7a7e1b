"""A call's steps, kept so that they can be played through the engine again."""

from runtime.flow.replay.coding import (
    KeptProblem,
    decode_event,
    encode_effect,
    encode_event,
)
from runtime.flow.replay.keeping import kept_step
from runtime.flow.replay.kept import KeptStep

__all__ = [
    "KeptProblem",
    "KeptStep",
    "decode_event",
    "encode_effect",
    "encode_event",
    "kept_step",
]
