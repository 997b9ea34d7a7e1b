import sys

import numpy as np
import pytest

from runtime.audio import vad
from runtime.audio.mulaw import decode_float, encode
from runtime.audio.vad import (
    WINDOW,
    AudioModelMissing,
    EnergyActivity,
    QuickActivity,
    SileroActivity,
    VoiceActivity,
    WebRtcActivity,
    voice_activity,
)


def noise(windows: int, dbfs: float, seed: int = 0) -> np.ndarray:
    sound = np.random.default_rng(seed).standard_normal((windows, WINDOW))
    return (sound * 10 ** (dbfs / 20)).astype(np.float32)


def vowel(windows: int, dbfs: float = -20) -> np.ndarray:
    """Harmonics of 120 Hz, strongest at 700 Hz, as loud as speech."""
    times = np.arange(windows * WINDOW) / 8000
    sound = sum(
        np.sin(2 * np.pi * 120 * k * times) / (1 + ((120 * k - 700) / 300) ** 2)
        for k in range(1, 28)
    )
    sound *= 10 ** (dbfs / 20) / np.sqrt(np.mean(sound**2))
    return sound.reshape(windows, WINDOW).astype(np.float32)


def hear(activity: VoiceActivity, windows: np.ndarray, row: int) -> list[float]:
    rows = np.array([row])
    return [float(activity.probabilities(window[None], rows)[0]) for window in windows]


class FakeSession:
    """Adds up what each row has heard, as the network's state would; counts its windows."""

    def __init__(self, probability: float = 0.1) -> None:
        self.probability = probability
        self.windows = 0
        self.contexts: list[np.ndarray] = []

    def run(self, outputs, feeds):
        assert tuple(outputs) == ("output", "stateN")
        count = len(feeds["input"])
        assert feeds["input"].shape == (count, 288)
        assert feeds["state"].shape == (2, count, 128)
        assert feeds["sr"] == 8000
        self.windows += count
        self.contexts.append(feeds["input"][:, :32].copy())
        state = feeds["state"] + 1
        found = np.full((count, 1), self.probability, np.float32)
        found[:, 0] += state[0, :, 0] / 1000
        return found, state


@pytest.fixture
def session(monkeypatch):
    fake = FakeSession()
    monkeypatch.setattr(vad, "_open_session", lambda model, sha256: fake)
    return fake


def test_each_row_keeps_its_own_state_and_context(session):
    silero = SileroActivity()
    first, second = silero.open_row(), silero.open_row()
    windows = noise(2, -20)
    silero.probabilities(windows[:1], np.array([first]))
    found = silero.probabilities(windows[[1, 1]], np.array([second, first]))
    assert found.tolist() == pytest.approx([0.101, 0.102])
    assert not session.contexts[1][0].any()
    assert (session.contexts[1][1] == windows[0, -32:]).all()


def test_a_row_that_is_given_again_or_reset_has_forgotten(session):
    silero = SileroActivity()
    row = silero.open_row()
    hear(silero, noise(5, -20), row)
    silero.close_row(row)
    assert silero.open_row() == row
    assert hear(silero, noise(2, -20), row) == pytest.approx([0.101, 0.102])
    silero.reset_row(row)
    assert hear(silero, noise(1, -20), row) == pytest.approx([0.101])


def test_rows_beyond_the_room_keep_what_was_heard(session):
    silero = SileroActivity()
    first = silero.open_row()
    hear(silero, noise(3, -20), first)
    rows = np.array([first, *(silero.open_row() for _ in range(199))])
    assert len(set(rows.tolist())) == 200
    found = silero.probabilities(noise(200, -20), rows)
    assert found.tolist() == pytest.approx([0.104] + [0.101] * 199)


def test_a_quiet_line_is_not_run_after_three_unlikely_windows(session):
    silero = SileroActivity()
    row = silero.open_row()
    assert hear(silero, noise(10, -60), row)[3:] == [0.0] * 7
    assert session.windows == 3
    hear(silero, noise(1, -45), row)
    assert session.windows == 4


def test_a_likely_row_is_run_however_quiet_it_is(session):
    session.probability = 0.8
    silero = SileroActivity()
    hear(silero, noise(10, -60), silero.open_row())
    assert session.windows == 10


def test_only_the_quiet_rows_of_a_batch_are_skipped(session):
    silero = SileroActivity()
    rows = np.array([silero.open_row() for _ in range(3)])
    for _ in range(4):
        silero.probabilities(noise(3, -70), rows)
    found = silero.probabilities(np.stack([noise(1, d)[0] for d in (-70, -20, -70)]), rows)
    assert found.tolist() == pytest.approx([0.0, 0.104, 0.0])


def test_nothing_to_hear_gives_nothing(session):
    for activity in (SileroActivity(), EnergyActivity(), WebRtc()):
        found = activity.probabilities(np.zeros((0, WINDOW), np.float32), np.zeros(0, np.intp))
        assert found.shape == (0,)


def test_energy_hears_speech_over_a_quiet_line():
    energy = EnergyActivity()
    row = energy.open_row()
    assert max(hear(energy, noise(50, -60), row)) < 0.35
    assert min(hear(energy, vowel(10), row)) > 0.5
    assert max(hear(energy, noise(20, -60), row)) < 0.35


def test_energy_gets_used_to_a_noise_that_stays():
    energy = EnergyActivity()
    row = energy.open_row()
    found = hear(energy, noise(300, -35), row)
    assert found[0] > 0.5
    assert max(found[-50:]) < 0.35
    assert min(hear(energy, vowel(5, -15), row)) > 0.5


def test_energy_rows_do_not_mix():
    energy = EnergyActivity()
    rows = np.array([energy.open_row(), energy.open_row()])
    found = energy.probabilities(np.stack([vowel(1)[0], noise(1, -70)[0]]), rows)
    assert found[0] == 1
    assert found[1] == 0


class FakeVad:
    """Calls a frame speech if it is loud; knows which frames WebRTC takes."""

    def __init__(self, mode: int) -> None:
        assert mode == 3

    def is_speech(self, frame: bytes, rate: int) -> bool:
        assert (len(frame), rate) == (480, 8000)
        return bool(np.abs(np.frombuffer(frame, np.int16)).max() > 1000)


class FakeWebRtc:
    Vad = FakeVad


def WebRtc() -> WebRtcActivity:  # noqa: N802 - stands for the class
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "webrtcvad", FakeWebRtc)
        return WebRtcActivity()


def test_webrtc_hears_every_sample_once():
    webrtc = WebRtc()
    first, second = webrtc.open_row(), webrtc.open_row()
    loud, quiet = vowel(15), noise(15, -70)
    for window in range(15):
        found = webrtc.probabilities(
            np.stack([loud[window], quiet[window]]), np.array([first, second])
        )
        assert found.tolist() == [1, 0]
    click = np.zeros((1, WINDOW), np.float32)
    click[0, -1] = 0.5
    # The click lies beyond the first 30 ms: it counts with the next window.
    webrtc.reset_row(second)
    assert hear(webrtc, np.concatenate((click, 0 * click)), second) == [0, 1]


@pytest.mark.parametrize("kind", ["webrtc", "energy"])
def test_a_quick_detector_hears_the_same_window_by_window_as_in_a_batch(kind):
    activity = {"webrtc": WebRtc, "energy": EnergyActivity}[kind]()
    assert isinstance(activity, QuickActivity)
    at_once, in_a_batch = activity.open_row(), activity.open_row()
    loud = np.random.default_rng(3).integers(0, 2, (60, 1)) * 0.3
    for window in (noise(60, 0) * loud).astype(np.float32):
        heard = encode(window)
        batch = activity.probabilities(decode_float(heard)[None], np.array([in_a_batch]))
        assert activity.probability(heard, at_once) == pytest.approx(batch[0])


def test_webrtc_itself_takes_our_frames():
    pytest.importorskip("webrtcvad")
    webrtc = WebRtcActivity()
    found = hear(webrtc, noise(40, -90), webrtc.open_row())
    assert found[-1] == 0


@pytest.mark.parametrize(
    ("kind", "module", "command"),
    [
        ("webrtc", "webrtcvad", "pip install webrtcvad-wheels"),
        ("silero", "onnxruntime", r"pip install 'callwright\[local\]'"),
    ],
)
def test_a_missing_package_is_told_with_its_command(monkeypatch, kind, module, command):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(AudioModelMissing, match=command):
        voice_activity(kind)


def test_a_missing_or_changed_model_is_not_loaded(tmp_path):
    with pytest.raises(AudioModelMissing, match=r"gone\.onnx is missing.*callwright\[local\]"):
        SileroActivity(tmp_path / "gone.onnx")
    changed = tmp_path / "changed.onnx"
    changed.write_bytes(b"something else")
    with pytest.raises(AudioModelMissing, match=r"changed\.onnx is not the file.*\[local\]"):
        SileroActivity(changed)


def test_auto_takes_silero_where_it_can_run(session):
    assert isinstance(voice_activity("auto"), SileroActivity)
    assert isinstance(voice_activity("energy"), EnergyActivity)


def test_auto_falls_back_to_energy(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert isinstance(voice_activity("auto"), EnergyActivity)


@pytest.mark.speech
def test_silero_tells_speech_from_noise_and_batches_agree_with_single_calls():
    pytest.importorskip("onnxruntime")
    hibari = pytest.importorskip("hibari")
    from runtime.audio.mulaw import decode_float
    from runtime.audio.resample import speech_to_mulaw

    said = hibari.Hibari(threads=1)("I would like to book an appointment for tomorrow morning.")
    speech = decode_float(speech_to_mulaw(np.asarray(said, np.float32).ravel(), 24000))
    windows = speech[: len(speech) // WINDOW * WINDOW].reshape(-1, WINDOW)
    single = SileroActivity()
    alone = hear(single, windows, single.open_row())
    assert np.mean(np.array(alone) > 0.5) > 0.6
    assert max(hear(single, noise(100, -40), single.open_row())) < 0.5

    batched = SileroActivity()
    rows = np.array([batched.open_row() for _ in range(5)])
    together = [batched.probabilities(np.repeat(w[None], 5, axis=0), rows) for w in windows]
    assert np.allclose(together, np.array(alone)[:, None], atol=1e-4)
