"""Fixtures of the whole suite; what tests import from each other is in tests/shared."""

import pytest
from hypothesis import settings
from recordings import SOUNDS, TRANSCRIPTS, HumanRecordings

# A busy machine is no failure: no deadline. Thirty examples keep the suite quick; a longer search
# is `pytest --hypothesis-profile=long`.
settings.register_profile("suite", max_examples=30, deadline=None)
settings.register_profile("long", max_examples=1000, deadline=None)
settings.load_profile("suite")


@pytest.fixture(scope="session")
def human_recordings() -> HumanRecordings:
    if not (SOUNDS.is_dir() and TRANSCRIPTS.is_file()):
        pytest.skip("apt-get install asterisk-core-sounds-en asterisk-core-sounds-en-wav")
    return HumanRecordings()
