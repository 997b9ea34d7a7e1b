"""How replays are shown: two paths side by side, and what came of many calls."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from textwrap import wrap

from runtime.flow.replay.path import Mark
from runtime.flow.replay.replaying import Likeness, Parting, Replay
from runtime.flow.replay.summing_up import Summary

LAST_SHARED = 6
"""Marks before the parting that are shown."""

LEAST_WIDTH = 20

_SAID = {
    Likeness.SAME: "the same effects, from the first to the last.",
    Likeness.DETAILS: "the same path and the same words; only how long it waits or what it listens "
    "for differs.",
    Likeness.WORDS: "the same path in other words.",
    Likeness.PATH: "another path.",
}


def as_text(done: Replay, versions: str, width: int) -> str:
    """Return one replay for people; `versions` says what was played to what."""
    lines = [f"{done.call} {versions}: {_SAID[done.likeness]}".strip()]
    lines += (
        f"  in {_state(x.state)}: {x.was or '(nothing)'} -> {x.now or '(nothing)'}"
        for x in done.words
    )
    if done.is_doubtful:
        lines.append(
            "  A sensitive value of this call has no stand-in that leads the same way: from there "
            "on the replay is not what happened."
        )
    if done.parting is not None:
        lines += _parted(done, done.parting, width)
    return "\n".join(lines)


def _state(name: str) -> str:
    return f"state '{name}'" if name else "the beginning"


def _parted(done: Replay, parting: Parting, width: int) -> Iterator[str]:
    was, now = parting.first
    yield f"  step {parting.step} of {done.steps}, in {_state(parting.state)}: {was} -> {now}"
    yield ""
    column = max(LEAST_WIDTH, (width - 7) // 2)
    for mark in done.shared[-LAST_SHARED:]:
        yield f"  {_line(mark)}"
    yield f"  {'what was':{column}} | what would be"
    yield f"  {'-' * column} | {'-' * column}"
    for left, right in _beside(parting.was, parting.now):
        yield from _row(left, right, column)
    if parting.unknown:
        yield from _row("", f"({parting.unknown})", column)
    yield ""
    yield "  From where they part, the caller is taken to do what he did, in the same order."


def _beside(was: Sequence[Mark], now: Sequence[Mark]) -> Iterator[tuple[str, str]]:
    """Yield what stands beside what: the same in the same row."""
    matcher = SequenceMatcher(None, was, now, autojunk=False)
    for _, left, left_end, right, right_end in matcher.get_opcodes():
        for place in range(max(left_end - left, right_end - right)):
            old = was[left + place : min(left + place + 1, left_end)]
            new = now[right + place : min(right + place + 1, right_end)]
            yield "".join(map(_line, old)), "".join(map(_line, new))


def _row(left: str, right: str, column: int) -> Iterator[str]:
    lefts, rights = wrap(left, column) or [""], wrap(right, column) or [""]
    for place in range(max(len(lefts), len(rights))):
        old, new = "".join(lefts[place : place + 1]), "".join(rights[place : place + 1])
        yield f"  {old:{column}} | {new}".rstrip()


def _line(mark: Mark) -> str:
    return f"{mark.kind:10} {mark.text}".rstrip()


def summary_as_text(summary: Summary, versions: str) -> str:
    """Return what came of many calls, for people."""
    counts = {each: summary.likeness.get(each, 0) for each in Likeness}
    alike = counts[Likeness.SAME] + counts[Likeness.DETAILS]
    lines = [
        f"{summary.calls} calls {versions}: {alike} the same, {counts[Likeness.WORDS]} in other "
        f"words, {counts[Likeness.PATH]} on another path"
    ]
    for fork in summary.forks:
        examples = f" ({', '.join(fork.examples)})" if fork.examples else ""
        lines.append(
            f"{fork.calls:6}  part in {_state(fork.state)}: {fork.was} -> {fork.now}{examples}"
        )
    for state, was, now, n in summary.words:
        lines.append(f"{n:6}  in {_state(state)}: {was} -> {now}")
    lines += (
        f"{n:6}  end: {was or 'unknown'} -> {now or 'unknown'}" for was, now, n in summary.ends
    )
    if summary.doubtful:
        lines.append(f"{summary.doubtful:6}  hold a sensitive value that no stand-in leads like")
    lines += (f"not replayed: {call}: {why}" for call, why in summary.unreadable.items())
    return "\n".join(lines)
