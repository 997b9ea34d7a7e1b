"""Count the keys that are heard where none was pressed: python -m bench.talk_off [--minutes 60].

Then press keys as ITU-T Q.24 says they may come, and tell how many are heard (`bench.keypad`).
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench import voices
from bench.keypad import hear, print_matrix
from runtime.audio.dtmf import Digit
from runtime.audio.mulaw import SAMPLE_RATE

SHARES: Final = {"people": 0.5, "hibari": 0.2, "espeak": 0.3}
"""Of the minutes of speech."""
VARIANTS: Final = {
    "plain": bytes,
    "noise, 15 dB": voices.noisy,
    "two voices": voices.two_at_once,
    "clipped": voices.clipped,
    "20 dB quieter": voices.quiet,
}
_PIECE = SAMPLE_RATE * 60


def false_keys(sound: bytes) -> list[str]:
    """What is heard in `sound`, which is cut into minutes."""
    pieces = [sound[at : at + _PIECE] for at in range(0, len(sound), _PIECE)]
    return [event.key for heard in hear(pieces) for event in heard if isinstance(event, Digit)]


def talk_off(minutes: float, texts: Sequence[str], keep: Path) -> None:
    """Print a row for each source and variant."""
    print(f"{'':<10}{'':<16}{'minutes':>8}{'false keys':>12}")
    asked = {source: minutes * share for source, share in SHARES.items()} | {"music": minutes}
    for source, wanted in asked.items():
        sound = voices.line(source, wanted * 60, texts, keep)
        for name, vary in VARIANTS.items():
            keys = "".join(false_keys(vary(sound)))
            lasts = len(sound) / SAMPLE_RATE / 60
            print(f"{source:<10}{name:<16}{lasts:>8.1f}{len(keys):>12}  {keys}")
            sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60, help="of speech")
    parser.add_argument("--texts", type=Path, help="folder of JSON files with sentences to say")
    parser.add_argument("--keep", type=Path, help="folder where synthesised speech stays")
    parser.add_argument("--no-matrix", action="store_true", help="count false keys only")
    options = parser.parse_args()
    texts = voices.sentences(options.texts)
    with tempfile.TemporaryDirectory() as folder:
        talk_off(options.minutes, texts, options.keep or Path(folder))
    if not options.no_matrix:
        print_matrix()


if __name__ == "__main__":
    main()
