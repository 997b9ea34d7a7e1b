import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import running

from runtime.flow.web import WebFailure, WebRequest
from runtime.server.logs import set_up_logs


@pytest.mark.network
def test_a_flow_reaches_this_machine_only_where_the_operator_allows_it(tmp_path: Path):
    async def ask() -> None:
        async with running(tmp_path, requests={"allow_private": True}) as server:
            health = WebRequest("GET", f"http://{server.address}/health", (), b"", 5.0)
            answer = await server.house.equipment.web.send(health)
            assert (answer.status, answer.body) == (200, {"status": "ok"})
        async with running(tmp_path) as server:
            health = WebRequest("GET", f"http://{server.address}/health", (), b"", 5.0)
            with pytest.raises(WebFailure, match=r"requests\.allow_private would allow it"):
                await server.house.equipment.web.send(health)

    asyncio.run(ask())


@pytest.fixture
def logs_as_they_were() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in (None, "uvicorn", "httpx2", "httpcore2")]
    loggers.append(logging.getLogger("watchfiles"))
    levels, handlers = [each.level for each in loggers], list(logging.getLogger().handlers)
    yield
    logging.getLogger().handlers[:] = handlers
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


@pytest.mark.usefixtures("logs_as_they_were")
def test_the_server_s_log_keeps_the_libraries_from_telling_addresses_and_headers():
    logging.getLogger().handlers.clear()
    set_up_logs("json")
    for library in ("httpx2", "httpcore2.connection", "httpcore2.http11"):
        assert not logging.getLogger(library).isEnabledFor(logging.INFO)
