import asyncio
import ssl

import pytest
import trustme
from websockets.asyncio.server import serve

from providers.base import ProviderError
from providers.vendor_socket import certificates, connected

pytestmark = pytest.mark.network


@pytest.fixture
def authority(tmp_path, monkeypatch):
    """Whoever this machine trusts, for the time of a test."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    certificates.cache_clear()
    yield authority
    certificates.cache_clear()


def talk(signed_by, times=1):
    """Connect over TLS, so many times; return what was said and by what authorization."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    signed_by.issue_cert("localhost").configure_cert(context)

    async def greet(socket):
        await socket.send(socket.request.headers["Authorization"])

    async def scene():
        async with serve(greet, "localhost", 0, ssl=context) as server:
            port = server.sockets[0].getsockname()[1]
            said = []
            for _ in range(times):
                url = f"https://localhost:{port}/x"
                socket = await connected("acme", url, {"Authorization": "Token k1"}, seconds=5)
                said.append(await socket.recv())
                await socket.close()
            return said

    return asyncio.run(scene())


def test_certificates_are_read_once_for_all_connections(authority):
    assert talk(authority, times=3) == ["Token k1"] * 3
    assert certificates.cache_info().misses == 1


def test_a_certificate_that_nobody_vouches_for_is_an_error(authority):
    with pytest.raises(ProviderError, match=r"failed \(SSLCertVerificationError\)") as caught:
        talk(trustme.CA())
    assert caught.value.provider == "acme"


def test_the_librarys_log_at_its_finest_does_not_have_the_key(authority, caplog):
    with caplog.at_level("DEBUG"):
        assert talk(authority) == ["Token k1"]
    # The server's own log, which is no part of ours, is left out.
    ours = [record for record in caplog.records if not record.name.startswith("websockets.server")]
    assert "k1" not in "".join(record.getMessage() for record in ours)
