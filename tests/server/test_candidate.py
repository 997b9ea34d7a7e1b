"""A saved flow as it is kept for replay."""

from pathlib import Path

from runtime.audio.mulaw import SILENCE
from runtime.carrier import wav
from runtime.flow.replay.versions import read_version
from runtime.server.candidate import read_candidate

FLOW = """
greeting: {audio: hello.wav, say: Hello.}
start: bye
states:
  bye:
    hangup: Bye.
"""


def test_a_flow_is_kept_without_the_sound_of_its_recordings(tmp_path: Path):
    """Each version that is saved would keep all of it again; a replay needs only their paths."""
    sound = wav.header(8000, channels=1) + bytes([SILENCE]) * 8000
    (tmp_path / "hello.wav").write_bytes(sound)
    (tmp_path / "hello.yaml").write_text(FLOW)
    candidate = read_candidate(tmp_path / "hello.yaml", ())
    assert candidate.files == {"hello.yaml": FLOW, "hello.wav": ""}
    assert read_version(candidate.files).start == "bye"
