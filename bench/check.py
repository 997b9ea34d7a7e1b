"""How long `check` takes over a very large flow: a thousand states, and as many of all else.

    python bench/check.py [--states 1000] [--rounds 5] [--mistakes]

The flow is made here, with as many slots, requests and intents as states. No two texts are the
same, and those of each round are others, so that nothing that is remembered helps. With
`--mistakes` every state has wrong names in it, each of which might have meant another. Figures
never make it fail.
"""

import argparse
import gc
import re
import statistics
import sys
import time
from collections.abc import Iterator

from runtime.flow.reading import read_flow

GROUP = 10
"""States come in groups of so many, each of which does something else; with each group go as many
intents, slots and requests."""

THINGS = (
    *("appointment", "refund", "delivery", "invoice", "warranty", "battery", "passport", "ticket"),
    *("policy", "loan", "meter", "prescription", "parcel", "upgrade", "repair", "subscription"),
)
DEEDS = (
    *("book", "cancel", "move", "confirm", "track", "renew", "pay", "print", "return", "change"),
    *("find", "stop", "start", "report", "insure", "explain"),
)


def large_flow(states: int, salt: str) -> str:
    """Return the text of a flow; `salt` makes its texts differ from those of another."""
    groups = range(states // GROUP)
    names = [f"{group}_{number}" for group in groups for number in range(GROUP)]
    parts = (
        ["variables: {clinic: City Clinic, count: 0}"],
        ["intents:", *(line for at, name in enumerate(names) for line in _intent(name, at))],
        ["slots:", *(_slot(name, salt) for name in names)],
        ["requests:", *(_request(name, salt) for name in names)],
        ["states:", *(line for group in groups for line in _states(group, salt, len(groups)))],
        ["  bye: {hangup: Goodbye.}", "always: {on: {error: bye, goodbye: bye}}", ""],
    )
    return "\n".join(line for part in parts for line in part)


def _intent(name: str, at: int) -> Iterator[str]:
    deed, thing = DEEDS[at % len(DEEDS)], THINGS[at // len(DEEDS) % len(THINGS)]
    yield f"  wish_{name}:"
    yield f"    words: [{deed} {thing} {at}]"
    yield "    examples:"
    yield f"      - I would like to {deed} my {thing} number {at}"
    yield f"      - can you {deed} the {thing} of {at} for me"
    yield f"      - please {deed} {thing} {at} today"


def _slot(name: str, salt: str) -> str:
    return f"  day_{name}: {{type: date, ask: Which day {salt} {name}?, valid: value != '{name}'}}"


def _request(name: str, salt: str) -> str:
    url = f"https://example.com/{salt}/{name}/{{{{ day_{name} }}}}"
    return f"  find_{name}: {{get: '{url}', save: {{times_{name}: body.times}}}}"


def _states(group: int, salt: str, groups: int) -> Iterator[str]:
    following, n = (group + 1) % groups, group
    wishes = ", ".join(f"wish_{n}_{number}: collect_{n}" for number in range(GROUP))
    slots = ", ".join(f"day_{n}_{number}" for number in range(GROUP))
    tools = ", ".join(f"find_{n}_{number}" for number in range(GROUP))
    one = f"day_{n}_0 | date"
    yield f"  ask_{n}:"
    yield f"    ask: Hello {salt}, is it {{{{ clinic }}}} {n} that you want?"
    yield f"    retry: ['Say yes, or wish {n}.']"
    yield f"    on: {{{wishes}, yes: collect_{n}, no: ask_{following}, '1': talk_{n}}}"
    yield f"  collect_{n}: {{collect: [{slots}], next: find_{n}}}"
    yield f"  find_{n}: {{request: find_{n}_0, on: {{ok: choose_{n}, '404': full_{n}}}}}"
    yield f"  choose_{n}:"
    yield "    choose:"
    yield f"      - {{when: 'times_{n}_0 | length == {n}', next: full_{n}}}"
    yield f"      - {{when: count > {n}, next: count_{n}}}"
    yield f"      - confirm_{n}"
    yield f"  full_{n}: {{say: 'On {{{{ {one} }}}} {salt} all is taken.', next: ask_{n}}}"
    yield f"  count_{n}: {{set: {{count: count + {n}}}, next: confirm_{n}}}"
    yield f"  confirm_{n}:"
    yield f"    ask: '{salt} {{{{ clinic }}}} on {{{{ {one} }}}}, right?'"
    yield f"    on: {{yes: {{say: 'Booked for {{{{ {one} }}}}.', next: thanks_{n}}}, no: ask_{n}}}"
    yield f"  talk_{n}:"
    yield f"    prompt: Help with wish {n} at {{{{ clinic }}}}. {salt}"
    yield f"    tools: [{tools}]"
    yield f"    on: {{wish_{n}_0: collect_{n}, stop: sorry_{n}}}"
    yield f"  sorry_{n}: {{say: Our system {n} does not answer., next: bye}}"
    yield f"  thanks_{n}: {{say: Thank you for wish {n}., next: ask_{following}}}"


def with_mistakes(text: str) -> str:
    """Return the flow with the names of intents, slots and variables misspelt in its states."""
    head, states = text.split("\nstates:\n")
    states = re.sub(r"\bwish_(\d)", r"whish_\1", states)
    states = re.sub(r"\bday_(\d)", r"dya_\1", states)
    return f"{head}\nstates:\n{states}"


def main() -> int:
    """Check flows and print how long it took."""
    options = argparse.ArgumentParser(description="How long `check` takes over a large flow.")
    options.add_argument("--states", type=int, default=1000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--mistakes", action="store_true")
    chosen = options.parse_args()
    seconds: list[float] = []
    for number in range(chosen.rounds):
        text = large_flow(chosen.states, f"round {number}")
        text = with_mistakes(text) if chosen.mistakes else text
        # As the command does.
        gc.disable()
        begun = time.perf_counter()
        reading = read_flow(text, "large.yaml", open_file=lambda _: None)
        seconds.append(time.perf_counter() - begun)
        gc.enable()
        if reading.problems and not chosen.mistakes:
            print(f"the flow has a mistake: {reading.problems[0]}", file=sys.stderr)
            return 2
    things = f"{chosen.states} states, slots, requests and intents"
    print(
        f"{things}, {len(text) // 1000} kB, {len(reading.problems)} problems: read and checked in"
    )
    print(f"{statistics.median(seconds):.2f} s (median of {len(seconds)}, ", end="")
    print(f"{min(seconds):.2f} to {max(seconds):.2f})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
