import asyncio
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """One loop for all tests with models, which are loaded once."""
    with asyncio.Runner() as runner:
        yield runner.get_loop()
