"""Fixtures of the whole suite; what tests import from each other is in tests/shared."""

import gc
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import EntryPoints, entry_points
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from llmock.testing import LLMockServer
    from model_server import ModelServer
    from recordings import HumanRecordings

pytest_plugins = ["forks", "offline"]

# Thousands of collected tests make each full collection slow, and none of them is garbage.
gc.set_threshold(100_000, 50, 50)

# A busy machine is no failure: no deadline. Ten examples keep the suite quick, and `make test-fast`
# tries four; a longer search is `pytest --hypothesis-profile=long`.
settings.register_profile("fast", max_examples=4, deadline=None)
settings.register_profile("suite", max_examples=10, deadline=None)
settings.register_profile("long", max_examples=1000, deadline=None)
settings.load_profile("suite")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # The client and the server of OpenAI's API take a second to load: together at one end of the
    # tests, where one worker alone begins.
    def place(item: pytest.Item) -> int:
        if item.get_closest_marker("speech") is not None:
            return 0  # What takes longest comes first: nobody waits for it at the end.
        needs_server = "llmock_server" in getattr(item, "fixturenames", ())
        return 1 if needs_server or item.get_closest_marker("openai") is not None else 2

    items.sort(key=place)


def pytest_collection_finish(session: pytest.Session) -> None:
    asks_model = any("llmock_server" in getattr(item, "fixturenames", ()) for item in session.items)
    if session.config.option.forks and asks_model:
        # Each fork would take a quarter of a second for it.
        import llmock.testing  # noqa: F401
    # Not looked at again by any collection, of which pytest makes some at its end.
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def what_is_installed() -> Iterator[None]:
    """What brings providers is looked for once: with all of `dev` installed, in 130 packages."""
    from providers import registry

    @cache
    def found(path: tuple[str, ...], group: str) -> EntryPoints:
        return entry_points(group=group)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "entry_points", lambda group: found(tuple(sys.path), group))
        yield


@pytest.fixture(scope="session")
def human_recordings() -> "HumanRecordings":
    # numpy need not be loaded by the process that hands the tests out.
    from recordings import SOUNDS, TRANSCRIPTS, HumanRecordings

    if not (SOUNDS.is_dir() and TRANSCRIPTS.is_file()):
        pytest.skip("apt-get install asterisk-core-sounds-en asterisk-core-sounds-en-wav")
    return HumanRecordings()


@pytest.fixture(scope="session")
def llmock_server() -> "Iterator[LLMockServer]":
    # Imported by those workers only whose tests use it.
    from llmock.testing import LLMockServer

    with LLMockServer() as server:
        yield server


@pytest.fixture
def model_server(llmock_server: "LLMockServer") -> "ModelServer":
    """A language model's server, forgetful between tests."""
    from model_server import ModelServer

    return ModelServer(llmock_server)
