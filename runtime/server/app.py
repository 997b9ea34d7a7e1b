"""The server whole: what it is made of, and its life from start to drain."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import WebSocketRoute

from providers import registry
from providers.embeddings import SentenceEmbeddings
from runtime.audio.vad import voice_activity
from runtime.call.activity import ActivityMeter
from runtime.call.classifiers import Classifiers
from runtime.call.equipment import Equipment
from runtime.call.interpreter import interpreting_threads
from runtime.call.prompts import Prompts
from runtime.call.public_network import PublicNetwork
from runtime.call.spending import Price, Prices
from runtime.call.web_client import WebClient
from runtime.flow.understanding.classifier import Embed
from runtime.server.api import Api
from runtime.server.flows import SETTLE, FlowShelf
from runtime.server.media import MediaSocket
from runtime.server.problems import on_http_exception
from runtime.server.switchboard import Switchboard
from runtime.server.workshop import Build, Workshop
from runtime.settings import Settings
from runtime.store.database import Database
from runtime.store.store import Store
from runtime.store.writer import Keep

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class House:
    """The rooms of a running server; needs a running event loop to be built."""

    app: Starlette
    shelf: FlowShelf
    switchboard: Switchboard
    equipment: Equipment
    workshop: Workshop
    store: Store

    @classmethod
    def build(
        cls,
        settings: Settings,
        flows: Path,
        dids: Path,
        data: Path,
        *,
        server: str = "this server",
        build: Build = registry.build,
        load_embeddings: Callable[[], Embed] = SentenceEmbeddings,
        settle: float = SETTLE,
    ) -> "House":
        """Put a server together; `build` makes the providers.

        `server` is its name among those that share a database, the same when it starts again.
        Raises `StoreProblem`. A saved flow is read again when its file has been left alone for a
        third of `settle`, and after `settle` seconds at the latest.
        """
        url = settings.store.url
        store = Store.of(Database.of(url.get_secret_value() if url else None, data), server)
        equipment = _equipment(settings, data, store.writer)
        classifiers = Classifiers(settings.understanding.grade, load_embeddings)
        workshop = Workshop(settings, equipment.prompts, build, classifiers)
        shelf = FlowShelf(
            *(flows, dids, workshop.make, equipment.figures),
            run_tests=settings.flows.run_tests,
            settle=settle,
            keep=store.writer,
        )
        switchboard = Switchboard(equipment, settings.server.max_calls)
        secret, token = settings.media.secret, settings.api.token
        media = MediaSocket(
            shelf, switchboard, equipment, secret.get_secret_value() if secret else None
        )
        api = Api(
            *(shelf, switchboard, equipment, store), token.get_secret_value() if token else None
        )
        app = Starlette(
            routes=[
                WebSocketRoute("/media", media.answer),
                WebSocketRoute("/media/{did}", media.answer),
                *api.routes(),
            ],
            exception_handlers={HTTPException: on_http_exception},
        )
        return cls(app, shelf, switchboard, equipment, workshop, store)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Load the flows and look after everything while the block runs.

        Raises `StoreProblem`. The store is the last to close: whatever was told it is written.
        """
        async with self.store.open(), self._at_work():
            yield

    @asynccontextmanager
    async def _at_work(self) -> AsyncIterator[None]:
        await self.shelf.load()
        async with asyncio.TaskGroup() as tasks:
            looking_after = [
                tasks.create_task(self.shelf.watch()),
                tasks.create_task(self.switchboard.watch()),
            ]
            try:
                yield
            finally:
                for task in looking_after:
                    task.cancel()
        self.equipment.meter.close()
        await self.equipment.web.close()
        self.equipment.interpreters.shutdown(wait=False, cancel_futures=True)
        await self.workshop.close()


def _equipment(settings: Settings, data: Path, keep: Keep) -> Equipment:
    speech = settings.speech
    return Equipment(
        Prompts(
            data / "cache" / "speech",
            limit_bytes=speech.cache_megabytes * 1_000_000,
            deadline=speech.synthesis_deadline,
        ),
        ActivityMeter(voice_activity(speech.activity)),
        asyncio.Semaphore(speech.recognitions),
        speech.recognition_deadline,
        interpreting_threads(),
        settings.understanding.deadline,
        data / "messages",
        web=WebClient(
            PublicNetwork(allow_private=settings.requests.allow_private),
            connections=settings.requests.connections,
        ),
        prices=_prices(settings),
        ask_ahead=settings.language.ask_ahead,
        keep=keep,
    )


def _prices(settings: Settings) -> Prices:
    by_kind = {"stt": settings.prices.stt, "tts": settings.prices.tts, "llm": settings.prices.llm}
    return {
        (kind, name): Price(**price.model_dump())
        for kind, prices in by_kind.items()
        for name, price in prices.items()
    }
