import asyncio
import shutil
import struct
import sys

import numpy as np
import pytest

from providers.base import ProviderError, ProviderMissing, Voice
from providers.espeak_tts import EspeakTextToSpeech, arguments
from runtime.audio import mulaw


@pytest.fixture
def program(tmp_path):
    """Writes a program that stands in for espeak-ng."""

    def write(body):
        path = tmp_path / "espeak-ng"
        path.write_text(f"#!{sys.executable}\nimport sys\n{body}\n")
        path.chmod(0o755)
        return str(path)

    return write


def speak(provider, text="hello", voice=Voice()):  # noqa: B008 - it is frozen
    async def pieces():
        return [piece async for piece in provider.synthesize(text, voice)]

    return asyncio.run(pieces())


@pytest.mark.parametrize("text", ["", " \n"])
def test_for_nothing_to_say_no_program_is_run(program, text):
    assert speak(EspeakTextToSpeech(command=program("sys.exit('was run')")), text) == []


@pytest.mark.parametrize(
    ("voice", "options"),
    [
        (Voice(), "-v en-gb -s 165 -p 50"),
        (Voice(language="en-US"), "-v en-us -s 165 -p 50"),
        (Voice(language="hi-IN"), "-v hi -s 165 -p 50"),
        (Voice(language="ta"), "-v ta -s 165 -p 50"),
        (Voice(speaking_rate=1.25, pitch=12), "-v en-gb -s 206 -p 99"),
        (Voice(speaking_rate=0.1, pitch=-24), "-v en-gb -s 80 -p 0"),
    ],
)
def test_a_voice_becomes_options(voice, options):
    assert " ".join(arguments(voice)).startswith(options)


def test_a_text_goes_to_the_program_and_its_sound_comes_back(program):
    header = b"RIFF\xff\xff\xff\x7fWAVEfmt " + struct.pack(
        "<IHHIIHH", 16, 1, 1, 16000, 32000, 2, 16
    )
    sound = (3000 * np.sin(np.arange(16000))).astype("<i2").tobytes()
    wav = header + b"data\xff\xff\xff\x7f" + sound
    path = program(
        f"assert sys.stdin.buffer.read() == {'naïve'.encode()!r}\nsys.stdout.buffer.write({wav!r})"
    )
    (audio,) = speak(EspeakTextToSpeech(command=path), "naïve")
    assert mulaw.duration(audio) == pytest.approx(1.0, abs=0.01)


def test_a_failing_program_is_the_vendors_error(program):
    provider = EspeakTextToSpeech(command=program("sys.exit('no voice of that name')"))
    with pytest.raises(ProviderError, match="no voice of that name"):
        speak(provider)


def test_a_program_without_sound_is_the_vendors_error(program):
    with pytest.raises(ProviderError, match="no sound"):
        speak(EspeakTextToSpeech(command=program("")))


def test_a_program_that_hangs_is_ended(program):
    hanging = program("import signal; signal.pause()")
    with pytest.raises(ProviderError, match="too long"):
        speak(EspeakTextToSpeech(command=hanging, timeout_seconds=0.1))


def test_a_missing_program_is_named_with_its_command():
    with pytest.raises(ProviderMissing, match="apt-get install espeak-ng"):
        EspeakTextToSpeech(command="espeak-ng-that-is-not-there")


@pytest.mark.speech
@pytest.mark.skipif(not shutil.which("espeak-ng"), reason="apt-get install espeak-ng")
@pytest.mark.parametrize(
    ("language", "text"), [("en-IN", "Good morning."), ("hi-IN", "नमस्ते, आप कैसे हैं?")]
)
def test_the_real_program_speaks(language, text):
    (audio,) = speak(EspeakTextToSpeech(), text, Voice(language=language))
    assert 0.5 < mulaw.duration(audio) < 4
    assert -26 < mulaw.level(audio) < -17
