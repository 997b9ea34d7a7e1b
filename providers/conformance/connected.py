"""What a provider with a server does where the server, or the way to it, is not as it should be."""

import asyncio
import logging
import socket
from contextlib import suppress
from typing import Any

import pytest

from providers.base import ProviderError
from providers.conformance.faults import BEFORE, IN_HEAD, Fault, Kind
from providers.conformance.server import LocalServer
from providers.conformance.suite import PATIENCE, Conformance, assert_no_secret

SHORT = 0.03
"""Seconds of silence after which an adapter is to give up here."""


class ConnectedConformance(Conformance):
    """To be mixed into the suite of a kind."""

    tells_garbage = True
    """Whether a piece that is not the protocol can be told: in plain sound it cannot."""

    def steps(self) -> tuple[list[int], LocalServer]:
        """The places at which the answer to one question can break, found by asking it."""

        async def ask(provider: Any, server: LocalServer) -> LocalServer:
            assert self.is_answer(await self.ask(provider))
            return server

        server = self.play(ask)
        return [BEFORE, IN_HEAD, *range(server.most_pieces)], server

    def test_a_connection_that_breaks_at_any_step_is_an_error_to_try_again(self) -> None:
        places, server = self.steps()
        kinds: tuple[Kind, ...] = ("drop", "hang_up") if server.sockets else ("drop",)
        for fault in [Fault(kind, at) for kind in kinds for at in places]:
            assert self.error(fault).retryable, fault

    def test_a_server_that_says_nothing_more_is_given_up(self) -> None:
        places, _ = self.steps()
        for at in sorted({*places[:3], places[-1]}):
            assert self.error(Fault("hang", at), timeout_seconds=SHORT).retryable, at

    def test_an_answer_that_is_late_is_waited_for(self) -> None:
        async def wait(provider: Any, server: LocalServer) -> Any:
            asking = asyncio.create_task(self.ask(provider))
            await server.asked.wait()
            assert not asking.done()
            server.go.set()
            return await asking

        for at in (BEFORE, 0):
            assert self.is_answer(self.play(wait, fault=Fault("late", at)))

    def test_what_is_not_the_protocol_is_an_error(self) -> None:
        places, _ = self.steps()
        garbled = range(len(places) - 2) if self.tells_garbage else ()
        for fault in [Fault("garbage"), Fault("page"), *(Fault("garbage", at) for at in garbled)]:
            assert isinstance(self.error(fault), ProviderError), fault

    @pytest.mark.parametrize(
        ("status", "retryable"),
        [(400, False), (401, False), (403, False), (500, True), (503, True)],
    )
    def test_a_refusal_says_whether_to_try_again(self, status: int, retryable: bool) -> None:
        assert self.error(Fault("refuse", status=status)).retryable is retryable

    def test_a_wish_to_wait_is_passed_on(self) -> None:
        error = self.error(Fault("refuse", status=429, retry_after="7"))
        assert (error.retryable, error.retry_after_seconds) == (True, 7)

    def test_a_port_where_nobody_listens_is_an_error_to_try_again(self) -> None:
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            url = "http://{}:{}".format(*bound.getsockname())
            assert self.error(url=url).retryable

    def test_a_name_that_is_not_found_is_an_error_to_try_again(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = socket.getaddrinfo

        def getaddrinfo(host: Any, *rest: Any, **more: Any) -> Any:
            if host in ("vendor.invalid", b"vendor.invalid"):
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            return found(host, *rest, **more)

        # The name server of where the tests run would take its time.
        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        assert self.error(url="http://vendor.invalid:80").retryable

    def test_warming_on_the_way_to_nowhere_is_no_crash(self) -> None:
        async def warm(provider: Any, _: LocalServer) -> None:
            with suppress(ProviderError):
                await provider.warm()

        for fault in (Fault("drop"), Fault("garbage")):
            self.play(warm, fault=fault)

    def test_a_cancelled_question_closes_its_connection_at_any_step(self) -> None:
        async def cancel(provider: Any, server: LocalServer) -> None:
            asking = asyncio.create_task(self.ask(provider))
            await server.asked.wait()
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            await server.left.wait()

        places, _ = self.steps()
        for at in places:
            self.play(cancel, fault=Fault("hang", at))

    def test_neither_the_key_nor_a_word_is_in_a_log_when_something_goes_wrong(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG):
            for fault in (
                Fault("refuse", status=401),
                Fault("refuse", status=429),
                Fault("drop", 0),
                Fault("garbage"),
                Fault("page"),
            ):
                self.error(fault, timeout_seconds=PATIENCE)
        assert_no_secret(caplog)
