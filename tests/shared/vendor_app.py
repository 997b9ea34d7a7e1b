"""A vendor's server for tests: an app on a free port, whose connections a test can break."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from jsonschema import Draft202012Validator
from running import until
from starlette.applications import Starlette
from uvicorn.server import ServerState

from runtime.server.serving import listen

SCHEMAS = Path(__file__).parents[1] / "providers" / "schemas"


@dataclass
class Serving:
    base_url: str
    state: ServerState

    def drop(self) -> None:
        """Break off all connections, without a goodbye."""
        for each in list(self.state.connections):
            each.transport.abort()

    def half_close(self) -> None:
        """Say nothing more on any connection, and go on reading."""
        for each in list(self.state.connections):
            each.transport.write_eof()

    @property
    def connections(self) -> int:
        return len(self.state.connections)


@asynccontextmanager
async def serving(app: Starlette) -> AsyncIterator[Serving]:
    """Serve the app; stops when the block ends."""
    import asyncio

    config = uvicorn.Config(
        app, ws="websockets-sansio", ws_ping_interval=None, lifespan="off", log_config=None
    )
    config.load()
    state = ServerState()
    listening = listen("127.0.0.1", 0)
    server = await asyncio.get_running_loop().create_server(
        lambda: config.http_protocol_class(config=config, server_state=state, app_state={}),
        sock=listening,
    )
    host, port = listening.getsockname()
    there = Serving(f"http://{host}:{port}", state)
    try:
        yield there
    finally:
        server.close()
        there.drop()
        await until(lambda: not state.tasks)


class Schemas:
    """A vendor's message schemas, as its SDK has them; what does not fit is kept as a mistake."""

    def __init__(self, vendor: str) -> None:
        self.schemas = json.loads((SCHEMAS / f"{vendor}.json").read_text())
        self.mistakes: list[str] = []

    def check(self, message: Any, *path: str) -> Any:
        """Return the message; a mistake if it does not fit the schema there."""
        schema = self.schemas
        for name in path:
            schema = schema.get(name, False) if isinstance(schema, dict) else False
        for error in Draft202012Validator(schema).iter_errors(message):
            self.mistakes.append(f"{'.'.join(path)}: {error.message}")
        return message

    def check_names(self, names: Any, *path: str) -> None:
        """A mistake for each parameter that the vendor does not know."""
        [name] = path
        self.mistakes += [
            f"unknown parameter {each}" for each in names if each not in self.schemas[name]
        ]
