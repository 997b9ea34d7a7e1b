"""Speech Synthesis Markup Language: what is one, and making one fit to be sent.

A text is SSML where it begins with <speak>; in all others & and < mean themselves.
"""

import re
from typing import Final
from xml.etree import ElementTree

_BEGINS: Final = re.compile(r"\s*<speak[\s>]")
# What an author writes, or a slot brings in, and what begins no entity of XML and no tag. A
# document type is none of SSML's business, so that its "<!" is taken for text, too.
_LONE_AMPERSAND: Final = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")
_LONE_ANGLE: Final = re.compile(r"<(?!/?[A-Za-z]|!--)")


def is_ssml(text: str) -> bool:
    """Whether `text` is meant to be SSML."""
    return _BEGINS.match(text) is not None


def document(text: str) -> str:
    """Return the SSML `text` with lone & and < written as XML has them: "Rao & Sons", "2 < 3".

    Raises `ValueError` where it is not well-formed all the same.
    """
    escaped = _LONE_ANGLE.sub("&lt;", _LONE_AMPERSAND.sub("&amp;", text.strip()))
    try:
        ElementTree.fromstring(escaped)
    except ElementTree.ParseError as error:
        line, column = error.position
        raise ValueError(f"it is not well-formed at line {line}, column {column + 1}") from None
    return escaped
