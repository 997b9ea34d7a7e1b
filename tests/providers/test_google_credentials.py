"""How Google knows who asks: keys, and the files of service accounts, over TLS."""

import asyncio
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("google.cloud.texttospeech_v1")

import grpc
import trustme
from google_speech import serving, sound_of

from providers import registry
from providers.base import ProviderError, ProviderMissing, Voice
from providers.google_tts import GoogleTextToSpeech

PLAIN = Voice(name="en-IN-Wavenet-A")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"api_key": "k", "credentials": "k.json"}, "credentials and api_key exclude each other"),
        ({"api_key": "k", "streaming": "sometimes"}, "streaming is true, false or auto"),
        ({"credentials": "/no/such.json"}, "credentials /no/such.json: No such file"),
        ({"credentials": __file__}, "no service account's key"),
        ({}, "Google wants credentials"),
        ({"api_kye": "k"}, "has no option 'api_kye'. Did you mean 'api_key'?"),
    ],
)
def test_a_mistake_in_the_settings_is_one_sentence(options, message, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    with pytest.raises(ProviderMissing) as caught:
        registry.build("tts", "google", options)
    assert message in caught.value.message


def test_the_key_is_sent_and_is_in_no_representation_message_or_log(caplog):
    key = "very-secret"

    async def fail():
        async with serving() as server:
            server.fails(grpc.StatusCode.UNAUTHENTICATED)
            provider = GoogleTextToSpeech(endpoint=server.endpoint, api_key=key)
            assert key not in repr(provider)
            await provider.warm()
            with pytest.raises(ProviderError) as caught:
                await anext(provider.synthesize("Good morning.", PLAIN))
            await provider.close()
            return server.metadata[0]["x-goog-api-key"], caught.value

    with caplog.at_level(logging.DEBUG):
        sent, error = asyncio.run(fail())
    assert sent == key
    assert key not in error.message
    told = caplog.text + "".join(str(vars(record)) for record in caplog.records)
    assert key not in told
    assert "Good morning." not in told


SPEAKER = """
import asyncio, sys
from providers.base import Voice
from providers.google_tts import GoogleTextToSpeech
async def speak():
    provider = GoogleTextToSpeech(endpoint=sys.argv[1], **{sys.argv[2]: sys.argv[3]})
    await provider.warm()
    async for piece in provider.synthesize("Hello.", Voice("en-IN-Wavenet-A")):
        sys.stdout.buffer.write(piece)
    await provider.close()
asyncio.run(speak())
"""


def _by_tls(tmp_path: Path, option: str, value: str):
    """Speak in a process of its own: gRPC reads the roots that it trusts only once."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "roots.pem")
    issued = authority.issue_cert("localhost")
    pair = (issued.private_key_pem.bytes(), issued.cert_chain_pems[0].bytes())
    roots = {"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(tmp_path / "roots.pem")}

    async def run():
        async with serving(grpc.ssl_server_credentials([pair])) as server:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", SPEAKER, server.endpoint, option, value),
                env={**os.environ, **roots},
                stdout=subprocess.PIPE,
            )
            sound, _ = await process.communicate()
            return sound, server.metadata[0]

    return asyncio.run(run())


@pytest.fixture
def account(tmp_path):
    """A service account's file, whose tokens would come from where nobody listens."""
    pair = trustme.CA().issue_cert("x", key_type=trustme.KeyType.RSA)
    written = {
        "type": "service_account",
        "project_id": "example",
        "client_email": "bot@example.iam.gserviceaccount.com",
        "private_key_id": "1",
        "private_key": pair.private_key_pem.bytes().decode(),
        "token_uri": "http://127.0.0.1:9/token",
    }
    file = tmp_path / "account.json"
    file.write_text(json.dumps(written))
    return str(file)


def test_a_service_accounts_file_signs_the_request_without_a_token_from_elsewhere(
    tmp_path, account
):
    sound, metadata = _by_tls(tmp_path, "credentials", account)
    assert sound == sound_of("Hello.")
    assert metadata["authorization"].startswith("Bearer ey")


def test_without_credentials_and_key_those_are_used_that_googles_tools_find(
    tmp_path, account, monkeypatch
):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", account)
    sound, metadata = _by_tls(tmp_path, "language", "en-IN")
    assert sound == sound_of("Hello.")
    assert metadata["authorization"].startswith("Bearer ey")


def test_a_key_is_sent_by_tls_where_the_endpoint_is_a_host(tmp_path):
    sound, metadata = _by_tls(tmp_path, "api_key", "very-secret")
    assert sound == sound_of("Hello.")
    assert metadata["x-goog-api-key"] == "very-secret"
    assert "authorization" not in metadata
