"""The list of a campaign: a CSV, a number a row, with the variables for the flow beside it."""

import codecs
import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from zoneinfo import available_timezones

from runtime.outbound.campaign.numbers import mobile_number

NUMBER_COLUMNS = ("mobile_number", "mobile", "phone_number", "phone", "number", "msisdn")
"""The column with the number, unless the plan names another; the first of these that is there."""

ZONE_COLUMN = "timezone"

_LINE_END = re.compile("\r\n|[\r\n]")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DELIMITERS = (",", ";", "\t", "|")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class ListProblem(Exception):  # noqa: N818 - it reads as what is told to the operator
    """No row of the list can be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A row that can be called."""

    line: int
    """Its first line in the file, from 1."""
    mobile: str
    variables: Mapping[str, str]
    timezone: str
    """The name of its time zone."""
    cells: tuple[str, ...]
    """As the list has them."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be called."""

    line: int
    cells: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class CallList:
    """All rows of a list, each either good or bad."""

    header: tuple[str, ...]
    contacts: tuple[Contact, ...]
    bad: tuple[BadRow, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    cells: tuple[str, ...]
    problem: str | None


@cache
def known_zones() -> frozenset[str]:
    """Return the names of all time zones."""
    return frozenset(available_timezones())


def read_call_list(content: bytes, timezone: str, number_column: str | None = None) -> CallList:
    """Read a CSV, whatever program wrote it. Raises `ListProblem`.

    UTF-8 or UTF-16 with a mark, UTF-8 without, else Windows-1252; comma, semicolon, tab or bar.
    Rows without `timezone` have the one given.
    """
    text = _decoded(content)
    if not text.strip():
        raise ListProblem("the list is empty; its first line names the columns")
    delimiter = _delimiter(text)
    rows = _rows(text, delimiter)
    header = next(rows).cells
    columns = _Columns.of(header, number_column)
    contacts: dict[str, Contact] = {}
    bad: list[BadRow] = []
    for row in rows:
        read = row.problem or columns.read(row, timezone)
        if isinstance(read, Contact) and read.mobile in contacts:
            read = f"{read.mobile} stands already in line {contacts[read.mobile].line}"
        if isinstance(read, str):
            bad.append(BadRow(row.line, row.cells, read))
        else:
            contacts[read.mobile] = read
    return CallList(header, tuple(contacts.values()), tuple(bad))


def _decoded(content: bytes) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, errors="replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _delimiter(text: str) -> str:
    """Return what stands most often in the headline, outside quotes."""
    headline = re.sub(r'"[^"]*"', "", text.lstrip().splitlines()[0])
    return max(_DELIMITERS, key=headline.count)


def _rows(text: str, delimiter: str) -> Iterator[_Row]:
    """Yield each row that is not blank; the first is the headline.

    A row of several lines must be whole: whoever forgot a quote loses one row by it, not all that
    are swallowed up to the next quote.
    """
    lines = [line + "\n" for line in _LINE_END.split(text)]
    start, width = 0, None
    while start < len(lines):
        cells, taken = _whole_row(lines, start, delimiter)
        problem = None
        if not cells or (taken > 1 and width not in (None, len(cells))):
            cells, taken = [lines[start]], 1
            problem = "a quote is opened and not closed, or a cell is too long"
        if any(cell.strip() for cell in cells):
            yield _Row(start + 1, tuple(cell.strip() for cell in cells), problem)
            width = len(cells) if width is None else width
        start += taken


def _whole_row(lines: Sequence[str], start: int, delimiter: str) -> tuple[list[str], int]:
    """Return the cells of a row and how many lines it takes; no cells where it is not whole."""
    rest = map(lines.__getitem__, range(start, len(lines)))
    reader = csv.reader(rest, delimiter=delimiter, strict=True)
    try:
        return next(reader) or [""], reader.line_num
    except csv.Error:
        # Perhaps only text behind a closed quote, which spreadsheets pass over, too.
        if lines[start].count('"') % 2:
            return [], 1
    try:
        return next(csv.reader([lines[start]], delimiter=delimiter)), 1
    except csv.Error:
        return [], 1


@dataclass(frozen=True, slots=True)
class _Columns:
    names: tuple[str, ...]
    number: int
    zone: int | None

    @classmethod
    def of(cls, header: Sequence[str], number_column: str | None) -> "_Columns":
        names = tuple(header)
        wanted = (number_column,) if number_column else NUMBER_COLUMNS
        number = next((names.index(name) for name in wanted if name in names), None)
        if number is None:
            raise ListProblem(
                f"no column is named {' or '.join(wanted)}; the first line has {', '.join(names)}"
            )
        for place, name in enumerate(names):
            if name in names[:place]:
                raise ListProblem(f"two columns are named '{name}'")
            if place != number and not _VARIABLE.fullmatch(name):
                raise ListProblem(
                    f"column {place + 1} is named '{name}', which a flow cannot name: "
                    "use letters, digits and _"
                )
        return cls(names, number, names.index(ZONE_COLUMN) if ZONE_COLUMN in names else None)

    def read(self, row: _Row, timezone: str) -> Contact | str:
        """Return the contact of a row, or what is wrong with the row."""
        cells = row.cells
        if len(cells) != len(self.names):
            return f"it has {len(cells)} cells, the first line has {len(self.names)}"
        if not cells[self.number]:
            return "it has no number"
        mobile = mobile_number(cells[self.number])
        if mobile is None:
            return f"'{cells[self.number]}' is no number of ten digits"
        zone = (cells[self.zone] if self.zone is not None else "") or timezone
        if zone not in known_zones():
            return f"there is no time zone '{zone}'; write one as Asia/Kolkata"
        apart = (self.number, self.zone)
        variables = {
            name: cell
            for place, (name, cell) in enumerate(zip(self.names, cells, strict=True))
            if place not in apart
        }
        return Contact(row.line, mobile, variables, zone, cells)
