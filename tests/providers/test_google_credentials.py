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

pytestmark = pytest.mark.network

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
import asyncio, json, sys
from providers.base import Voice
from providers.google_tts import GoogleTextToSpeech
async def speak(**options):
    provider = GoogleTextToSpeech(endpoint=sys.argv[1], **options)
    await provider.warm()
    async for piece in provider.synthesize("Hello.", Voice("en-IN-Wavenet-A")):
        sys.stdout.buffer.write(piece)
    await provider.close()
async def speak_with_each():
    for options in json.loads(sys.argv[2]):
        await speak(**options)
asyncio.run(speak_with_each())
"""


def _by_tls(tmp_path: Path, *options: dict[str, str], **environment: str):
    """Speak in a process of its own: gRPC reads the roots that it trusts only once."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "roots.pem")
    issued = authority.issue_cert("localhost")
    pair = (issued.private_key_pem.bytes(), issued.cert_chain_pems[0].bytes())
    roots = {"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(tmp_path / "roots.pem")}

    async def run():
        async with serving(grpc.ssl_server_credentials([pair])) as server:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", SPEAKER, server.endpoint, json.dumps(options)),
                env={**os.environ, **roots, **environment},
                stdout=subprocess.PIPE,
            )
            sound, _ = await process.communicate()
            return sound, server.metadata

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


def test_by_tls_a_file_or_what_googles_tools_find_signs_the_request_and_a_key_is_sent(
    tmp_path, account
):
    sound, (by_file, found, by_key) = _by_tls(
        tmp_path,
        {"credentials": account},
        {"language": "en-IN"},
        {"api_key": "very-secret"},
        GOOGLE_APPLICATION_CREDENTIALS=account,
    )
    assert sound == sound_of("Hello.") * 3
    # Signed here: a token from elsewhere would have been asked of a port where nobody listens.
    assert by_file["authorization"].startswith("Bearer ey")
    assert found["authorization"].startswith("Bearer ey")
    assert by_key["x-goog-api-key"] == "very-secret"
    assert "authorization" not in by_key
