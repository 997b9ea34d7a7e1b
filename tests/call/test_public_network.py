import asyncio
import ssl

import pytest
import trustme
from clinic_web import CLINIC, OTHER, PUBLIC, answered, clinic, failed, request
from web_service import Detour, Names, public, reply, web_service

from runtime.call.public_network import PublicNetwork
from runtime.call.web_client import WebClient
from runtime.flow.web import WebFailure

SPELLINGS = ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001"]


@pytest.mark.network
@pytest.mark.parametrize("host", SPELLINGS)
def test_this_machine_is_reached_in_any_spelling_only_where_it_is_allowed(host: str):
    async def run():
        async with web_service(lambda _: reply()) as service:
            url = f"http://{host}:{service.port}/"
            careful, trusting = WebClient(), WebClient(PublicNetwork(allow_private=True))
            with pytest.raises(WebFailure) as caught:
                await careful.send(request(url))
            assert caught.value.kind == "refused"
            assert service.connections == 0
            assert (await trusting.send(request(url))).status == 200
            await careful.close()
            await trusting.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    "host", ["[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "169.254.169.254", "[::]"]
)
def test_no_other_way_leads_inside(host: str):
    async def run():
        client = WebClient()
        with pytest.raises(WebFailure) as caught:
            await client.send(request(f"http://{host}/"))
        assert caught.value.kind == "refused"
        await client.close()

    asyncio.run(run())


@pytest.mark.network
def test_a_name_that_changes_its_address_after_the_check_gains_nothing():
    names = Names({CLINIC: [(PUBLIC,), ("127.0.0.1",)]})

    async def run():
        close = reply(headers=[("Connection", "close")])
        async with clinic(lambda _: close, names) as (_, client, detour):
            await client.send(request())
            assert (names.asked, detour.dialled) == ([CLINIC], [PUBLIC])
            with pytest.raises(WebFailure) as caught:
                await client.send(request())
            assert caught.value.kind == "refused"
            assert detour.dialled == [PUBLIC]

    asyncio.run(run())


@pytest.mark.network
def test_of_several_addresses_the_private_are_left_out_and_the_dead_passed_over():
    names = Names({CLINIC: [("10.0.0.1", PUBLIC, "fd00::1", OTHER)]})

    async def run():
        async with web_service(lambda _: reply()) as service:
            detour = Detour(service, dead=frozenset({PUBLIC}))
            client = WebClient(public(detour, names))
            assert (await client.send(request())).status == 200
            assert detour.dialled == [PUBLIC, OTHER]
            await client.close()

    asyncio.run(run())


@pytest.mark.network
@pytest.mark.parametrize(
    "location", ["http://127.0.0.1/", "http://inside.example/", "//169.254.169.254/latest"]
)
def test_a_redirect_leads_nowhere_that_a_request_may_not_go(location: str):
    names = Names(
        {
            CLINIC: [(PUBLIC,)],
            "inside.example": [("10.0.0.1",)],
            "127.0.0.1": [("127.0.0.1",)],
            "169.254.169.254": [("169.254.169.254",)],
        }
    )

    async def run():
        to = reply(status=302, headers=[("Location", location)])
        async with clinic(lambda _: to, names) as (_, client, detour):
            with pytest.raises(WebFailure) as caught:
                await client.send(request())
            assert caught.value.kind == "refused"
            assert detour.dialled == [PUBLIC]

    asyncio.run(run())


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def _tls(authority: trustme.CA, host: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    served, trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert(host).configure_cert(served)
    authority.configure_trust(trusted)
    return served, trusted


@pytest.mark.network
def test_tls_goes_by_the_name_and_not_by_the_address(authority: trustme.CA):
    served, trusted = _tls(authority, CLINIC)
    asked: list[str | None] = []
    served.sni_callback = lambda _, name, __: asked.append(name)
    [came], [arrived] = answered(
        lambda _: reply(), request(f"https://{CLINIC}/"), tls=(served, trusted)
    )
    assert (came.status, asked, arrived.headers["host"]) == (200, [CLINIC], CLINIC)


@pytest.mark.network
def test_a_certificate_for_another_name_is_not_trusted(authority: trustme.CA):
    failure = failed(
        lambda _: reply(), request(f"https://{CLINIC}/"), tls=_tls(authority, "other.example")
    )
    assert failure.kind == "failed"
    assert failure.reason == "the certificate of clinic.example is not to be trusted"


@pytest.mark.network
def test_a_certificate_that_nobody_vouches_for_is_not_trusted(authority: trustme.CA):
    served, _ = _tls(authority, CLINIC)
    failure = failed(lambda _: reply(), request(f"https://{CLINIC}/"), tls=(served, None))
    assert "certificate" in failure.reason


@pytest.mark.network
def test_https_does_not_lead_back_to_http(authority: trustme.CA):
    to = reply(status=301, headers=[("Location", f"http://{CLINIC}/")])
    failure = failed(lambda _: to, request(f"https://{CLINIC}/"), tls=_tls(authority, CLINIC))
    assert failure.kind == "refused"
