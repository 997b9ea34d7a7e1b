"""The server whole: what it is made of, and its life from start to drain."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import WebSocketRoute

from providers import registry
from providers.embeddings import SentenceEmbeddings
from runtime.audio.vad import voice_activity
from runtime.call.activity import ActivityMeter
from runtime.call.classifiers import Classifiers
from runtime.call.equipment import LINGER_SECONDS, Equipment
from runtime.call.interpreter import interpreting_threads
from runtime.call.prompts import Prompts
from runtime.call.public_network import PublicNetwork
from runtime.call.recording_shelf import RecordingShelf
from runtime.call.spending import Price, Prices
from runtime.call.web_client import WebClient
from runtime.flow.understanding.classifier import Embed
from runtime.outbound.outgoing import Outgoing
from runtime.server.api import Api
from runtime.server.border import Border
from runtime.server.calls_api import CallsApi
from runtime.server.events import Events
from runtime.server.events_api import EventsApi
from runtime.server.flows import SETTLE, FlowShelf
from runtime.server.flows_api import FlowsApi
from runtime.server.hang_ups import HangUps
from runtime.server.health_api import HealthApi
from runtime.server.keeping import Keeping, limits_of
from runtime.server.media import MediaSocket
from runtime.server.outgoing_api import OutgoingApi
from runtime.server.problems import Refused, on_http_exception, on_refused
from runtime.server.recordings_api import RecordingsApi
from runtime.server.room import Room
from runtime.server.switchboard import Switchboard
from runtime.server.workshop import Build, Workshop
from runtime.settings import Settings
from runtime.store.database import Database
from runtime.store.store import Store
from runtime.store.writer import Keep


@dataclass(frozen=True, slots=True)
class House:
    """The rooms of a running server; needs a running event loop to be built."""

    app: Starlette
    shelf: FlowShelf
    switchboard: Switchboard
    equipment: Equipment
    workshop: Workshop
    store: Store
    keeping: Keeping
    outgoing: Outgoing
    events: Events

    @classmethod
    def build(
        cls,
        settings: Settings,
        flows: Path,
        dids: Path,
        data: Path,
        *,
        server: str = "this server",
        own_url: str = "http://127.0.0.1:8080",
        build: Build = registry.build,
        load_embeddings: Callable[[], Embed] = SentenceEmbeddings,
        settle: float = SETTLE,
        linger: float = LINGER_SECONDS,
    ) -> "House":
        """Put a server together; `build` makes the providers.

        `own_url` is where a carrier on this machine reaches it, should the settings not say more.
        `server` is its name among those that share a database, the same when it starts again.
        Raises `StoreProblem`. A saved flow is read again when its file has been left alone for a
        third of `settle`, and after `settle` seconds at the latest. A call ends `linger` seconds
        after its last word.
        """
        store = _store(settings, data, server)
        recordings = RecordingShelf(data / "recordings")
        equipment = _equipment(settings, data, store.writer, recordings, linger)
        classifiers = Classifiers(settings.understanding.grade, load_embeddings)
        workshop = Workshop(settings, equipment.prompts, build, classifiers)
        shelf = FlowShelf(
            *(flows, dids, workshop.make, equipment.figures),
            run_tests=settings.flows.run_tests,
            settle=settle,
            keep=store.writer,
        )
        switchboard = Switchboard(
            equipment, settings.server.max_calls, settings.carrier.ring_seconds
        )
        keeping = Keeping(store, recordings, equipment.figures, limits_of(settings.store))
        outgoing = Outgoing.of(settings, store, own_url)
        events = Events(store.archive)
        app = _app(settings, shelf, switchboard, equipment, store, outgoing, events)
        return cls(app, shelf, switchboard, equipment, workshop, store, keeping, outgoing, events)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Load the flows and look after everything while the block runs.

        Raises `StoreProblem`. However it ends, and should loading be cut short: first the calls
        end, then goes what was lent to them, and last the store, which is told of every end.
        """
        async with AsyncExitStack() as closing:
            await closing.enter_async_context(self.store.open())
            closing.push_async_callback(self.outgoing.close)
            closing.push_async_callback(self.workshop.close)
            closing.callback(self.equipment.interpreters.shutdown, wait=False, cancel_futures=True)
            closing.push_async_callback(self.equipment.web.close)
            closing.callback(self.equipment.meter.close)
            if self.equipment.recording_shelf is not None:
                closing.push_async_callback(asyncio.to_thread, self.equipment.recording_shelf.close)
            closing.push_async_callback(self.switchboard.end_all)
            await self.shelf.load()
            async with asyncio.TaskGroup() as tasks:
                looking_after = [
                    tasks.create_task(self.shelf.watch()),
                    tasks.create_task(self.switchboard.watch()),
                    tasks.create_task(self.outgoing.watch()),
                    tasks.create_task(self.keeping.watch()),
                    tasks.create_task(self.events.watch()),
                ]
                if not self.store.database.is_sqlite:
                    # A SQLite file has one server only.
                    hang_ups = HangUps(self.store.archive, self.switchboard)
                    looking_after.append(tasks.create_task(hang_ups.watch()))
                try:
                    yield
                finally:
                    self.events.close()
                    for task in looking_after:
                        task.cancel()


def _app(
    settings: Settings,
    shelf: FlowShelf,
    switchboard: Switchboard,
    equipment: Equipment,
    store: Store,
    outgoing: Outgoing,
    events: Events,
) -> Starlette:
    """Return what answers the sockets and the HTTP interface."""
    secret, token = settings.media.secret, settings.api.token
    media = MediaSocket(
        *(shelf, switchboard, equipment, outgoing.calls),
        secret.get_secret_value() if secret else None,
    )
    room = Room(switchboard, outgoing.calls, settings.server.reserve)
    api = Api(
        (
            HealthApi(shelf, switchboard, equipment.figures),
            FlowsApi(shelf),
            CallsApi(switchboard, store, outgoing.calls),
            RecordingsApi(equipment.recording_shelf),
            OutgoingApi(shelf, equipment, outgoing.calls, outgoing.placing, room),
            EventsApi(events),
        )
    )
    app = Starlette(
        routes=[
            WebSocketRoute("/media", media.answer),
            WebSocketRoute("/media/{did}", media.answer),
            *api.routes(),
        ],
        middleware=[Middleware(Border, token=token.get_secret_value() if token else None)],
        exception_handlers={HTTPException: on_http_exception, Refused: on_refused},
    )
    # A path with a slash too many is not there: a redirect would be no problem document.
    app.router.redirect_slashes = False
    return app


def _store(settings: Settings, data: Path, server: str) -> Store:
    url = settings.store.url
    return Store.of(Database.of(url.get_secret_value() if url else None, data), server)


def _equipment(
    settings: Settings, data: Path, keep: Keep, recordings: RecordingShelf, linger: float
) -> Equipment:
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
        recording_shelf=recordings,
        records_calls=settings.recordings.default == "always",
        linger_seconds=linger,
    )


def _prices(settings: Settings) -> Prices:
    by_kind = {"stt": settings.prices.stt, "tts": settings.prices.tts, "llm": settings.prices.llm}
    return {
        (kind, name): Price(**price.model_dump())
        for kind, prices in by_kind.items()
        for name, price in prices.items()
    }
