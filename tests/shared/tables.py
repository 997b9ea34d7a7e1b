"""A table as one test: every row is tried, and all that fail are shown together."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest


def each_row(names: str | tuple[str, ...], rows: Iterable[Any]) -> Callable[[Any], Any]:
    """Try the decorated function on every row, as `pytest.mark.parametrize` would.

    Thousands of rows of microseconds cost pytest milliseconds each as tests of their own.
    """
    table = [(row,) if isinstance(names, str) else tuple(row) for row in rows]
    assert table

    def decorate(test: Callable[..., None]) -> Callable[[], None]:
        def whole_table() -> None:
            wrong = []
            for row in table:
                try:
                    test(*row)
                except (AssertionError, pytest.fail.Exception) as failure:
                    wrong.append(f"{row!r}: {failure}")
                except Exception as fault:
                    fault.add_note(f"in the row {row!r}")
                    raise
            assert not wrong, "\n".join(wrong)

        whole_table.__name__ = test.__name__
        whole_table.__qualname__ = test.__qualname__
        whole_table.__module__ = test.__module__
        return whole_table

    return decorate
