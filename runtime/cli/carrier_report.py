"""What `callwright carrier` prints: outgoing calls as they go, and the figures of incoming ones."""

import json
import time
from collections import Counter
from typing import Any

import typer

from runtime.carrier.stand_in.exchange import Outcome, PhoneCall
from runtime.carrier.stand_in.load import Figures

_COLOURS = {"completed": "green", "busy": "yellow", "no_answer": "yellow"}


def call_line(call: PhoneCall) -> str:
    """Return an outgoing call's state as a line."""
    state = call.state
    if state == "ended":
        how = typer.style(call.outcome, fg=_COLOURS.get(call.outcome, "red"))
        lasted = f" after {call.seconds:.1f} s" if call.outcome == Outcome.COMPLETED else ""
        state = f"ended: {how} by {call.ended_by}{lasted}"
    clock = time.strftime("%H:%M:%S")
    return f"{clock}  {call.call_id[:8]}  {call.mobile}  {call.person:20}  {state}"


def call_json(call: PhoneCall) -> str:
    """Return it as a line of JSON."""
    return json.dumps(call.event(call.state) | {"person": call.person})


def figures_text(figures: Figures) -> str:
    """Return the figures of incoming calls for people."""
    lines = [
        f"{figures.placed} calls, {figures.most_live} at once, {figures.seconds:.0f} s in all",
        f"ended by: {_counted(figures.ended_by)}",
        f"closed with: {_counted(figures.close_codes) or 'nothing'}",
    ]
    if figures.delays:
        lines.append(
            f"the bot's first sound after a line: {figures.delay(0.5):.2f} s at half, "
            f"{figures.delay(0.95):.2f} s at 95 %, {max(figures.delays):.2f} s at most, "
            f"of {len(figures.delays)}"
        )
    lines += [f"fault, {count} times: {what}" for what, count in figures.faults.most_common()]
    return "\n".join(lines)


def figures_json(figures: Figures) -> str:
    """Return them for a program; times are seconds."""
    return json.dumps(
        {
            "placed": figures.placed,
            "most_live": figures.most_live,
            "seconds": round(figures.seconds, 3),
            "ended_by": dict(figures.ended_by),
            "close_codes": {str(code): count for code, count in figures.close_codes.items()},
            "faults": dict(figures.faults),
            "answer_delay": {
                "count": len(figures.delays),
                "p50": round(figures.delay(0.5), 3),
                "p95": round(figures.delay(0.95), 3),
                "most": round(max(figures.delays, default=0.0), 3),
            },
        }
    )


def _counted(counter: Counter[Any]) -> str:
    return ", ".join(f"{what} {count}" for what, count in counter.most_common())
