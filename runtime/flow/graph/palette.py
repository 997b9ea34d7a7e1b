"""The colours of the kinds of states, in all formats the same.

Each colour brings its own text colour and the picture its own ground: so it can be read on a dark
page as on a white one.
"""

from dataclasses import dataclass

from runtime.flow.graph.diagram import Shape


@dataclass(frozen=True, slots=True)
class Paint:
    """What a node is painted with."""

    fill: str
    stroke: str
    text: str = "#1b1f24"


PAINTS = {
    Shape.START: Paint("#ffffff", "#1b1f24"),
    Shape.SAY: Paint("#ffffff", "#57606a"),
    Shape.ASK: Paint("#ddf4ff", "#0969da"),
    Shape.COLLECT: Paint("#d2f4ea", "#1a7f64"),
    Shape.PROMPT: Paint("#f3e8ff", "#8250df"),
    Shape.CHOOSE: Paint("#fff8c5", "#9a6700"),
    Shape.REQUEST: Paint("#ffe9d6", "#bc4c00"),
    Shape.RUN: Paint("#dafbe1", "#1a7f37"),
    Shape.RECORD: Paint("#ffebe9", "#cf222e"),
    Shape.HANDOFF: Paint("#ffeff7", "#bf3989"),
    Shape.HANGUP: Paint("#32383f", "#1b1f24", "#ffffff"),
    Shape.TARGET: Paint("#eef1f4", "#eef1f4"),
}
NEVER_TAKEN = Paint("#f6f8fa", "#8c959f", "#6e7781")
"""What no test has taken."""
LINE = "#57606a"
BACK = "#a1a9b2"
"""A line that leads back up."""
GROUND = "#ffffff"
