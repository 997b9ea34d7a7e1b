"""What is written on the ways of a flow."""

from runtime.flow.graph.wording import plain, said, span_of
from runtime.flow.model import Handler
from runtime.flow.ways import GIVE_UP, NEXT, Way

_LABELS = {NEXT: "", GIVE_UP: "give up"}


def label_of(way: Way) -> str:
    """Return what leads along a way, in full; "" where nothing has to happen."""
    if way.handler is not None:
        return _condition(way.key, way.handler)
    kind, _, of = way.name.partition(" ")
    match kind:
        case "after":
            return f"after {span_of(float(of))}"
        case "provider_down":
            return f"{of} is down"
        case _:
            return _LABELS[kind]


def doing_on(way: Way) -> str:
    """Return what is set and said on a way, in full; "" where nothing is."""
    if way.handler is None:
        return ""
    sets = [f"sets {variable}" for variable, _ in way.handler.set]
    says = [f"says “{said(way.handler.say)}”"] if way.handler.say else []
    return ", ".join([*sets, *says])


def _condition(key: str, handler: Handler) -> str:
    when = plain(handler.when.source) if handler.when else ""
    if not key:
        return when or "else"
    return f"{key} if {when}" if when else key
