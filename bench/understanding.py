"""Measure how well utterances are understood by examples: python -m bench.understanding DATA_DIR.

DATA_DIR holds clinc150_dev.json (CLINC150, Larson et al. 2019, CC BY 3.0) and banking77_train.json
(BANKING77, Casanueva et al. 2020, CC BY 4.0). Examples are drawn from CLINC150's part for training,
what is asked from its part for validation; of BANKING77's part for training every other utterance
of an intent is for examples, the rest is asked. The classifiers were chosen, and their scores
calibrated (`bench.calibration`), by what examples are drawn from, never by what is asked here.

Columns: the best intent is the right one, and the standard error of that over the draws; right
and accepted (0.6 and more); wrong and accepted; in scope and at least asked about (0.4 and more);
out of scope and refused (below 0.4), or accepted; AUROC of in scope against out of it; out of scope
and refused where 95 % in scope are kept, by a threshold set on what is measured. Below the table:
how many of the scores from 0.4 to 0.5 and from 0.6 to 0.7 were right, in all menus unmisheard.
"""

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from bench.misheard import imitate, speak_and_recognise
from providers.embeddings import SentenceEmbeddings
from runtime.flow.understanding.classifier import Classifier, EmbeddingClassifier, LightClassifier
from runtime.flow.understanding.regression import Matrix

Pool = Mapping[str, Sequence[str]]
"""Utterances of each intent."""

Item = TypeVar("Item")

MENUS: Final = ((5, 5), (10, 5), (10, 10))
"""Intents, and examples of each."""

ACCEPT, CONFIRM = 0.6, 0.4
KEPT = 0.95
"""Share of the utterances in scope that a threshold set on this very set keeps."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A menu's examples, and what is asked of it; out of scope: the intent is empty."""

    examples: Mapping[str, tuple[str, ...]]
    asked: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One utterance: was the best intent the right one, and how sure was it?"""

    in_scope: bool
    right: bool
    score: float


class Remembering:
    """Embeds each text once; menus share most of theirs."""

    def __init__(self) -> None:
        self._embed = SentenceEmbeddings()
        self._known: dict[str, Matrix] = {}

    def __call__(self, texts: Sequence[str]) -> Matrix:
        for text in texts:
            if text not in self._known:
                self._known[text] = self._embed([text])[0]
        return np.stack([self._known[text] for text in texts])


@dataclass(frozen=True, slots=True)
class Data:
    """What examples are drawn from, and what is asked: no utterance is in both."""

    examples: Pool
    asked: Pool
    out_of_scope: Sequence[str]


def read_clinc(folder: Path) -> Data:
    parts = json.loads((folder / "clinc150_dev.json").read_text())
    out = [text for text, _ in parts["oos_val"]]
    return Data(by_intent(parts["train"]), by_intent(parts["val"]), out)


def read_banking(folder: Path) -> Data:
    whole = by_intent(json.loads((folder / "banking77_train.json").read_text()))
    half = {intent: texts[0::2] for intent, texts in whole.items()}
    rest = {intent: texts[1::2] for intent, texts in whole.items()}
    return Data(half, rest, ())


def by_intent(pairs: Sequence[tuple[str, str]]) -> Pool:
    pool: defaultdict[str, list[str]] = defaultdict(list)
    for text, intent in pairs:
        pool[intent].append(text)
    return pool


def _some(draw: np.random.Generator, items: Sequence[Item], most: int) -> list[Item]:
    return [items[place] for place in draw.permutation(len(items))[:most]]


def whole_set(data: Data, examples: int, most: int, draw: np.random.Generator) -> Trial:
    """Return a menu of all intents, and up to `most` utterances in scope."""
    chosen = {name: tuple(_some(draw, own, examples)) for name, own in data.examples.items()}
    inside = _some(draw, [(text, name) for name in chosen for text in data.asked[name]], most)
    return Trial(chosen, (*inside, *((text, "") for text in data.out_of_scope)))


def menu(data: Data, intents: int, examples: int, most: int, draw: np.random.Generator) -> Trial:
    """Return a random menu: `most` utterances in scope, `most` out of it.

    Half of those are out of scope of the whole set, half mean intents that are not on the menu.
    """
    names = _some(draw, sorted(data.examples), intents)
    chosen = {name: tuple(_some(draw, data.examples[name], examples)) for name in names}
    known = {text for own in chosen.values() for text in own}
    asked = [(text, name) for name in names for text in data.asked[name] if text not in known]
    inside = _some(draw, asked, most)
    others = [text for name, own in data.asked.items() if name not in chosen for text in own]
    outside = _some(draw, data.out_of_scope, most // 2)
    outside += _some(draw, others, most - len(outside))
    return Trial(chosen, (*inside, *((text, "") for text in outside)))


def outcomes(classifier: Classifier, trial: Trial) -> Iterator[Outcome]:
    """Ask everything."""
    for text, intent in trial.asked:
        best = classifier.rank(text)[0]
        yield Outcome(bool(intent), best.intent == intent, best.score)


def auroc(inside: NDArray[np.float64], outside: NDArray[np.float64]) -> float:
    """Return the chance that an utterance in scope scores higher than one out of scope."""
    order = np.sort(outside)
    below = np.searchsorted(order, inside, "left") + np.searchsorted(order, inside, "right")
    return float(below.mean() / 2 / len(outside))


def line(name: str, trials_found: Sequence[Sequence[Outcome]]) -> str:
    """Return a row of the table."""
    each = [np.mean([one.right for one in found if one.in_scope]) for found in trials_found]
    error = np.std(each, ddof=1) / len(each) ** 0.5 if len(each) > 1 else 0.0
    found = [one for outcomes_ in trials_found for one in outcomes_]
    inside = np.array([one.score for one in found if one.in_scope])
    outside = np.array([one.score for one in found if not one.in_scope])
    right = np.array([one.right for one in found if one.in_scope])
    cells = [
        f"{name:32}",
        f"{right.mean():8.1%}",
        f"{error:5.1%}",
        f"{(right & (inside >= ACCEPT)).mean():9.1%}",
        f"{(~right & (inside >= ACCEPT)).mean():8.1%}",
        f"{(inside >= CONFIRM).mean():8.1%}",
    ]
    if len(outside):
        rejected = (outside < np.quantile(inside, 1 - KEPT)).mean()
        cells += [
            f"{(outside < CONFIRM).mean():8.1%}",
            f"{(outside >= ACCEPT).mean():8.1%}",
            f"{auroc(inside, outside):7.3f}",
            f"{rejected:7.1%}",
        ]
    return " ".join(cells)


HEADING = (
    f"{'':32} {'right':>8} {'+-':>5} {'accepted':>9} {'wrongly':>8} {'>= 0.4':>8} "
    f"{'oos <0.4':>8} {'oos>=0.6':>8} {'AUROC':>7} {'at 95%':>7}"
)


def trials(
    options: argparse.Namespace, hear: Callable[[Sequence[str]], list[str]] | None
) -> Iterator[tuple[str, tuple[Trial, ...]]]:
    """Yield what is measured, by name; the same for every grade and, unheard, for every channel."""
    draw = np.random.default_rng(options.seed)
    clinc = read_clinc(options.data)
    banking = read_banking(options.data)
    sets: list[tuple[str, tuple[Trial, ...]]] = [
        (name, tuple(whole_set(data, 10, options.most, draw) for _ in range(options.draws)))
        for name, data in (("CLINC150, 150 x 10", clinc), ("BANKING77, 77 x 10", banking))
    ]
    for intents, examples in MENUS:
        many = tuple(menu(clinc, intents, examples, 60, draw) for _ in range(options.menus))
        sets.append((f"menus {intents} x {examples}", many))
    for name, group in sets:
        yield name, group if hear is None else tuple(_heard(trial, hear) for trial in group)


def _heard(trial: Trial, hear: Callable[[Sequence[str]], list[str]]) -> Trial:
    texts = hear([text for text, _ in trial.asked])
    intents = [intent for _, intent in trial.asked]
    # What is not heard at all never reaches the classifier.
    heard = tuple((text, of) for text, of in zip(texts, intents, strict=True) if text)
    return replace(trial, asked=heard)


def cost(make: Callable[[Mapping[str, tuple[str, ...]]], Classifier], trial: Trial) -> str:
    """Return how long 50 intents with 10 examples take to train, and one utterance to rank."""
    examples = dict(list(trial.examples.items())[:50])
    start = time.process_time()
    classifier = make(examples)
    classifier.prepare()
    trained = time.process_time()
    asked = trial.asked[:200]
    for text, _ in asked:
        classifier.rank(text)
    ranked = time.process_time()
    return (
        f"50 x 10 trained in {1000 * (trained - start):.0f} ms, "
        f"{1000 * (ranked - trained) / len(asked):.2f} ms an utterance (CPU time)"
    )


def progress(text: str) -> None:
    """Show one line that the next one overwrites."""
    sys.stderr.write(f"\r\033[K{text}")
    sys.stderr.flush()


def arguments() -> argparse.ArgumentParser:
    """Return what the command line takes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, metavar="DATA_DIR", help="folder of the two sets")
    parser.add_argument(
        "--grade", choices=("light", "local", "both"), default="both", help="which classifier"
    )
    parser.add_argument("--draws", type=int, default=5, help="draws of examples for a whole set")
    parser.add_argument("--menus", type=int, default=40, help="random menus of each size")
    parser.add_argument(
        "--most", type=int, default=2000, help="utterances asked of a whole set, in scope"
    )
    parser.add_argument("--seed", type=int, default=1, help="of all that is drawn")
    parser.add_argument(
        "--speech",
        action="store_true",
        help="hear by local synthesis and recognition (0.5 s each) instead of by imitation",
    )
    parser.add_argument("--snr", type=float, default=20.0, help="dB of speech over noise")
    return parser


def main() -> None:
    """Print one table for each grade, clean and misheard."""
    options = arguments().parse_args()
    remembering = None if options.grade == "light" else Remembering()

    def hear(texts: Sequence[str]) -> list[str]:
        if options.speech:
            return speak_and_recognise(texts, options.snr, options.seed, progress)
        return imitate(texts, options.seed)

    clean = dict(trials(options, None))
    misheard = dict(trials(options, hear))
    if options.grade != "local":
        report("light", LightClassifier, clean, misheard)
    if remembering is not None:
        embed = remembering
        report("local", lambda known: EmbeddingClassifier(known, embed), clean, misheard)


def report(
    grade: str,
    make: Callable[[Mapping[str, tuple[str, ...]]], Classifier],
    clean: Mapping[str, tuple[Trial, ...]],
    misheard: Mapping[str, tuple[Trial, ...]],
) -> None:
    """Measure one grade and print it."""
    measured = cost(make, next(iter(clean.values()))[0])
    rows: list[str] = []
    menus: list[Outcome] = []
    for channel, sets in (("", clean), (", misheard", misheard)):
        for name, group in sets.items():
            progress(f"{grade}: {name}{channel}")
            found = [list(outcomes(make(trial.examples), trial)) for trial in group]
            rows.append(line(name + channel, found))
            if not channel and name.startswith("menus"):
                menus += [one for outcomes_ in found for one in outcomes_]
    progress("")
    honest = ", ".join(
        f"{np.mean([one.right for one in menus if low <= one.score < low + 0.1]):.0%} of "
        f"{low} to {low + 0.1:.1f}"
        for low in (CONFIRM, ACCEPT)
    )
    title = f"{grade}: {measured}"
    sys.stdout.write("\n".join((title, HEADING, *rows, f"right: {honest}", "", "")))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
