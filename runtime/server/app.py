"""The server whole: what it is made of, and its life from start to drain."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
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

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class House:
    """The rooms of a running server; needs a running event loop to be built."""

    app: Starlette
    shelf: FlowShelf
    switchboard: Switchboard
    equipment: Equipment
    workshop: Workshop

    @classmethod
    def build(
        cls,
        settings: Settings,
        flows: Path,
        dids: Path,
        data: Path,
        *,
        build: Build = registry.build,
        load_embeddings: Callable[[], Embed] = SentenceEmbeddings,
        settle: float = SETTLE,
    ) -> "House":
        """Put a server together; `build` makes the providers.

        A saved flow is read again when its file has been left alone for a third of `settle`, and
        after `settle` seconds at the latest.
        """
        equipment = _equipment(settings, data)
        classifiers = Classifiers(settings.understanding.grade, load_embeddings)
        workshop = Workshop(settings, equipment.prompts, build, classifiers)
        shelf = FlowShelf(
            *(flows, dids, workshop.make, equipment.figures),
            run_tests=settings.flows.run_tests,
            settle=settle,
        )
        switchboard = Switchboard(equipment, settings.server.max_calls)
        secret, token = settings.media.secret, settings.api.token
        media = MediaSocket(
            shelf, switchboard, equipment, secret.get_secret_value() if secret else None
        )
        api = Api(shelf, switchboard, equipment, token.get_secret_value() if token else None)
        app = Starlette(
            routes=[
                WebSocketRoute("/media", media.answer),
                WebSocketRoute("/media/{did}", media.answer),
                *api.routes(),
            ],
            exception_handlers={HTTPException: on_http_exception},
        )
        return cls(app, shelf, switchboard, equipment, workshop)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Load the flows and look after everything while the block runs.

        However it ends, and should loading be cut short: first the calls end, then goes what was
        lent to them. What keeps the calls belongs between the two, so that it is told of every end.
        """
        async with AsyncExitStack() as closing:
            closing.push_async_callback(self.workshop.close)
            closing.callback(self.equipment.interpreters.shutdown, wait=False, cancel_futures=True)
            closing.push_async_callback(self.equipment.web.close)
            closing.callback(self.equipment.meter.close)
            closing.push_async_callback(self.switchboard.end_all)
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


def _equipment(settings: Settings, data: Path) -> Equipment:
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
    )


def _prices(settings: Settings) -> Prices:
    by_kind = {"stt": settings.prices.stt, "tts": settings.prices.tts, "llm": settings.prices.llm}
    return {
        (kind, name): Price(**price.model_dump())
        for kind, prices in by_kind.items()
        for name, price in prices.items()
    }
