"""The author's files that a command is given, by name or by folder."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import typer


def author_files(paths: Sequence[Path], wanted: Callable[[Path], bool], what: str) -> list[Path]:
    """Return the files of `paths`, each once; of a folder those below it that are `wanted`.

    Raises typer's usage error (status 2) for a path that does not exist, and for a folder without
    `what`.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            found = [file for file in files_below(path) if wanted(file)]
            if not found:
                raise typer.BadParameter(f"there is no {what} in {path}", param_hint="PATH")
            files.extend(found)
        elif path.is_file():
            files.append(path)
        else:
            raise typer.BadParameter(f"{path} does not exist", param_hint="PATH")
    return list(dict.fromkeys(files))


def files_below(folder: Path) -> Iterator[Path]:
    """Yield the files below `folder`; hidden folders (.venv, .git) are passed over."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from files_below(path)
        else:
            yield path
