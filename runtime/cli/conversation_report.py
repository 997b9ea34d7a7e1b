"""How the results of conversation tests are shown: for people, for programs, for CI."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from runtime.flow.conversation.coverage import Coverage, WayKey, by_file, coverage_of
from runtime.flow.conversation.result import Failure, Result
from runtime.flow.conversation.updating import Change
from runtime.flow.place import Place
from runtime.flow.problem import Problem


@dataclass(frozen=True, slots=True)
class TimedResult:
    """A result, and how long it took."""

    result: Result
    seconds: float


@dataclass(frozen=True, slots=True)
class FileRun:
    """What came of one file; with an error among its problems, none of its tests was run."""

    file: Path
    problems: tuple[Problem, ...]
    results: tuple[TimedResult, ...]

    @property
    def coverage(self) -> Coverage | None:
        """What the tests that were run have taken of their flow; None where none was run."""
        if not self.results:
            return None
        flow = self.results[0].result.conversation.flow
        return coverage_of(flow, (each.result.trail for each in self.results))

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that kept its tests from being run."""
        return tuple(problem for problem in self.problems if problem.is_error)

    @property
    def passed(self) -> bool:
        """Whether the file could be read and all of its tests passed."""
        return not self.errors and all(each.result.passed for each in self.results)


def as_text(runs: Sequence[FileRun], seconds: float) -> str:
    """Return a line per test, what failed and why, and a summary."""
    lines: list[str] = []
    for run in runs:
        lines.extend(str(problem) for problem in run.problems)
        for timed in run.results:
            failure = timed.result.failure
            mark = "passed" if failure is None else "FAILED"
            name = timed.result.conversation.name
            lines.append(f"{mark}  {run.file}: {name} ({timed.seconds * 1000:.0f} ms)")
            if failure is not None:
                lines.extend(f"  {line}" for line in explained(failure))
    return "\n".join([*lines, _summary(runs, seconds)])


def explained(failure: Failure) -> Iterator[str]:
    """Iterate over the lines that say what went wrong, and where in both files."""
    yield f"{failure.place}: {failure.message}"
    for number, line in enumerate(failure.instead):
        yield f"{'said instead:' if number == 0 else '':13} {line}"
    if failure.state_place is not None:
        yield f"{failure.state_place}: here the call was, in state '{failure.state}'."
    if failure.turns:
        yield "the last turns:"
    for turn in failure.turns:
        yield f"  {turn.who:8} {turn.text}".rstrip()


def coverage_as_text(runs: Sequence[FileRun]) -> str:
    """Return for each flow what the tests have taken of it, and what never, with its place."""
    lines: list[str] = []
    for file, coverage in _coverages(runs).items():
        states = f"states {len(coverage.states)} of {len(coverage.all_states)}"
        ways = f"ways {len(coverage.ways)} of {len(coverage.all_ways)}"
        lines.append(f"coverage of {file}: {states}, {ways}")
        for (_, state), place in coverage.missing_states:
            lines.append(f"  {place}: the state '{state}' is never entered.")
        for (_, state, way), place in coverage.missing_ways:
            lines.append(f"  {place}: '{way}' of {_whose(state)} is never taken.")
        for (_, state, way), place in coverage.untestable.items():
            lines.append(f"  {place}: '{way}' of {_whose(state)} cannot be tested; not counted.")
    return "\n".join(lines)


def _whose(state: str) -> str:
    return f"the state '{state}'" if state else "'always'"


def _coverages(runs: Sequence[FileRun]) -> Mapping[str, Coverage]:
    """Return by the file of each flow what all the tests that were run have taken of it."""
    return by_file(run.coverage for run in runs if run.coverage is not None)


def _coverage(file: str, coverage: Coverage) -> dict[str, object]:
    return {
        "flow": file,
        "states": len(coverage.states),
        "all_states": len(coverage.all_states),
        "ways": len(coverage.ways),
        "all_ways": len(coverage.all_ways),
        "missing_states": [
            {"state": state, "place": str(place)} for (_, state), place in coverage.missing_states
        ],
        "missing_ways": [_way(*row) for row in coverage.missing_ways],
        "untestable_ways": [_way(*row) for row in coverage.untestable.items()],
    }


def _way(key: WayKey, place: Place) -> dict[str, object]:
    return {"state": key[1], "way": key[2], "place": str(place)}


def _summary(runs: Sequence[FileRun], seconds: float) -> str:
    results = [each.result for run in runs for each in run.results]
    failed = sum(not result.passed for result in results)
    unread = sum(bool(run.errors) for run in runs)
    parts = [f"{len(results) - failed} passed", f"{failed} failed"]
    if unread:
        parts.append(f"{unread} file{'' if unread == 1 else 's'} with mistakes")
    return f"{', '.join(parts)} in {seconds:.2f} s"


def as_json(runs: Sequence[FileRun], changes: Sequence[Change] = ()) -> str:
    """Return a JSON object: `tests`, the `problems` of their files, and each flow's `coverage`.

    `updated` is what was changed in the files before.
    """
    tests = [_test(run.file, timed) for run in runs for timed in run.results]
    problems = [
        {
            "file": problem.place.file,
            "line": problem.place.line,
            "column": problem.place.column,
            "severity": problem.severity,
            "code": problem.code,
            "message": problem.sentence,
        }
        for run in runs
        for problem in run.problems
    ]
    coverage = [_coverage(*row) for row in _coverages(runs).items()]
    updated = [_change(change) for change in changes]
    report = {"tests": tests, "problems": problems, "coverage": coverage, "updated": updated}
    return json.dumps(report, ensure_ascii=False, indent=2)


def _change(change: Change) -> dict[str, object]:
    return {
        "place": str(change.correction.place),
        "key": ".".join(change.correction.path),
        "was": change.was,
        "now": change.now,
        "written": change.is_written,
    }


def _test(file: Path, timed: TimedResult) -> dict[str, object]:
    conversation, failure = timed.result.conversation, timed.result.failure
    test: dict[str, object] = {
        "file": str(file),
        "name": conversation.name,
        "line": conversation.place.line,
        "passed": failure is None,
        "seconds": round(timed.seconds, 6),
    }
    if failure is not None:
        test["failure"] = {
            "line": failure.place.line,
            "column": failure.place.column,
            "message": failure.message,
            "said_instead": list(failure.instead),
            "state": failure.state,
            "state_place": str(failure.state_place) if failure.state_place else None,
            "turns": [{"who": turn.who, "text": turn.text} for turn in failure.turns],
        }
    return test


def as_junit(runs: Sequence[FileRun]) -> str:
    """Return JUnit's XML: a suite a file; a file with mistakes is a suite with one error."""
    root = ElementTree.Element("testsuites")
    for run in runs:
        failed = sum(not each.result.passed for each in run.results)
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=str(run.file),
            tests=str(len(run.results) + bool(run.errors)),
            failures=str(failed),
            errors=str(int(bool(run.errors))),
        )
        if run.errors:
            case = ElementTree.SubElement(
                suite, "testcase", classname=str(run.file), name="the file can be read"
            )
            error = ElementTree.SubElement(case, "error", message=_xml(run.errors[0].sentence))
            error.text = _xml("\n".join(str(problem) for problem in run.errors))
        for timed in run.results:
            _case(suite, run.file, timed)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: ElementTree.Element, file: Path, timed: TimedResult) -> None:
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname=str(file),
        name=_xml(timed.result.conversation.name),
        time=f"{timed.seconds:.6f}",
    )
    failure = timed.result.failure
    if failure is not None:
        written = ElementTree.SubElement(case, "failure", message=_xml(failure.message))
        written.text = _xml("\n".join(explained(failure)))


def _xml(text: str) -> str:
    """Return the text without the control characters that XML 1.0 cannot hold."""
    return "".join(x if x in "\t\n\r" or x >= " " else "\ufffd" for x in text)
