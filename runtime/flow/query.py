"""JMESPath: where in a web service's answer a value is (`save: {times: body.times}`)."""

from dataclasses import dataclass

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult


class QueryProblem(Exception):  # noqa: N818 - as `TemplateProblem`
    """A path that cannot be read, or fails on the answer it is given."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Query:
    """A path, read."""

    source: str
    _compiled: ParsedResult

    @classmethod
    def parse(cls, source: str) -> "Query":
        """Read `source`; raises `QueryProblem`."""
        try:
            return cls(source, jmespath.compile(source))
        except JMESPathError as exc:
            # Its messages go on with a picture of the place, on lines of their own.
            raise QueryProblem(str(exc).splitlines()[0].rstrip(" :.")) from exc

    def search(self, answer: object) -> object:
        """Return what is there, None where nothing is; raises `QueryProblem`."""
        try:
            return self._compiled.search(answer)
        except (JMESPathError, TypeError, ValueError) as exc:
            raise QueryProblem(f"'{self.source}' failed: {type(exc).__name__}") from exc
