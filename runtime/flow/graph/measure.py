"""How wide a text is, about: a picture is laid out where no font can be asked.

The widths are those of DejaVu Sans, the widest of the fonts that browsers take for sans-serif, so
that a text fits its box in each of them.
"""

from unicodedata import combining, east_asian_width

_EMS = {
    0.30: "ijlI.,:;'|!` ",
    0.40: 'ftr()[]{}-/\\"',
    0.72: "ABCDEGHKNOQRUVXwZ&",
    0.85: "mMW%@→⇢…+<>=~#",
}
_EM = {char: em for em, chars in _EMS.items() for char in chars}
_OTHER = 0.62
_BOLD = 1.12


def width_of(text: str, *, size: float = 12.0, is_bold: bool = False) -> float:
    """Return the pixels that a line takes across."""
    return sum(map(_em, text)) * size * (_BOLD if is_bold else 1.0)


def _em(char: str) -> float:
    if combining(char):
        return 0.0
    if east_asian_width(char) in "WF":
        return 1.0
    return _EM.get(char, _OTHER)
