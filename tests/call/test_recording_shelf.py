"""Recordings on disk: readable at every moment, found, counted and deleted."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from runtime.audio.bot_track import Part
from runtime.call.recording_shelf import RecordingShelf
from runtime.call.recording_writer import MOST_UNWRITTEN, Batch, RecordingFile
from runtime.carrier import wav
from runtime.carrier.messages import AudioPayload

ID = "0123456789abcdef0123456789abcdef"
DAY = 1_795_319_100.0
"""2026-11-22 in UTC."""
SECOND = Batch(b"\x01" * 8000, ())


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[RecordingShelf]:
    made = RecordingShelf(tmp_path / "recordings")
    yield made
    made.close()


def read(shelf: RecordingShelf) -> tuple[int, bytes]:
    found = shelf.read(ID)
    assert found is not None
    length, pieces = found
    return length, b"".join(pieces)


def test_both_sides_are_written_in_the_order_of_time(shelf: RecordingShelf, tmp_path: Path):
    file, name = shelf.open(ID, DAY)
    payload = AudioPayload.of(bytes(range(100, 200)))
    file.write(Batch(b"\x01" * 50, (Part(10, payload, 0, 40),)))
    file.write(Batch(b"\x02" * 60, (Part(0, payload, 40, 100),)))
    shelf.close()
    assert name == f"recordings/2026-11-22/{ID}.wav"
    left, right = wav.read_channels((tmp_path / name).read_bytes())
    assert left == b"\x01" * 50 + b"\x02" * 60
    assert right == b"\xff" * 10 + bytes(range(100, 200))


WRITER = """
import sys, os, signal
from pathlib import Path
from runtime.call.recording_shelf import RecordingShelf
from runtime.call.recording_writer import Batch
shelf = RecordingShelf(Path(sys.argv[1]))
file, name = shelf.open(sys.argv[2], 0.0)
for _ in range(3):
    file.write(Batch(b"\\x01" * 8000, ()))
while file.unwritten:
    pass
file.write(Batch(b"\\x01" * 8000, ()))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.process
def test_a_file_whose_writer_was_killed_can_be_read(tmp_path: Path):
    folder = tmp_path / "recordings"
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": root}
    command = [sys.executable, "-c", WRITER, str(folder), ID]
    assert subprocess.run(command, env=environment, check=False).returncode == -9
    path = RecordingShelf(folder).find(ID)
    assert path is not None
    left, right = wav.read_channels(path.read_bytes())
    assert (left[:24000], right[:24000]) == (b"\x01" * 24000, b"\xff" * 24000)


@pytest.mark.parametrize("size", [0, 8000, 8001])
def test_sound_that_no_header_tells_of_is_not_part_of_the_file(
    shelf: RecordingShelf, tmp_path: Path, size: int
):
    file, name = shelf.open(ID, DAY)
    file.write(SECOND)
    shelf.close()
    path = tmp_path / name
    with path.open("ab") as half_written:
        half_written.write(b"\x05" * size)
    assert wav.read_channels(path.read_bytes())[0] == b"\x01" * 8000
    length, content = read(shelf)
    assert len(content) == length == wav.STEREO_HEADER_BYTES + 16000


def test_what_is_read_is_whole_though_the_call_goes_on(shelf: RecordingShelf):
    file, _ = shelf.open(ID, DAY)
    file.write(SECOND)
    shelf.close()
    found = shelf.read(ID)
    assert found is not None
    length, pieces = found
    file.carry_out(SECOND)
    content = b"".join(pieces)
    assert len(content) == length
    assert wav.read_channels(content)[0] == b"\x01" * 8000


def test_a_disk_that_is_full_in_the_middle_leaves_what_was_written(
    shelf: RecordingShelf, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    file, name = shelf.open(ID, DAY)
    file.carry_out(SECOND)
    path = tmp_path / name
    path.rename(tmp_path / "kept.wav")
    path.symlink_to("/dev/full")
    with caplog.at_level(logging.ERROR):
        file.carry_out(SECOND)
        file.carry_out(SECOND)
    [told] = [record for record in caplog.records if record.msg == "recording_ended"]
    assert told.why == "No space left on device"  # type: ignore[attr-defined]
    assert file.is_over


def test_a_disk_that_is_too_slow_ends_the_recording(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    # Nobody takes from this queue.
    file = RecordingFile(ID, tmp_path / "x.wav", SimpleQueue())
    with caplog.at_level(logging.ERROR):
        for _ in range(MOST_UNWRITTEN + 5):
            file.write(SECOND)
    assert [record.why for record in caplog.records] == ["the disk is too slow"]  # type: ignore[attr-defined]
    assert (file.unwritten, file.is_over) == (MOST_UNWRITTEN, True)


def test_a_recording_is_found_listed_and_deleted(shelf: RecordingShelf, tmp_path: Path):
    assert list(shelf) == []
    for each, at in ((ID, DAY), ("f" * 32, DAY - 86400)):
        file, _ = shelf.open(each, at)
        file.write(SECOND)
    shelf.close()
    assert [(x.call, x.size) for x in shelf] == [("f" * 32, 16058), (ID, 16058)]
    assert all(x.changed_at > 0 and x.path == shelf.find(x.call) for x in shelf)
    assert shelf.delete(ID)
    assert not shelf.delete(ID)
    assert [x.call for x in shelf] == ["f" * 32]


def test_a_recording_that_was_deleted_does_not_come_back(shelf: RecordingShelf, tmp_path: Path):
    file, name = shelf.open(ID, DAY)
    file.carry_out(SECOND)
    shelf.delete(ID)
    file.carry_out(SECOND)
    assert file.is_over
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("id_", ["", "*", "../recordings/x", "2026-11-22/x", "A" * 32])
def test_what_is_no_id_of_ours_finds_nothing(shelf: RecordingShelf, id_: str):
    file, _ = shelf.open(ID, DAY)
    file.carry_out(SECOND)
    assert shelf.find(id_) is None
    assert shelf.read(id_) is None


def test_of_a_file_that_the_disk_refused_nothing_is_read(shelf: RecordingShelf, tmp_path: Path):
    day = tmp_path / "recordings" / "2026-11-22"
    day.mkdir(parents=True)
    (day / f"{ID}.wav").write_bytes(b"RIFF")
    assert shelf.read(ID) is None
