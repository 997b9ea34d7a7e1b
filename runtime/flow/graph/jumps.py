"""Which ways are written into a state's box ("give up → person") and not drawn as lines.

A phone bot has a few states to which nearly all others lead: a colleague, "anything else?", the
goodbye. Drawn as lines, these ways hide all others; so do those that lead far back. What stays is
a picture in which every state is reached by a line from the one before it.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace

from runtime.flow.graph.diagram import Edge, Part
from runtime.flow.graph.layout import first_reached, layers_of

_CROWD = 4
"""So many states leading to one are a crowd."""
_FAR = 3
"""Layers over which a line is still easy to follow."""


def thinned(part: Part) -> Part:
    """Return the part with the ways that would crowd it written into their sources' boxes."""
    hubs = _hubs(part)
    near = [edge for edge in part.edges if edge.target not in hubs or edge.source == edge.target]
    near += _ways_to(hubs, part)
    layer = _layers(part, near)
    # The line that holds a state a layer below another is never a far one: all stay connected.
    drawn = {edge for edge in near if abs(layer[edge.source] - layer[edge.target]) <= _FAR}
    edges = tuple(edge for edge in part.edges if edge in drawn)
    jumps = tuple(edge for edge in part.edges if edge not in drawn)
    return replace(part, edges=edges, jumps=jumps)


def _hubs(part: Part) -> frozenset[str]:
    sources: dict[str, set[str]] = {}
    first = part.nodes[0].key
    for edge in part.edges:
        if edge.source not in {edge.target, first}:
            sources.setdefault(edge.target, set()).add(edge.source)
    return frozenset(target for target, found in sources.items() if len(found) >= _CROWD)


def _ways_to(hubs: Container[str], part: Part) -> Iterator[Edge]:
    """Yield for each hub the way by which it is reached in the fewest steps."""
    number = {node.key: at for at, node in enumerate(part.nodes)}
    onward: list[list[int]] = [[] for _ in part.nodes]
    for edge in part.edges:
        onward[number[edge.source]].append(number[edge.target])
    children = first_reached(onward)
    seen: set[str] = set()
    for edge in part.edges:
        is_first = number[edge.target] in children[number[edge.source]]
        if is_first and edge.target in hubs and edge.target not in seen:
            seen.add(edge.target)
            yield edge


def _layers(part: Part, edges: Iterable[Edge]) -> Mapping[str, int]:
    number = {node.key: at for at, node in enumerate(part.nodes)}
    ends = [(number[x.source], number[x.target]) for x in edges if x.source != x.target]
    layers, _ = layers_of(len(part.nodes), ends)
    return {node.key: layers[at] for at, node in enumerate(part.nodes)}
