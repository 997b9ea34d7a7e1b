"""Places many incoming calls on a bot's server, at a rate, and adds up how they went."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from runtime.carrier.caller import Call, CallHeard, CannotConnect, place
from runtime.carrier.script import Press, Say

REFUSED = "no connection"


@dataclass(slots=True)
class Figures:
    """Of all calls so far."""

    placed: int = 0
    live: int = 0
    most_live: int = 0
    ended_by: Counter[str] = field(default_factory=Counter)
    """The bot, the caller …, or `REFUSED`."""
    close_codes: Counter[int] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    """What the server sent that the carrier's document does not allow, and refusals' reasons."""
    seconds: float = 0.0
    """Of all calls, from answer to end."""
    delays: list[float] = field(default_factory=list)
    """Seconds from the end of each thing a caller said or pressed to the bot's next sound."""

    def began(self) -> None:
        """Count a call that is placed."""
        self.placed += 1
        self.live += 1
        self.most_live = max(self.most_live, self.live)

    def ended(self, outcome: CallHeard | CannotConnect) -> None:
        """Count how it went."""
        self.live -= 1
        if isinstance(outcome, CannotConnect):
            self.ended_by[REFUSED] += 1
            self.faults[str(outcome)] += 1
            return
        self.ended_by[outcome.ended_by.value] += 1
        self.close_codes[outcome.close_code] += 1
        self.faults.update(outcome.faults_found)
        self.seconds += outcome.seconds
        self.delays += answer_delays(outcome)

    def delay(self, share: float) -> float:
        """Return what so great a share of the delays does not exceed; 0 without any."""
        if not self.delays:
            return 0.0
        ordered = sorted(self.delays)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def answer_delays(heard: CallHeard) -> list[float]:
    """Return how long the bot was silent after each line, where it spoke before the next one."""
    spoken = [line for line in heard.lines if isinstance(line.step, Say | Press)]
    starts = [piece.started_at for piece in heard.pieces if piece.audio]
    delays = []
    for nth, line in enumerate(spoken, 1):
        until = spoken[nth].started_at if nth < len(spoken) else heard.seconds
        after = [start for start in starts if line.ended_at <= start < until]
        delays += [min(after) - line.ended_at] if after else []
    return delays


async def place_all(
    calls: Sequence[Call],
    rate: float,
    tell: Callable[[Figures], None] = lambda _: None,
) -> Figures:
    """Place the calls, `rate` a second by the clock, and wait for all; `tell` sees each end."""
    figures = Figures()
    clock = asyncio.get_running_loop().time
    began = clock()

    async def one(call: Call) -> None:
        figures.began()
        try:
            figures.ended(await place(call))
        except CannotConnect as error:
            figures.ended(error)
        tell(figures)

    async with asyncio.TaskGroup() as tasks:
        for nth, call in enumerate(calls):
            await asyncio.sleep(max(0.0, began + nth / rate - clock()))
            tasks.create_task(one(call))
    return figures
