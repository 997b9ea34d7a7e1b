"""`callwright` with its garbage collector watched: how often it runs, and for how long.

    python -m bench.collected OUT serve --flows …

A collection holds up whatever else its process does. Times are the processor's: what others on the
machine do is not in them.
"""

import gc
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.answers import percentile

FULL = 2
"""The generation whose collection looks at everything that is not frozen."""


@dataclass(frozen=True, slots=True)
class Collection:
    """One run of the collector."""

    generation: int
    cpu_seconds: float
    found: int
    """Objects that nothing but the collector could free."""


class Watch:
    """Notes every collection from now on."""

    def __init__(self) -> None:
        self.seen: list[Collection] = []
        self._began = 0.0
        gc.callbacks.append(self._note)

    def _note(self, phase: str, info: dict[str, Any]) -> None:
        if phase == "start":
            self._began = time.thread_time()
        else:
            took = time.thread_time() - self._began
            self.seen.append(Collection(info["generation"], took, info["collected"]))

    def write(self, out: Path) -> None:
        """Keep what was seen, without the server's own full collection when it has loaded."""
        freezing = next((i for i, x in enumerate(self.seen) if x.generation == FULL), -1)
        rows = [asdict(x) for i, x in enumerate(self.seen) if i > freezing]
        out.write_text(json.dumps(rows))


def read(out: Path) -> tuple[Collection, ...]:
    """Return what `Watch.write` has kept."""
    return tuple(Collection(**row) for row in json.loads(out.read_text()))


def told(collections: Sequence[Collection], minutes: float) -> str:
    """Return a line a generation."""
    lines = []
    for generation in range(FULL + 1):
        of_it = [x for x in collections if x.generation == generation]
        took = [1000 * x.cpu_seconds for x in of_it]
        line = f"Collections of generation {generation}: {len(of_it) / minutes:.1f} a minute"
        if took:
            line += (
                f", p50 {percentile(took, 50):.1f} ms, max {max(took):.1f} ms, "
                f"{sum(took) / minutes:.0f} ms a minute; "
                f"found {sum(x.found for x in of_it) / minutes:.0f} objects a minute"
            )
        lines.append(line)
    return "\n".join(lines)


def main() -> None:
    """Run the command; write what was collected when it ends."""
    out = Path(sys.argv.pop(1)).resolve()
    # As the package's start does, before anything of numpy's is loaded.
    import runtime.cli

    watch = Watch()
    try:
        runtime.cli.app()
    finally:
        watch.write(out)


if __name__ == "__main__":
    main()
