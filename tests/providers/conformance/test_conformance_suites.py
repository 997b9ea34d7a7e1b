"""The suites find what they are there to find: each adapter here has one fault."""

import asyncio
import json
import logging
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2
import pytest

from providers.base import Hints, ProviderError, Transcript
from providers.conformance import (
    KEY,
    Exchange,
    Place,
    Rig,
    SpeechToTextConformance,
    Stage,
    TextToSpeechConformance,
    server,
)
from runtime.audio import mulaw

pytestmark = pytest.mark.network

log = logging.getLogger(__name__)
open_ones: list[object] = []


class Recogniser:
    """An adapter without a fault, for a vendor who takes mu-law and gives {"text": …}."""

    name = "acme"
    eager = False

    def __init__(self, *, api_key: str, base_url: str, timeout_seconds: float) -> None:
        self._headers = {"authorization": f"Bearer {api_key}"}
        self._url = base_url
        self._http = httpx2.AsyncClient(timeout=timeout_seconds, verify=False)

    async def transcribe(self, utterance: bytes, hints: Hints) -> Transcript:
        if not utterance:
            return Transcript("", 1.0)
        try:
            response = await self._http.post(self._url, content=utterance, headers=self._headers)
        except httpx2.HTTPError:
            raise ProviderError("the connection failed", provider="acme") from None
        if response.status_code != 200:
            raise self.refused(response)
        return self.read(response)

    def refused(self, response: httpx2.Response) -> ProviderError:
        status, wait = response.status_code, response.headers.get("retry-after")
        return ProviderError(
            f"status {status}",
            retryable=status == 429 or status >= 500,
            retry_after_seconds=float(wait) if wait else None,
        )

    def read(self, response: httpx2.Response) -> Transcript:
        try:
            return Transcript(json.loads(response.content)["text"].strip(), 1.0)
        except ValueError:
            raise ProviderError("sent what is no JSON", provider="acme") from None

    async def warm(self) -> None:
        pass

    async def close(self) -> None:
        await self._http.aclose()


class TellsTheVendorsSentence(Recogniser):
    def refused(self, response):
        error = super().refused(response)
        error.args = (f"{error.message}: {response.text}",)
        return error


class TriesAnythingAgain(Recogniser):
    def refused(self, response):
        return ProviderError("refused")


class LogsWhatWasSaid(Recogniser):
    def read(self, response):
        transcript = super().read(response)
        log.debug("heard", extra={"text": transcript.text})
        return transcript


class BelievesAnything(Recogniser):
    def read(self, response):
        return Transcript(response.text, 1.0)


class CutsTheEnd(Recogniser):
    async def transcribe(self, utterance, hints):
        return await super().transcribe(utterance[:-400], hints)


class LetsTheClientsErrorsThrough(Recogniser):
    async def transcribe(self, utterance, hints):
        response = await self._http.post(self._url, content=utterance)
        return self.read(response)


class LeavesATask(Recogniser):
    async def transcribe(self, utterance, hints):
        self._waits = asyncio.create_task(asyncio.Event().wait())
        return await super().transcribe(utterance, hints)


class Shouts(Recogniser):
    async def transcribe(self, utterance, hints):
        transcript = await super().transcribe(utterance, hints)
        return Transcript(transcript.text.upper(), transcript.confidence)


class LeavesItsConnectionOpen(Recogniser):
    async def close(self):
        open_ones.append(self._http)


class CannotBeStopped(Recogniser):
    async def transcribe(self, utterance, hints):
        try:
            return await super().transcribe(utterance, hints)
        except asyncio.CancelledError:
            return Transcript("", 0.0)


class RecogniserRig(Rig):
    def __init__(self, adapter: type[Recogniser]) -> None:
        self._adapter = adapter

    def build(self, place: Place) -> Recogniser:
        return self._adapter(api_key=KEY, base_url=place.url, timeout_seconds=place.timeout_seconds)

    async def serve(self, exchange: Exchange, stage: Stage) -> None:
        body = json.dumps({"text": stage.take(exchange.request.body)}).encode()
        await exchange.answer(body[:5], body[5:])


class TestRecogniserWithoutFault(SpeechToTextConformance):
    rig = RecogniserRig(Recogniser)


@pytest.mark.parametrize(
    ("adapter", "behaviour"),
    [
        (TellsTheVendorsSentence, "a_refusal_says_whether_to_try_again"),
        (TriesAnythingAgain, "a_refusal_says_whether_to_try_again"),
        (TriesAnythingAgain, "a_wish_to_wait_is_passed_on"),
        (LogsWhatWasSaid, "neither_the_key_nor_a_word_is_in_a_log"),
        (BelievesAnything, "what_is_not_the_protocol_is_an_error"),
        (CutsTheEnd, "the_utterance_arrives_whole"),
        (
            LetsTheClientsErrorsThrough,
            "a_connection_that_breaks_at_any_step_is_an_error_to_try_again",
        ),
        (LetsTheClientsErrorsThrough, "a_port_where_nobody_listens_is_an_error_to_try_again"),
        (LetsTheClientsErrorsThrough, "a_server_that_says_nothing_more_is_given_up"),
        (LeavesATask, "the_answer_comes_whole_and_again_on_the_same_provider"),
        (LeavesItsConnectionOpen, "the_answer_comes_whole_and_again_on_the_same_provider"),
        (Shouts, "the_answer_comes_whole_and_again_on_the_same_provider"),
        (CannotBeStopped, "a_question_can_be_cancelled"),
        (CannotBeStopped, "a_cancelled_question_closes_its_connection_at_any_step"),
    ],
)
def test_a_faulty_recogniser_is_found_out(adapter, behaviour, caplog, monkeypatch):
    monkeypatch.setattr(server, "LEAVING_SECONDS", 0.05)
    suite = SpeechToTextConformance()
    suite.rig = RecogniserRig(adapter)
    given = {
        "a_refusal_says_whether_to_try_again": (401, False),
        "neither_the_key_nor_a_word_is_in_a_log": (caplog,),
    }
    with pytest.raises((AssertionError, pytest.fail.Exception, httpx2.HTTPError)):
        getattr(suite, f"test_{behaviour}")(*given.get(behaviour, ()))


def test_the_example_of_the_documentation_is_a_test_that_passes(monkeypatch):
    page = (Path(__file__).parents[3] / "docs" / "providers.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    [example] = [block for block in blocks if "class TestAcme" in block]
    acme = ModuleType("acme_callwright")
    acme.AcmeSpeechToText = Recogniser
    monkeypatch.setitem(sys.modules, "acme_callwright", acme)
    names: dict[str, Any] = {}
    exec(example, names)
    suite = names["TestAcme"]()
    suite.test_the_answer_comes_whole_and_again_on_the_same_provider()
    suite.test_the_utterance_arrives_whole()
    suite.test_a_wish_to_wait_is_passed_on()


class Speaker:
    """An adapter for a vendor who speaks mu-law; `order` is what is done with its pieces."""

    name = fingerprint = "acme"

    def __init__(self, place: Place, order) -> None:
        self._place, self._order = place, order

    async def synthesize(self, text, voice):
        for piece in self._order(self._place.stage.take(text)):
            yield piece

    async def warm(self) -> None:
        pass

    async def close(self) -> None:
        pass


class SpeakerRig(Rig):
    def __init__(self, order) -> None:
        self._order = order

    def build(self, place: Place) -> Speaker:
        return Speaker(place, self._order)


@pytest.mark.parametrize(
    "order",
    [
        reversed,
        lambda pieces: pieces[:-1],
        lambda pieces: (*pieces, b""),
        lambda pieces: (mulaw.encode(0.5 * mulaw.decode_float(piece)) for piece in pieces),
    ],
    ids=["the wrong way round", "without the last", "with an empty one", "too quiet"],
)
def test_a_faulty_voice_is_found_out(order):
    suite = TextToSpeechConformance()
    suite.rig = SpeakerRig(order)
    with pytest.raises(AssertionError):
        suite.test_the_answer_comes_whole_and_again_on_the_same_provider()
    suite.rig = SpeakerRig(lambda pieces: pieces)
    suite.test_the_answer_comes_whole_and_again_on_the_same_provider()
