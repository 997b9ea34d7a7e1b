"""The operator's settings: `callwright.yaml`, every value overridable by the environment.

`CALLWRIGHT_MEDIA__SECRET` overrides `media: {secret: …}`; `${NAME}` inside a value is read from the
environment. Secrets are `SecretStr`: no print, log or error shows them.
"""

import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

FILE_NAME = "callwright.yaml"


class SettingsProblem(Exception):  # noqa: N818 - it reads as what is told to the operator
    """Settings that cannot be used; the message has one line for each mistake."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Media(_Section):
    """The media WebSocket."""

    secret: SecretStr | None = None
    """Makes the tokens of `callwright urls`; without it the server listens on loopback only."""
    public_url: str = ""
    """What the carrier reaches us by, such as wss://bots.example.com; `urls` prints it."""


class Api(_Section):
    """The HTTP interface and the console."""

    token: SecretStr | None = None


MediaPath = Literal["direct", "stock"]
"""How the carrier's frames reach a call; `stock` is uvicorn's own way, at more work a frame."""


class Store(_Section):
    """What is kept of calls."""

    url: SecretStr | None = None
    """The database; without one a SQLite file in the data folder."""
    keep_days: float = Field(90.0, gt=0)
    """So long an ended call is kept, with its recording."""
    keep_gigabytes: float = Field(20.0, gt=0)
    """The most that calls and recordings may take; beyond it the oldest go first."""
    keep_events_hours: float = Field(24.0, gt=0)
    """So far back may a reader of `/v1/events` take up again."""


class Server(_Section):
    """The process."""

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    max_calls: int = Field(200, ge=1)
    """A call beyond it is refused with 1008."""
    reserve: int = Field(0, ge=0)
    """Of these, the calls that outgoing ones leave free for those who call us."""
    drain: float = Field(600.0, ge=0)
    """Seconds that live calls are given to end when the server stops."""
    log: Literal["text", "json"] = "text"
    media_path: MediaPath = "direct"


class Flows(_Section):
    """How flows are loaded."""

    run_tests: bool = True
    """A flow whose own tests fail does not serve."""


class Speech(_Section):
    """Hearing and speaking, the same for all flows."""

    activity: Literal["auto", "silero", "webrtc", "energy"] = "auto"
    recognitions: int = Field(2, ge=1)
    """Utterances recognised at the same time, of all calls."""
    recognition_deadline: float = Field(10.0, gt=0)
    """Seconds after which a recognition counts as failed."""
    synthesis_deadline: float = Field(10.0, gt=0)
    """Seconds until the first sound of a line, after which its synthesis counts as failed."""
    hedge: float | None = Field(None, gt=0)
    """Seconds after which a voice that has not spoken yet gets a rival; both are paid for."""
    cache_megabytes: int = Field(512, ge=1)
    """The synthesised prompts kept on disk."""


class Recordings(_Section):
    """The recordings of calls."""

    default: Literal["off", "always"] = "off"
    """For flows without `record_call`."""

    @field_validator("default", mode="before")
    @classmethod
    def _read_off(cls, value: object) -> object:
        # YAML 1.1 reads a bare `off` as false.
        return "off" if value is False else value


Grade = Literal["auto", "light", "local"]
"""How utterances are understood by examples: by spelling alone, or by meaning too."""


class Understanding(_Section):
    """What callers mean, the same for all flows."""

    grade: Grade = "auto"
    """`auto`: local where the extra is installed, else light."""
    deadline: float = Field(2.0, gt=0)
    """Seconds after which an utterance counts as not understood."""


class Requests(_Section):
    """What flows send to their authors' systems."""

    allow_private: bool = False
    """Whether a flow may reach this machine and the network that it is in."""
    connections: int = Field(100, ge=1)
    """Open at the same time, of all calls; a request beyond it waits within its own timeout."""


class Language(_Section):
    """Language models, the same for all flows."""

    answer_deadline: float = Field(10.0, gt=0)
    """Seconds until the first word of an answer, and from one to the next; then it has failed."""
    ask_ahead: bool = True
    """Ask in a pause that may be the end of what the caller says; the answer comes half a second
    earlier, and the tokens are lost where he goes on."""


class Providers(_Section):
    """By kind and name: `use` is the adapter, the rest its options; keys are among them."""

    stt: Mapping[str, Mapping[str, Any]] = Field({"local": {"use": "local"}}, repr=False)
    tts: Mapping[str, Mapping[str, Any]] = Field({"local": {"use": "local"}}, repr=False)
    llm: Mapping[str, Mapping[str, Any]] = Field({}, repr=False)


class Price(_Section):
    """Of one provider, in the operator's currency."""

    per_minute: float = Field(0.0, ge=0)
    """Of recognised sound."""
    per_million_characters: float = Field(0.0, ge=0)
    """Of spoken text."""
    per_million_input_tokens: float = Field(0.0, ge=0)
    per_million_output_tokens: float = Field(0.0, ge=0)


class Prices(_Section):
    """What providers cost, by kind and name; one without a price costs nothing."""

    stt: Mapping[str, Price] = {}
    tts: Mapping[str, Price] = {}
    llm: Mapping[str, Price] = {}


class Defaults(_Section):
    """The providers of a flow that names none: the first, then its fallbacks."""

    stt: tuple[str, ...] = ("local",)
    tts: tuple[str, ...] = ("local",)
    llm: tuple[str, ...] = ()


class Carrier(_Section):
    """The carrier's REST API, which places outgoing calls."""

    base_url: str = Field("https://voice-stream.alohaa.ai", pattern=r"^https?://[^/\s]+")
    api_key: SecretStr | None = None
    webhook_as_string: bool = False
    """Send `webhook_details` as a JSON string, as the carrier's table has it, not as an object."""
    timeout: float = Field(15.0, gt=0)
    """Seconds that it has to answer; beyond it nobody knows whether the call was placed."""
    ring_seconds: float = Field(120.0, gt=0)
    """A placed call that nobody has answered by then is given up."""


class Settings(BaseSettings):
    """Everything an operator can set."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix="CALLWRIGHT_",
        env_nested_delimiter="__",
    )

    media: Media = Media()
    api: Api = Api()
    store: Store = Store()
    server: Server = Server()
    flows: Flows = Flows()
    speech: Speech = Speech()
    recordings: Recordings = Recordings()
    requests: Requests = Requests()
    language: Language = Language()
    understanding: Understanding = Understanding()
    providers: Providers = Providers()
    defaults: Defaults = Defaults()
    prices: Prices = Prices()
    carrier: Carrier = Carrier()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the file, which arrives as arguments."""
        return env_settings, init_settings


def load_settings(file: Path | None) -> Settings:
    """Read `file`, or the defaults where there is none; raises `SettingsProblem`."""
    content: Any = {}
    if file is not None:
        try:
            content = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
            raise SettingsProblem(f"{file}: cannot be read: {exc}") from exc
        if not isinstance(content, dict):
            raise SettingsProblem(f"{file}: settings are keys with values, such as 'server: …'")
    name = str(file or "environment")
    try:
        return Settings(**_with_environment(content, name))
    except ValidationError as exc:
        raise SettingsProblem("\n".join(_lines(exc, name))) from exc


_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def _with_environment(value: Any, file: str) -> Any:
    """Return `value` with each `${NAME}` replaced; raises `SettingsProblem` for a missing one."""
    match value:
        case str():
            missing = [name for name in _VARIABLE.findall(value) if name not in os.environ]
            if missing:
                raise SettingsProblem(f"{file}: the environment has no {', '.join(missing)}")
            return _VARIABLE.sub(lambda found: os.environ[found[1]], value)
        case dict():
            return {key: _with_environment(inner, file) for key, inner in value.items()}
        case list():
            return [_with_environment(inner, file) for inner in value]
        case _:
            return value


def _lines(error: ValidationError, file: str) -> list[str]:
    lines: list[str] = []
    for mistake in error.errors(include_input=False, include_url=False):
        path = [str(part) for part in mistake["loc"]]
        if mistake["type"] == "extra_forbidden":
            near = get_close_matches(path[-1], _keys_beside(path), n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            lines.append(f"{file}: unknown setting '{'.'.join(path)}'.{hint}")
        else:
            lines.append(f"{file}: {'.'.join(path)}: {mistake['msg']}")
    return lines


def _keys_beside(path: list[str]) -> list[str]:
    fields = Settings.model_fields
    for part in path[:-1]:
        annotation = fields[part].annotation if part in fields else None
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        fields = annotation.model_fields
    return list(fields)
