"""A version of a flow, read from the texts that were kept of it."""

from collections.abc import Mapping
from posixpath import normpath

from runtime.flow.model import Flow
from runtime.flow.reading import read_flow
from runtime.flow.replay.coding import KeptProblem

_A_SOUND = b"RIFF\x24\x00\x00\x00WAVEfmt "
"""Stands in the place of recordings: what they sound like changes nothing in a replay."""


def is_text(path: str) -> bool:
    """Whether the file is one of those that are kept whole; all others are recordings."""
    return path.endswith((".yaml", ".yml"))


def read_version(files: Mapping[str, str]) -> Flow:
    """Return the flow of which these are the files, by their paths from its folder, its own first.

    Raises `KeptProblem` where nothing was kept, or this version of Callwright cannot read it.
    """
    if not files:
        raise KeptProblem("the version of the flow that led the call is not kept")
    texts = {normpath(path): text for path, text in files.items()}

    def open_file(path: str) -> bytes | None:
        text = texts.get(normpath(path))
        if text is None:
            return None
        return text.encode() if is_text(path) else _A_SOUND

    file, text = next(iter(files.items()))
    reading = read_flow(text, file, open_file=open_file)
    if reading.flow is None:
        problem = next(problem for problem in reading.problems if problem.is_error)
        raise KeptProblem(f"the version that led the call cannot be read any more: {problem}")
    return reading.flow
