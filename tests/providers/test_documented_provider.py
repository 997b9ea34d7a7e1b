"""The provider that docs/providers.md writes out is built, named and tried as it stands there."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import trustme
import yaml

from providers import registry
from providers.base import ProviderMissing

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "providers.md").read_text().partition("## A provider of your own")[2]


def written(language, holding):
    """The one block of the page in this language that holds these words."""
    blocks = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    [block] = [block for block in blocks if holding in block]
    return block


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The package as an installer leaves it: its module, and its entry points."""
    project = tomllib.loads(written("toml", "[project]"))["project"]
    (tmp_path / "acme_callwright.py").write_text(written("python", "class AcmeSpeechToText"))
    info = tmp_path / f"acme_callwright-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    [(group, points)] = project["entry-points"].items()
    lines = [f"[{group}]", *(f"{name} = {target}" for name, target in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    sys.modules.pop("acme_callwright", None)


def test_it_is_built_by_the_settings_beside_it(installed):
    providers = yaml.safe_load(written("yaml", "use: acme"))["providers"]
    options = dict(providers["stt"]["acme"])
    recogniser = registry.build("stt", options.pop("use"), options)
    assert recogniser.name == "acme"
    assert type(recogniser).__module__ == "acme_callwright"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"api_key": ""}, "Speech to text 'acme' refuses its options: Acme wants an api_key."),
        (
            {"api_kye": "k"},
            "Speech to text 'acme' has no option 'api_kye'. Did you mean 'api_key'?",
        ),
    ],
)
def test_its_mistakes_in_the_settings_are_explained(installed, options, message):
    with pytest.raises(ProviderMissing) as caught:
        registry.build("stt", "acme", options)
    assert caught.value.message == message


@pytest.mark.process
def test_it_passes_the_suite_that_is_written_out_for_it(installed):
    (installed / "test_acme.py").write_text(written("python", "class TestAcme"))
    trustme.CA().cert_pem.write_to_path(installed / "roots.pem")
    paths = os.pathsep.join((str(installed), str(ROOT)))
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_acme.py"],
        cwd=installed,
        env={
            **os.environ,
            "PYTHONPATH": paths,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            # Few certificates are read faster than all that there are, and none is needed.
            "SSL_CERT_FILE": str(installed / "roots.pem"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert re.search(r"\b[3-9]\d passed", run.stdout)
    assert "skipped" not in run.stdout


def test_it_is_as_short_as_it_claims():
    lines = [line for line in written("python", "class AcmeSpeechToText").splitlines() if line]
    assert len(lines) <= 32
