"""Where the nodes of a graph stand: in layers, from the call's begin downwards.

After Sugiyama, Tagawa and Toda (1981): circles are opened, a node's layer is its longest path from
the begin, long edges get a point in each layer that they cross, each layer is ordered by the
barycentre of its neighbours. Every edge has a point for its label in a layer between, so that
labels take room and never lie over each other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_SWEEPS = 12
_GAP = 24.0

Spot = tuple[int, int]
"""A node (-1, its number) or a point (its edge's number, its layer)."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Middles of nodes, across and by layer; layers are counted from 0."""

    nodes: tuple[tuple[float, int], ...]
    """Nodes have even layers."""
    paths: tuple[tuple[tuple[float, int], ...], ...]
    """By edge: the points between its ends, from source to target; the first is the label's, or
    the last where the edge leads upwards."""


def layers_of(count: int, edges: Sequence[tuple[int, int]]) -> tuple[list[int], set[int]]:
    """Return each node's layer, and the edges that lead upwards because they close a circle."""
    onward: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    for number, (source, target) in enumerate(edges):
        onward[source].append((number, target))
    upward: set[int] = set()
    finished: list[int] = []
    seen: set[int] = set()
    for root in range(count):
        _visit(root, onward, seen, finished, upward)
    layer = [0] * count
    for node in reversed(finished):
        for number, target in onward[node]:
            if number not in upward:
                layer[target] = max(layer[target], layer[node] + 1)
    # What only `always` leads to stands just above what it leads to.
    entered = {edges[number][1] for number in range(len(edges)) if number not in upward}
    for node in reversed(finished):
        below = [layer[target] for number, target in onward[node] if number not in upward]
        if node and node not in entered and below:
            layer[node] = min(below) - 1
    return layer, upward


def _visit(
    root: int,
    onward: Sequence[Sequence[tuple[int, int]]],
    seen: set[int],
    finished: list[int],
    upward: set[int],
) -> None:
    """Go through all that `root` leads to, depth first; a way to what is still open is upward."""
    if root in seen:
        return
    seen.add(root)
    trail = [(root, iter(onward[root]))]
    is_open = {root}
    while trail:
        node, ways = trail[-1]
        for number, target in ways:
            if target in is_open:
                upward.add(number)
            elif target not in seen:
                seen.add(target)
                is_open.add(target)
                trail.append((target, iter(onward[target])))
                break
        else:
            trail.pop()
            is_open.discard(node)
            finished.append(node)


def layout(
    widths: Sequence[float], edges: Sequence[tuple[int, int]], label_widths: Sequence[float]
) -> Layout:
    """Lay out nodes of these widths, the first on top; `edges` join two different nodes."""
    layer, upward = layers_of(len(widths), edges)
    chains = [_chain(number, ends, layer) for number, ends in enumerate(edges)]
    width = {(-1, node): wide for node, wide in enumerate(widths)}
    rows: dict[int, list[Spot]] = {}
    for node, level in enumerate(layer):
        rows.setdefault(2 * level, []).append((-1, node))
    for number, chain in enumerate(chains):
        label_at = chain[1] if number not in upward else chain[-2]
        for spot in chain[1:-1]:
            rows.setdefault(spot[1], []).append(spot)
            width[spot] = label_widths[number] if spot == label_at else 0.0
    above, below = _neighbours(chains)
    ordered = [rows[level] for level in sorted(rows)]
    _order(ordered, above, below)
    across = _places(ordered, width, above, below)
    paths = []
    for number, chain in enumerate(chains):
        points = tuple((across[spot], spot[1]) for spot in chain[1:-1])
        paths.append(points[::-1] if number in upward else points)
    nodes = tuple((across[-1, node], 2 * level) for node, level in enumerate(layer))
    return Layout(nodes, tuple(paths))


def _chain(number: int, ends: tuple[int, int], layer: Sequence[int]) -> list[Spot]:
    """Return the edge's upper end, its points downwards, its lower end."""
    upper, lower = sorted(ends, key=lambda node: layer[node])
    between = range(2 * layer[upper] + 1, 2 * layer[lower])
    return [(-1, upper), *((number, level) for level in between), (-1, lower)]


Neighbours = Mapping[Spot, list[Spot]]


def _neighbours(chains: Iterable[Sequence[Spot]]) -> tuple[Neighbours, Neighbours]:
    above: dict[Spot, list[Spot]] = {}
    below: dict[Spot, list[Spot]] = {}
    for chain in chains:
        for upper, lower in pairwise(chain):
            above.setdefault(lower, []).append(upper)
            below.setdefault(upper, []).append(lower)
    return above, below


def _order(rows: list[list[Spot]], above: Neighbours, below: Neighbours) -> None:
    """Sort each row by the middle of its neighbours, downwards and upwards by turns."""
    position = {spot: float(at) for row in rows for at, spot in enumerate(row)}
    for sweep in range(_SWEEPS):
        neighbours = below if sweep % 2 else above
        for row in rows[::-1] if sweep % 2 else rows:
            middles = {spot: _middle(spot, neighbours, position) for spot in row}
            row.sort(key=middles.__getitem__)
            position.update({spot: float(at) for at, spot in enumerate(row)})


def _middle(spot: Spot, neighbours: Neighbours, at: Mapping[Spot, float]) -> float:
    found = neighbours.get(spot, ())
    return sum(at[other] for other in found) / len(found) if found else at[spot]


def _places(
    rows: Sequence[Sequence[Spot]],
    width: Mapping[Spot, float],
    above: Neighbours,
    below: Neighbours,
) -> Mapping[Spot, float]:
    """Return the middles across: near the neighbours', in order, nothing over anything."""
    across: dict[Spot, float] = dict.fromkeys((spot for row in rows for spot in row), 0.0)
    both = {spot: [*above.get(spot, ()), *below.get(spot, ())] for spot in across}
    for sweep in range(_SWEEPS):
        neighbours = both if sweep == _SWEEPS - 1 else below if sweep % 2 else above
        for row in rows[::-1] if sweep % 2 else rows:
            wanted = [_middle(spot, neighbours, across) for spot in row]
            across.update(zip(row, _apart(wanted, [width[x] for x in row]), strict=True))
    left = min(across[spot] - width[spot] / 2 for spot in across)
    return {spot: place - left for spot, place in across.items()}


def _apart(wanted: Sequence[float], widths: Sequence[float]) -> list[float]:
    """Return the places nearest to the wanted ones (least squares) that keep order and distance.

    Isotonic regression by pooling adjacent violators, on the places less the room before each.
    """
    room = [0.0]
    for left, right in pairwise(widths):
        room.append(room[-1] + (left + right) / 2 + _GAP)
    pools: list[tuple[float, int]] = []
    for place, before in zip(wanted, room, strict=False):
        total, count = place - before, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            more, others = pools.pop()
            total, count = total + more, count + others
        pools.append((total, count))
    starts = [total / count for total, count in pools for _ in range(count)]
    return [start + before for start, before in zip(starts, room, strict=True)]
