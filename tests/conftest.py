"""Fixtures of the whole suite; what tests import from each other is in tests/shared."""

import pytest
from recordings import SOUNDS, TRANSCRIPTS, HumanRecordings


@pytest.fixture(scope="session")
def human_recordings() -> HumanRecordings:
    if not (SOUNDS.is_dir() and TRANSCRIPTS.is_file()):
        pytest.skip("apt-get install asterisk-core-sounds-en asterisk-core-sounds-en-wav")
    return HumanRecordings()
