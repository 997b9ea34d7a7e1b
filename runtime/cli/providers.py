"""`callwright providers`: who hears, speaks and thinks here, what is missing, how quick it is."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from providers import registry
from providers.base import ProviderError
from providers.registry import Kind
from runtime.cli.options import Config, settings_of
from runtime.cli.provider_trial import Trial, try_model, try_recogniser, try_voice
from runtime.settings import Settings

KINDS: tuple[Kind, ...] = ("tts", "stt", "llm")
"""The voices first: what they say is what the recognisers hear."""

TITLES: Mapping[Kind, str] = {
    "stt": "Speech to text",
    "tts": "Text to speech",
    "llm": "Language models",
}


@dataclass(slots=True)
class Listed:
    """A provider of the settings, or an adapter that they do not name."""

    kind: Kind
    name: str
    adapter: str
    order: int | None = None
    """Its place among the defaults, from 1."""
    can: str = ""
    missing: str = ""
    """Why it cannot be used, with what to do."""
    is_named: bool = True
    """The settings name it."""
    trial: Trial | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the row for programs."""
        row: dict[str, Any] = {
            "kind": self.kind,
            "name": self.name,
            "adapter": self.adapter,
            "default": self.order,
            "can": self.can,
            "missing": self.missing or None,
            "in_settings": self.is_named,
        }
        if self.trial is not None:
            row["first_ms"], row["whole_ms"] = _ms(self.trial.first), _ms(self.trial.whole)
            row["result"], row["error"] = self.trial.result, self.trial.error or None
        return row


def providers(
    flows: Annotated[Path, typer.Option(help="The folder with the flow files.")] = Path("flows"),
    config: Config = None,
    try_: Annotated[
        bool, typer.Option("--try", help="Send one sentence through each, and tell the times.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """List the providers of the settings: what each can, what is missing, and other adapters.

    `--try` reaches the vendors with the settings' keys, and may cost a fraction of a cent. Ends
    with status 1 where one of the settings' cannot be used.

    Example: callwright providers --try
    """
    rows = asyncio.run(_listed(settings_of(config, flows), with_trial=try_))
    if as_json:
        typer.echo(json.dumps([row.as_json() for row in rows], indent=1, ensure_ascii=False))
    else:
        for kind in get_args(Kind):
            for line in _lines(kind, [row for row in rows if row.kind == kind]):
                typer.echo(line)
    bad = [row for row in rows if row.is_named and (row.missing or (row.trial and row.trial.error))]
    raise typer.Exit(1 if bad else 0)


async def _listed(settings: Settings, *, with_trial: bool) -> list[Listed]:
    rows: list[Listed] = []
    sound = _Sound()
    for kind in KINDS:
        named: Mapping[str, Mapping[str, Any]] = getattr(settings.providers, kind)
        defaults: tuple[str, ...] = getattr(settings.defaults, kind)
        used: set[str] = set()
        for name, options in named.items():
            adapter = str(options.get("use", name))
            used.add(adapter)
            order = defaults.index(name) + 1 if name in defaults else None
            row = Listed(kind, name, adapter, order)
            await _look(row, options, sound, with_trial=with_trial)
            rows.append(row)
        for adapter in registry.known(kind):
            if adapter not in used:
                facts = registry.describe(kind, adapter)
                rows.append(
                    Listed(kind, "", adapter, None, facts.can, facts.missing, is_named=False)
                )
    return rows


@dataclass(slots=True)
class _Sound:
    """The sentence, as the first voice that works has said it."""

    spoken: bytes = field(default=b"")


async def _look(
    row: Listed, options: Mapping[str, Any], sound: _Sound, *, with_trial: bool
) -> None:
    facts = registry.describe(row.kind, row.adapter)
    row.can, row.missing = facts.can, facts.missing
    if row.missing:
        return
    try:
        provider: Any = registry.build(
            row.kind, row.adapter, {key: value for key, value in options.items() if key != "use"}
        )
    except ProviderError as error:
        row.missing = error.message
        return
    try:
        if with_trial:
            row.trial = await _tried(row.kind, provider, sound)
    finally:
        await provider.close()


async def _tried(kind: Kind, provider: Any, sound: _Sound) -> Trial:
    try:
        await provider.warm()
    except ProviderError as error:
        return Trial(error=error.message)
    match kind:
        case "tts":
            trial = await try_voice(provider)
            sound.spoken = sound.spoken or trial.sound
            return trial
        case "stt":
            if not sound.spoken:
                return Trial(error="no voice works, so there is nothing to hear")
            return await try_recogniser(provider, sound.spoken)
        case "llm":
            return await try_model(provider)


def _lines(kind: Kind, rows: list[Listed]) -> Iterator[str]:
    """Yield what a person reads of a kind: first those of the settings, then other adapters."""
    yield TITLES[kind]
    if not any(row.is_named for row in rows):
        yield "  none in the settings"
    for row in rows:
        if row.is_named:
            yield f"  {row.name}{_facts(row)}: {row.missing or row.can}"
            if row.trial is not None:
                yield f"    {_result(row.trial)}"
    for row in rows:
        if not row.is_named:
            yield f"  (also: {row.adapter}: {row.missing or row.can})"


def _facts(row: Listed) -> str:
    facts = [f"use: {row.adapter}"] if row.adapter != row.name else []
    facts += [f"default {row.order}"] if row.order else []
    return f" ({', '.join(facts)})" if facts else ""


def _result(trial: Trial) -> str:
    if trial.error:
        return f"failed: {trial.error}"
    return f"first after {_ms(trial.first)} ms, whole after {_ms(trial.whole)} ms: {trial.result}"


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
