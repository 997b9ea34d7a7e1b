"""The engine: `step(flow, state, event) -> (state, effects)`, pure."""

from runtime.flow.engine.masking import hides
from runtime.flow.engine.patience import patience
from runtime.flow.engine.step import start, step

__all__ = ["hides", "patience", "start", "step"]
