"""The engine: `step(flow, state, event) -> (state, effects)`, pure."""

from runtime.flow.engine.step import start, step

__all__ = ["start", "step"]
