"""Telephone numbers as the carrier's REST API takes them: ten digits."""

import re

_WRITTEN = re.compile(r"(?:\+91)?0?([0-9]{10})")
"""A leading 0 is dropped before ten digits only: of ten, it is none of the carrier's numbers."""


class BadNumber(ValueError):  # noqa: N818 - it reads as what came
    """Not a number of ten digits; `field` is what it was given as. The text has no number in it."""

    def __init__(self, field: str) -> None:
        super().__init__(
            f"{field}: a number has ten digits; spaces, +91 and a leading 0 may be written too"
        )
        self.field = field


def ten_digits(written: str, field: str) -> str:
    """Return the number without spaces, +91 and a leading 0; raises `BadNumber` for `field`."""
    found = _WRITTEN.fullmatch("".join(written.split()))
    if found is None or found[1].startswith("0"):
        raise BadNumber(field)
    return found[1]
