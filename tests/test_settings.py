from pathlib import Path

import pytest

from runtime.settings import SettingsProblem, load_settings


def _file(folder: Path, text: str) -> Path:
    file = folder / "callwright.yaml"
    file.write_text(text)
    return file


def test_without_a_file_the_defaults_hold():
    settings = load_settings(None)
    assert settings.server.host == "127.0.0.1"
    assert settings.defaults.stt == ("local",)


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CALLWRIGHT_SERVER__PORT", "9000")
    settings = load_settings(_file(tmp_path, "server: {port: 8000, max_calls: 5}"))
    assert (settings.server.port, settings.server.max_calls) == (9000, 5)


def test_a_value_is_read_from_the_environment_and_a_secret_is_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OUR_SECRET", "s3cret")
    settings = load_settings(_file(tmp_path, "media: {secret: '${OUR_SECRET}'}"))
    assert settings.media.secret is not None
    assert settings.media.secret.get_secret_value() == "s3cret"
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize("kind", ["stt", "tts", "llm"])
def test_a_providers_key_is_never_shown(tmp_path: Path, kind: str):
    text = f"providers: {{{kind}: {{big: {{use: openai, api_key: s3cret}}}}}}"
    settings = load_settings(_file(tmp_path, text))
    assert getattr(settings.providers, kind)["big"]["api_key"] == "s3cret"
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("servr: {port: 1}", "unknown setting 'servr'. Did you mean 'server'?"),
        ("server: {prot: 1}", "unknown setting 'server.prot'. Did you mean 'port'?"),
        ("server: {port: 99999}", "server.port: "),
        ("speech: {activity: loud}", "speech.activity: "),
        ("media: {secret: '${NOT_THERE_AT_ALL}'}", "the environment has no NOT_THERE_AT_ALL"),
        ("- a list", "settings are keys with values"),
        ("a: [", "cannot be read"),
    ],
)
def test_a_mistake_is_one_line_with_the_setting_s_name(tmp_path: Path, text: str, words: str):
    with pytest.raises(SettingsProblem) as caught:
        load_settings(_file(tmp_path, text))
    assert words in str(caught.value)


def test_all_mistakes_are_told_at_once(tmp_path: Path):
    with pytest.raises(SettingsProblem) as caught:
        load_settings(_file(tmp_path, "servr: {}\nserver: {port: a}\n"))
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("text", "default"), [("off", "off"), ("'off'", "off"), ("always", "always")]
)
def test_off_is_off_with_and_without_quotes(tmp_path: Path, text: str, default: str):
    settings = load_settings(_file(tmp_path, f"recordings: {{default: {text}}}"))
    assert settings.recordings.default == default


@pytest.mark.network
def test_calls_are_recorded_always_or_never_by_default(tmp_path: Path):
    with pytest.raises(SettingsProblem, match=r"recordings\.default"):
        load_settings(_file(tmp_path, "recordings: {default: on}"))
