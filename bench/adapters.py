"""What each provider's adapter adds to the vendor's bare client, in ms.

    python bench/adapters.py [--calls 300] [--quick] [--only tts] [--control]
        [--json | --markdown]

The vendors are local servers in another process. `--control` calls the bare client in the adapter's
place, too: what it adds to itself is the machine's noise. Figures never make it fail.
"""

import argparse
import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.adapter_calls import CONTESTANTS, Contestant, Pair
from bench.adapter_calls_further import CONTESTANTS as FURTHER
from bench.adapter_table import MOST_MS, Row, Taken, as_json, as_markdown, as_text, row_of

ROOT = Path(__file__).parents[1]

WARMING = 10
"""Pairs of calls before those that count."""


@contextmanager
def vendors() -> Iterator[str]:
    """Start the vendors' process; its address."""
    command = [sys.executable, "-m", "bench.adapter_vendors"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            if not (url := process.stdout.readline().strip()):
                sys.exit("the vendors' servers did not start")
            yield url
        finally:
            process.stdin.close()


async def compared(contestant: Contestant, url: str, calls: int, *, control: bool) -> Row:
    """Measure one adapter; one whose package is missing has a row that says so."""
    try:
        async with contestant.opened(url) as pair:
            called = Pair(pair.bare, pair.bare) if control else pair
            bare, adapter = await in_turn(called, calls)
    except ModuleNotFoundError as error:
        return Row(contestant.name, contestant.holds, why=f"{error.name} is not installed")
    return row_of(contestant.name, contestant.holds, bare, adapter)


async def in_turn(pair: Pair, calls: int) -> tuple[list[Taken], list[Taken]]:
    """Call the bare client and the adapter in turn; every second time the adapter goes first."""
    bare: list[Taken] = []
    adapter: list[Taken] = []
    both = [(pair.bare, bare), (pair.adapter, adapter)]
    for _ in range(WARMING + calls):
        for call, times in both:
            times.append(await call())
        both.reverse()
    return bare[WARMING:], adapter[WARMING:]


async def measure(calls: int, only: str, *, control: bool) -> list[Row]:
    """Measure all whose names hold `only`, one after the other."""
    chosen = [each for each in (*CONTESTANTS, *FURTHER) if only in each.name]
    with vendors() as url:
        return [await compared(each, url, calls, control=control) for each in chosen]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What each adapter adds to the bare client.")
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--quick", action="store_true", help="60 calls")
    parser.add_argument("--only", default="", help="adapters whose names hold this")
    parser.add_argument("--control", action="store_true", help="the bare client in both places")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true")
    form.add_argument("--markdown", action="store_true")
    chosen = parser.parse_args()
    calls = 60 if chosen.quick else chosen.calls
    if calls < 1:
        parser.error("--calls is 1 or more")
    rows = asyncio.run(measure(calls, chosen.only, control=chosen.control))
    if chosen.json:
        print(as_json(rows))
        return 0
    print(as_markdown(rows) if chosen.markdown else as_text(rows))
    if chosen.control:
        print("\nNo adapter was called: this is the bare client beside itself.", end="")
    print(f"\nms; {calls} calls each; asked: paired p50 and p99 under {MOST_MS:g}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
