"""Conversation tests in sound: the same file, through the whole speech loop."""

from pathlib import Path

import pytest
from shell import callwright

pytestmark = pytest.mark.speech

CLINIC = Path(__file__).parents[2] / "flows" / "clinic.test.yaml"


def test_a_booking_with_all_that_can_come_in_its_way_passes_as_sound():
    wanted = "books a visit, with a bad date"
    result = callwright(["test", str(CLINIC), "--audio", "-k", wanted])
    assert result.exit_code == 0, result.output
    assert "1 passed" in result.output
