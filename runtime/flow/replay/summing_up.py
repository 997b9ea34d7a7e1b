"""What an edit would have changed in many calls."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from runtime.flow.replay.coding import Json
from runtime.flow.replay.replaying import Likeness, Replay

EXAMPLES = 3
"""Calls named with each place where some part."""


@dataclass(frozen=True, slots=True)
class Fork:
    """Calls that part in the same place, in the same way."""

    state: str
    event: str
    was: str
    now: str
    calls: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of calls."""

    calls: int
    likeness: dict[Likeness, int]
    forks: tuple[Fork, ...] = ()
    """The most frequent first."""
    words: tuple[tuple[str, str, str, int], ...] = ()
    """(state, what was said, what is said, in how many calls), the most frequent first."""
    ends: tuple[tuple[str, str, int], ...] = ()
    """(end reason, the new one, calls) of those that end otherwise; "": it is not known."""
    doubtful: int = 0
    unreadable: dict[str, str] = field(default_factory=dict)
    """By call, why it could not be replayed."""

    def as_json(self) -> Json:
        """Return it for programs."""
        return {
            "calls": self.calls,
            **{each.value: self.likeness.get(each, 0) for each in Likeness},
            "doubtful": self.doubtful,
            "forks": [
                {
                    **{"state": fork.state, "event": fork.event, "was": fork.was},
                    **{"now": fork.now, "calls": fork.calls, "examples": list(fork.examples)},
                }
                for fork in self.forks
            ],
            "words": [
                {"state": state, "was": was, "now": now, "calls": calls}
                for state, was, now, calls in self.words
            ],
            "ends": [{"was": was, "now": now, "calls": calls} for was, now, calls in self.ends],
            "unreadable": dict(self.unreadable),
        }


def sum_up(replays: Iterable[Replay], unreadable: dict[str, str] | None = None) -> Summary:
    """Sum up the replays of many calls to one version of a flow."""
    likeness: Counter[Likeness] = Counter()
    forks: dict[tuple[str, str, str, str], list[str]] = {}
    words: Counter[tuple[str, str, str]] = Counter()
    ends: Counter[tuple[str, str]] = Counter()
    doubtful = 0
    for each in replays:
        likeness[each.likeness] += 1
        doubtful += each.is_doubtful
        words.update({(x.state, x.was, x.now) for x in each.words})
        if each.was_end != each.now_end:
            ends[each.was_end, each.now_end] += 1
        if each.parting is not None:
            key = (each.parting.state, each.parting.event, *each.parting.first)
            forks.setdefault(key, []).append(each.call)
    return Summary(
        calls=likeness.total(),
        likeness=dict(likeness),
        forks=tuple(
            Fork(*key, len(calls), tuple(call for call in calls[:EXAMPLES] if call))
            for key, calls in sorted(forks.items(), key=lambda item: -len(item[1]))
        ),
        words=tuple((*key, count) for key, count in words.most_common()),
        ends=tuple((*key, count) for key, count in ends.most_common()),
        doubtful=doubtful,
        unreadable=unreadable or {},
    )
