"""A request to a web service of the author's, as a flow describes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from runtime.flow.place import Place
from runtime.flow.query import Query
from runtime.flow.template import Expression, Template
from runtime.flow.text import Text

Payload: TypeAlias = (
    "Template | Expression | str | int | float | bool "
    "| tuple[Payload, ...] | Mapping[str, Payload] | None"
)
"""Data with values to put in: a `Template` becomes text, an `Expression` keeps its type."""


@dataclass(frozen=True, slots=True)
class Request:
    """A call to a web service of the author's."""

    name: str
    place: Place
    method: str
    url: Template
    """Values are percent-encoded, those of `env` are not."""
    headers: tuple[tuple[str, Template], ...] = ()
    json: Payload = None
    """The body, unless it is None."""
    form: tuple[tuple[str, Template], ...] = ()
    timeout: float = 5.0
    save: tuple[tuple[str, Query], ...] = ()
    """Variables, and where in {status, headers, body} of the answer their values are."""
    hold: Text | None = None
    """Said when the answer takes over a second, and again every five."""
    description: str = ""
    """For a language model."""

    @property
    def names(self) -> frozenset[str]:
        """The variables that it needs, `env` and `conversation` included."""
        texts = [self.url, *(text for _, text in (*self.headers, *self.form))]
        return frozenset().union(*(text.names for text in texts), names_of(self.json))


def names_of(payload: Payload) -> frozenset[str]:
    """Return the variables that data needs."""
    match payload:
        case Template() | Expression():
            return payload.names
        case tuple():
            return frozenset().union(*map(names_of, payload))
        case Mapping():
            return frozenset().union(*map(names_of, payload.values()))
        case _:
            return frozenset()
