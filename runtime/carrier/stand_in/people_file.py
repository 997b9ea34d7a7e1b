"""Reads a file of stand-in people: YAML, strictly, with the line of every mistake."""

from collections.abc import Callable
from difflib import get_close_matches
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from runtime.carrier import wav
from runtime.carrier.line import LineFaults
from runtime.carrier.script import HangUp, Manners, Press, Say, Step, Wait
from runtime.carrier.stand_in import sounds
from runtime.carrier.stand_in.person import Answer, Entry, Person, RestFault

_PICKS_UP_AFTER = 0.4
_NO_ANSWER_RINGS = 30.0
_VOICEMAIL = "You have reached voicemail. Please leave a message after the tone."
_RECORDS_FOR = 60.0

Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0)]
OpenSound = Callable[[str], bytes]
"""Returns a sound file's content by its name beside the people's file; raises `OSError`."""


class PeopleProblem(ValueError):  # noqa: N818 - it reads as what is told
    """A file of people that cannot be used; the message has one line for each mistake."""


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Step(_Written):
    say: str | None = None
    wav: str | None = None
    babble: Seconds | None = None
    press: str | None = None
    tones: str | None = None
    wait: Seconds | None = None
    hang_up: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _alone(cls, written: Any) -> Any:
        return {"hang_up": True} if written == "hang_up" else written

    @model_validator(mode="after")
    def _one(self) -> "_Step":
        if len(self.model_fields_set) != 1:
            raise ValueError("a step has exactly one of " + ", ".join(_Step.model_fields))
        for keys in (self.press, self.tones):
            if keys is not None:
                Press(keys.upper())
        return self


class _Line(_Written):
    loss: Share = 0.0
    duplicate: Share = 0.0
    reorder: Share = 0.0
    jitter: Seconds = 0.0
    breaks_after: Seconds = float("inf")


class _Rest(_Written):
    status: Annotated[int, Field(ge=400, le=599)] = 500
    code: int = 1500
    reason: str = "Internal server error"
    delay: Seconds = 0.0
    breaks: bool = False
    places: bool = False
    times: Annotated[float, Field(ge=1)] = float("inf")


class _Person(_Written):
    name: str = ""
    number: Annotated[str, Field(pattern=r"^[0-9]{10}$")] = ""
    ends_with: Annotated[str, Field(pattern=r"^[0-9]{1,9}$")] = ""
    weight: Annotated[float, Field(gt=0)] | None = None
    answers: tuple[Answer, ...] = (Answer.PERSON,)
    rings: Seconds | None = None
    picks_up: str = ""
    greeting: str = _VOICEMAIL
    steps: tuple[_Step, ...] = ()
    hang_up_after: Seconds = float("inf")
    max_wait: Seconds = 60.0
    moment: Seconds = 1.0
    patience: Seconds = 10.0
    line: _Line = _Line()
    rest: _Rest | None = None

    @field_validator("answers", mode="before")
    @classmethod
    def _as_list(cls, written: Any) -> Any:
        return [written] if isinstance(written, str) else written

    @model_validator(mode="after")
    def _one_way_there(self) -> "_Person":
        if len({"number", "ends_with", "weight"} & self.model_fields_set) > 1:
            raise ValueError("a person has one of number, ends_with and weight")
        if not self.answers:
            raise ValueError("answers has at least one answer")
        return self


class _File(_Written):
    people: tuple[_Person, ...]

    @model_validator(mode="after")
    def _somebody(self) -> "_File":
        if not self.people:
            raise ValueError("there is nobody in it")
        return self


def read_people(text: str, file: str, open_sound: OpenSound) -> tuple[Entry, ...]:
    """Return the people of a file; lines to be spoken have no sound yet. Raises `PeopleProblem`."""
    lines: dict[tuple[Any, ...], int] = {(): 1}
    problems: list[str] = []
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
        content = _plain(node, (), lines, problems) if node else None
    except yaml.YAMLError as error:
        raise PeopleProblem(f"{file}: this is no YAML: {error}") from error
    except RecursionError:
        raise PeopleProblem(f"{file}: something in it is within itself, or too deep") from None
    if problems:
        raise PeopleProblem("\n".join(f"{file}:{problem}" for problem in problems))
    try:
        written = _File.model_validate(content)
    except ValidationError as error:
        raise PeopleProblem("\n".join(_explained(error, file, lines))) from None
    return tuple(
        _entry(each, f"{file}:{lines['people', at]}", open_sound)
        for at, each in enumerate(written.people)
    )


def _plain(
    node: yaml.Node, path: tuple[Any, ...], lines: dict[tuple[Any, ...], int], found: list[str]
) -> Any:
    """Return a node's value, scalars as text; note where each part of it stands."""
    lines[path] = node.start_mark.line + 1
    match node:
        case yaml.MappingNode(value=pairs):
            value: dict[str, Any] = {}
            for key, inner in pairs:
                name = str(key.value)
                at = (*path, name)
                if name in value:
                    found.append(f"{key.start_mark.line + 1}: {name!r} is here twice")
                value[name] = _plain(inner, at, lines, found)
                lines[at] = key.start_mark.line + 1
            return value
        case yaml.SequenceNode(value=items):
            return [_plain(each, (*path, at), lines, found) for at, each in enumerate(items)]
    return node.value


def _explained(error: ValidationError, file: str, lines: dict[tuple[Any, ...], int]) -> list[str]:
    told = []
    for mistake in error.errors(include_input=False, include_url=False):
        path = mistake["loc"]
        line = next(lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in lines)
        where = ".".join(str(part) for part in path) or "the file"
        message = mistake["msg"].removeprefix("Value error, ")
        if mistake["type"] == "extra_forbidden":
            near = get_close_matches(str(path[-1]), _keys_beside(path), n=1)
            message = "unknown key." + (f" Did you mean {near[0]!r}?" if near else "")
        told.append(f"{file}:{line}: {where}: {message}")
    return told


def _keys_beside(path: tuple[int | str, ...]) -> list[str]:
    by_parent: dict[str, type[_Written]] = {
        "steps": _Step,
        "line": _Line,
        "rest": _Rest,
        "people": _Person,
    }
    parents = [str(part) for part in path[:-1] if str(part) in by_parent]
    return list(by_parent[parents[-1]].model_fields if parents else _File.model_fields)


def _entry(written: _Person, where: str, open_sound: OpenSound) -> Entry:
    only_unanswered = set(written.answers) <= {Answer.NO_ANSWER}
    rings = written.rings if written.rings is not None else 2.0
    if only_unanswered and written.rings is None:
        rings = _NO_ANSWER_RINGS
    try:
        steps = tuple(_step(each, open_sound) for each in written.steps)
    except (OSError, ValueError) as error:
        raise PeopleProblem(f"{where}: a sound cannot be read: {error}") from error
    person = Person(
        name=written.name or written.number or written.ends_with or written.answers[0].value,
        answers=written.answers,
        rings=rings,
        picks_up=(Wait(_PICKS_UP_AFTER), Say(b"", written.picks_up)) if written.picks_up else (),
        steps=steps,
        machine=(
            *(Wait(_PICKS_UP_AFTER), Say(b"", written.greeting)),
            *(Wait(0.3), Say(sounds.beep(), "[beep]"), Wait(_RECORDS_FOR), HangUp()),
        ),
        hangs_up_after=written.hang_up_after,
        waits_for_end=written.max_wait,
        manners=Manners(written.moment, written.patience),
        faults=LineFaults(
            written.line.loss, written.line.duplicate, written.line.reorder, written.line.jitter
        ),
        breaks_after=written.line.breaks_after,
        rest=RestFault(**written.rest.model_dump()) if written.rest else None,
    )
    anybody = not (written.number or written.ends_with)
    return Entry(person, written.number, written.ends_with, (written.weight or 1.0) * anybody)


def _step(written: _Step, open_sound: OpenSound) -> Step:
    match written:
        case _Step(say=str(text)):
            return Say(b"", text)
        case _Step(wav=str(name)):
            return Say(wav.read(open_sound(name)), f"[{name}]")
        case _Step(babble=float(seconds)):
            return Say(sounds.babble(seconds), f"[babbles {seconds:g} s]")
        case _Step(press=str(keys)):
            return Press(keys.upper())
        case _Step(tones=str(keys)):
            return Press(keys.upper(), in_band=True)
        case _Step(wait=float(seconds)):
            return Wait(seconds)
    return HangUp()
