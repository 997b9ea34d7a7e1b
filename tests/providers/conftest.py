import asyncio
from collections.abc import Iterator

import pytest

# The tests' own module beside this file; pytest puts its folder on the path.
from recordings import SOUNDS, TRANSCRIPTS, HumanRecordings


@pytest.fixture(scope="session")
def human_recordings() -> HumanRecordings:
    if not (SOUNDS.is_dir() and TRANSCRIPTS.is_file()):
        pytest.skip("apt-get install asterisk-core-sounds-en asterisk-core-sounds-en-wav")
    return HumanRecordings()


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """One loop for all tests with models, which are loaded once."""
    with asyncio.Runner() as runner:
        yield runner.get_loop()
