"""`callwright calls replay`: kept calls, played to the flow that led them or to another version."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from os.path import relpath
from pathlib import Path
from re import fullmatch
from shutil import get_terminal_size
from typing import NoReturn, Protocol

import typer

from runtime.call.classifiers import Classifiers
from runtime.cli.chat import Grade, Ranking
from runtime.cli.check import open_beside
from runtime.cli.replay_report import as_text, summary_as_text
from runtime.flow.model import Flow
from runtime.flow.reading import read_flow
from runtime.flow.replay import KeptProblem, KeptStep
from runtime.flow.replay.as_test import call_as_test
from runtime.flow.replay.following import Rank
from runtime.flow.replay.replaying import Likeness, Replay, as_json, replay
from runtime.flow.replay.summing_up import Summary, sum_up
from runtime.flow.replay.versions import read_version

_SECONDS = {"d": 86_400.0, "h": 3600.0, "m": 60.0}


class KeptCall(Protocol):
    """A call, with what a replay needs of it."""

    @property
    def id(self) -> str:
        """Ours."""
        ...

    @property
    def flow(self) -> str:
        """The flow's name."""
        ...

    @property
    def version(self) -> str:
        """Of the flow that led it."""
        ...

    @property
    def files(self) -> Mapping[str, str]:
        """The texts of that version by their paths from the flow's folder, its own first."""
        ...

    @property
    def steps(self) -> Sequence[KeptStep]:
        """From the first."""
        ...


class KeptCalls(Protocol):
    """Where kept calls are read from."""

    def find(self, id_: str) -> KeptCall | None:
        """Return the call of that id."""
        ...

    def since(self, at: float, flow: str | None = None) -> Iterable[KeptCall]:
        """Iterate over the ended calls that began then (POSIX seconds) or later."""
        ...


def seconds_of(written: str) -> float:
    """Read how far back calls are replayed: 7d, 12h, 30m."""
    found = fullmatch(r"(\d{1,6}(?:\.\d+)?)([dhm])", written.strip())
    if found is None:
        message = f"'{written}' is no length of time such as 7d, 12h or 30m"
        raise typer.BadParameter(message, param_hint="--since")
    return float(found[1]) * _SECONDS[found[2]]


@dataclass(slots=True)
class Player:
    """Plays kept calls to one flow, or each to the version that led it."""

    file: Path | None
    """The flow's; None: the kept version."""
    grade: Grade = "light"
    _classifiers: Classifiers = field(init=False)
    _versions: dict[tuple[str, str], tuple[Flow, Rank]] = field(init=False, default_factory=dict)
    _new: tuple[Flow, Rank] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._classifiers = Classifiers(self.grade)
        if self.file is not None:
            flow = _read(self.file)
            self._new = flow, Ranking(flow, self._classifiers)

    @property
    def name(self) -> str | None:
        """The name of the one flow."""
        return None if self._new is None else self._new[0].name

    def flow_for(self, call: KeptCall) -> tuple[Flow, Rank]:
        """Return the flow that the call is played to, and its classifier."""
        if self._new is not None:
            return self._new
        key = call.flow, call.version
        if key not in self._versions:
            flow = read_version(call.files)
            self._versions[key] = flow, Ranking(flow, self._classifiers)
        return self._versions[key]

    def play(self, call: KeptCall) -> Replay:
        """Replay one; raises `KeptProblem`."""
        flow, rank = self.flow_for(call)
        return replay(flow, call.steps, rank=rank, call=call.id)


def replay_one(calls: KeptCalls, id_: str, player: Player, *, as_json_: bool) -> None:
    """Replay one call and show it; ends with 1 where it takes another path."""
    call = _find(calls, id_)
    try:
        done = player.play(call)
        version = player.flow_for(call)[0].version
    except KeptProblem as problem:
        _refuse(f"{call.id}: {problem.message}")
    if as_json_:
        versions = {"was": call.version, "now": version}
        typer.echo(json.dumps({**as_json(done), "versions": versions}, ensure_ascii=False))
    else:
        typer.echo(
            as_text(done, _versions(call, player, version), get_terminal_size((100, 24)).columns)
        )
    if done.likeness is Likeness.PATH:
        raise typer.Exit(1)


def _versions(call: KeptCall, player: Player, version: str) -> str:
    if player.file is None:
        return f"({call.flow} {call.version})"
    return f"({call.flow} {call.version} -> {player.file} {version})"


def replay_all(
    calls: KeptCalls, since: float, player: Player, *, flow: str | None, as_json_: bool
) -> None:
    """Replay the calls since then and sum them up; ends with 1 where any takes another path."""
    unreadable: dict[str, str] = {}

    def replays() -> Iterator[Replay]:
        for call in calls.since(since, flow or player.name):
            try:
                yield player.play(call)
            except KeptProblem as problem:
                unreadable[call.id] = problem.message

    summary: Summary = sum_up(replays(), unreadable)
    if not summary.calls and not unreadable:
        of = f" of {flow or player.name}" if flow or player.name else ""
        hint = ". Name the flow that led them: --of NAME" if player.name and not flow else ""
        _refuse(f"no call{of} was kept in that time{hint}")
    if as_json_:
        typer.echo(json.dumps(summary.as_json(), ensure_ascii=False))
    else:
        played = f"played to {player.file}" if player.file else "played to their own versions"
        typer.echo(summary_as_text(summary, played))
    if summary.likeness.get(Likeness.PATH) or unreadable:
        raise typer.Exit(1)


def write_test(calls: KeptCalls, id_: str, player: Player, file: Path, flows: Path) -> None:
    """Write a call as a conversation test of the flow: the one named, or its own in `flows`."""
    call = _find(calls, id_)
    try:
        flow, rank = player.flow_for(call)
        path = player.file or flows / flow.file
        beside = relpath(path, file.parent)
        test = call_as_test(flow, call.steps, f"call {call.id}", rank=rank, flow_file=beside)
    except KeptProblem as problem:
        _refuse(f"{call.id}: {problem.message}")
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(test)
    except OSError as exc:
        _refuse(f"{file} cannot be written: {exc.strerror}")
    for line in test.splitlines():
        if line.startswith("#"):
            typer.echo(line)
    typer.echo(f"written: callwright test {file}")


def _find(calls: KeptCalls, id_: str) -> KeptCall:
    call = calls.find(id_)
    if call is None:
        typer.echo(f"there is no call '{id_}'", err=True)
        raise typer.Exit(1)
    return call


def _read(file: Path) -> Flow:
    try:
        text = file.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as exc:
        _refuse(f"{file} cannot be read: {exc}")
    reading = read_flow(text, str(file), open_file=open_beside(file))
    if reading.flow is None:
        for problem in reading.problems:
            typer.echo(str(problem), err=True)
        raise typer.Exit(2)
    return reading.flow


def _refuse(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(2)
