"""When bytes came, told by the kernel and not by whoever reads them."""

import socket
import time

import pytest

from bench import arrivals

LATE = 0.05
"""Seconds after which is read what was sent; less than half of it must be seen."""


@pytest.fixture
def line():
    with socket.create_server(("127.0.0.1", 0)) as server:
        here = socket.create_connection(server.getsockname())
        there, _ = server.accept()
        with here, there:
            yield here, there


@pytest.mark.network
@pytest.mark.parametrize("size", [10, 35_000])
def test_bytes_came_when_they_were_sent_however_late_they_are_read(line, size):
    here, there = line
    arrivals.stamp(here)
    before = time.monotonic()
    there.sendall(bytes(size))
    sent = time.monotonic()
    while time.monotonic() < sent + LATE:
        pass  # as a reader who is busy with other calls
    came = 0
    while came < size:
        received, at = arrivals.receive(here, time.monotonic)
        came += len(received)
        assert before - LATE / 2 <= at <= sent + LATE / 2


@pytest.mark.network
def test_what_nobody_stamps_came_just_now(line):
    here, there = line
    there.sendall(b"now")
    assert arrivals.receive(here, lambda: 77.0) == (b"now", 77.0)


@pytest.mark.network
def test_the_end_of_a_line_is_no_bytes(line):
    here, there = line
    arrivals.stamp(here)
    there.close()
    assert arrivals.receive(here, time.monotonic)[0] == b""
