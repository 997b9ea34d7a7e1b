"""Where the nodes of a graph stand: in layers, from the call's begin downwards.

After Sugiyama, Tagawa and Toda (1981): circles are opened by the order of reading, a node's layer
is its longest path from the begin, long edges get a point in each layer that they cross, each layer
is ordered by the barycentre of its neighbours, then by exchanging neighbours while that saves
crossings. Every edge has a point for its label in a layer between, so that labels take room and
never lie over each other.
"""

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
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
    """Return each node's layer, and the edges that lead upwards, against the order of reading."""
    onward: list[list[int]] = [[] for _ in range(count)]
    for source, target in edges:
        onward[source].append(target)
    order = reading_order(onward)
    place = {node: at for at, node in enumerate(order)}
    upward = {at for at, (source, target) in enumerate(edges) if place[source] > place[target]}
    # What leads upwards holds its ends apart as well.
    below: list[list[int]] = [[] for _ in range(count)]
    for ends in edges:
        upper, lower = sorted(ends, key=place.__getitem__)
        below[upper].append(lower)
    # Nothing stands beside the begin.
    layer = [0, *[1] * (count - 1)]
    for node in order:
        for lower in below[node]:
            layer[lower] = max(layer[lower], layer[node] + 1)
    # What only `always` leads to stands just above what it leads to.
    held = {lower for row in below for lower in row}
    for node in range(1, count):
        if node not in held and below[node]:
            layer[node] = min(layer[lower] for lower in below[node]) - 1
    return layer, upward


def reading_order(onward: Sequence[Sequence[int]]) -> list[int]:
    """Return the nodes as they stand in the flow, each after one from which it is reached.

    The author's order says best which ways lead on and which lead back; but a state that is written
    before all that leads to it is read after the one from which the fewest steps lead to it.
    """
    children = first_reached(onward)
    roots = set(range(len(onward))) - {child for row in children for child in row}
    waiting = sorted(roots)
    order: list[int] = []
    while waiting:
        node = heappop(waiting)
        order.append(node)
        for child in children[node]:
            heappush(waiting, child)
    return order


def first_reached(onward: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return for each node those that are reached first from it, in the fewest steps."""
    children: list[list[int]] = [[] for _ in onward]
    seen: set[int] = set()
    for root in range(len(onward)):
        row = [] if root in seen else [root]
        seen.add(root)
        # Breadth first: the row grows while it is read.
        for node in row:
            for target in onward[node]:
                if target not in seen:
                    seen.add(target)
                    children[node].append(target)
                    row.append(target)
    return children


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
Across = Mapping[Spot, int] | Mapping[Spot, float]


def _neighbours(chains: Iterable[Sequence[Spot]]) -> tuple[Neighbours, Neighbours]:
    above: dict[Spot, list[Spot]] = {}
    below: dict[Spot, list[Spot]] = {}
    for chain in chains:
        for upper, lower in pairwise(chain):
            above.setdefault(lower, []).append(upper)
            below.setdefault(upper, []).append(lower)
    return above, below


def _order(rows: list[list[Spot]], above: Neighbours, below: Neighbours) -> None:
    """Sort each row by the middle of its neighbours, downwards and upwards by turns; keep the best.

    Each time, neighbours in a row are exchanged while that saves crossings.
    """
    position = {spot: at for row in rows for at, spot in enumerate(row)}
    best, fewest = [row.copy() for row in rows], _crossings(rows, below, position)
    for sweep in range(_SWEEPS):
        neighbours = below if sweep % 2 else above
        for row in rows[::-1] if sweep % 2 else rows:
            middles = {spot: _middle(spot, neighbours, position) for spot in row}
            row.sort(key=middles.__getitem__)
            position.update({spot: at for at, spot in enumerate(row)})
        for row in rows:
            _exchange(row, above, below, position)
        crossings = _crossings(rows, below, position)
        if crossings < fewest:
            best, fewest = [row.copy() for row in rows], crossings
    rows[:] = best


def _exchange(
    row: list[Spot], above: Neighbours, below: Neighbours, position: dict[Spot, int]
) -> None:
    """Exchange neighbours in a row while that saves crossings."""
    for at in range(len(row) - 1):
        left, right = row[at], row[at + 1]
        saved = 0
        for neighbours in (above, below):
            ends = [[position[x] for x in neighbours.get(spot, ())] for spot in (left, right)]
            saved += sum((a > b) - (a < b) for a in ends[0] for b in ends[1])
        if saved > 0:
            row[at], row[at + 1] = right, left
            position[left], position[right] = at + 1, at


def _crossings(
    rows: Sequence[Sequence[Spot]], below: Neighbours, position: Mapping[Spot, int]
) -> int:
    """Count the pairs of lines that cross between a row and the next."""
    count = 0
    for row in rows:
        passed: list[int] = []
        for spot in row:
            ends = [position[other] for other in below.get(spot, ())]
            count += sum(len(passed) - bisect_right(passed, end) for end in ends)
            for end in ends:
                insort(passed, end)
    return count


def _middle(spot: Spot, neighbours: Neighbours, at: Across) -> float:
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
