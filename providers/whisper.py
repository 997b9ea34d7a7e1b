"""A Whisper model in CTranslate2's format, as a recogniser of short telephone answers.

Blocking; to be called from worker threads, several at a time.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import ctranslate2
import numpy as np
import numpy.typing as npt
import tokenizers

from providers.base import ProviderError, ProviderMissing
from providers.log_mel import HOP, RATE, log_mel

LONGEST_SECONDS: Final = 14
"""Longer sound is to be cut first: this fits the shortened context. In a line of 34 s cut so, no
word of 116 was wrong; in pieces of 20 s, five were."""

# The model is trained on 30 s, most of it silence. Half of that was recognised as well (in an
# experiment with the same weights, word errors of 2.4/0.5/3.5 % against 2.1/0.8/3.9 % on 64 + 64 +
# 100 lines) for less than half of the work; below it single words started to
# loop. What is missing is filled up with silence, not with zeros: 1.5 against 2.2 % word errors on
# 60 recorded prompts.
_SHORTEST_FRAMES = 1500
_LONGEST_FRAMES = 3000
_PADDING_FRAMES = 50

_PROVIDER = "local"

# Faster than anybody speaks; it ends the loops ("five five five") that greedy decoding falls into.
_TOKENS_PER_SECOND = 6
_TOKENS_AT_LEAST = 8
_TEXT_POSITIONS = 448

_LEAST_PROBABILITY = 1e-9


@dataclass(frozen=True, slots=True)
class Decoded:
    """What the model makes of a stretch of sound, left to itself."""

    text: str
    tokens: tuple[int, ...]
    """Of the text alone, without the model's own marks."""

    log_probability: float
    """Mean over the tokens, the natural logarithm."""

    no_speech: float
    """The model's belief that nobody speaks, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """Sound as the decoder wants it, and how long it is."""

    features: ctranslate2.StorageView
    frames: int
    seconds: float


class Whisper:
    """One loaded model; safe to use from as many threads as `simultaneous` says."""

    def __init__(self, folder: Path, *, threads: int, simultaneous: int, compute: str) -> None:
        try:
            self._model = ctranslate2.models.Whisper(
                str(folder),
                device="cpu",
                compute_type=compute,
                intra_threads=threads,
                inter_threads=simultaneous,
            )
        except (RuntimeError, ValueError) as error:
            raise ProviderMissing(
                f"{folder} cannot be loaded: {error}", provider=_PROVIDER
            ) from error
        self._tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._end = self._mark("endoftext")

    def encode(self, samples: npt.NDArray[np.float32]) -> Encoded:
        """Prepare sound at 16 kHz, at most `LONGEST_SECONDS` of it."""
        frames = len(samples) // HOP + 1
        context = min(_LONGEST_FRAMES, max(_SHORTEST_FRAMES, frames + _PADDING_FRAMES) // 2 * 2)
        mel = log_mel(samples, context, self._model.n_mels)
        view = ctranslate2.StorageView.from_array(np.ascontiguousarray(mel[None]))
        return Encoded(self._model.encode(view), frames, len(samples) / RATE)

    def decode(self, sound: Encoded, language: str) -> Decoded:
        """Write down what is said, taking the likeliest word at each step."""
        prompt = self._prompt(language)
        most = _TOKENS_AT_LEAST + round(_TOKENS_PER_SECOND * sound.seconds)
        result = self._model.generate(
            sound.features,
            [prompt],
            beam_size=1,
            # CTranslate2 takes half of it, as the model's authors do with the text they can hold.
            max_length=min(_TEXT_POSITIONS, 2 * most),
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        tokens = tuple(token for token in result.sequences_ids[0] if token < self._end)
        return Decoded(
            self._tokenizer.decode(list(tokens)).strip(),
            tokens,
            result.scores[0],
            result.no_speech_prob,
        )

    def score(self, sound: Encoded, texts: Sequence[Sequence[int]], language: str) -> list[float]:
        """How well each text (as tokens) fits the sound: the logarithm of its probability.

        The end of the text is not scored, so a text should say itself where it ends.
        """
        repeated = np.repeat(np.array(sound.features), len(texts), axis=0)
        results = self._model.align(
            ctranslate2.StorageView.from_array(repeated),
            self._prompt(language),
            [list(text) for text in texts],
            [sound.frames] * len(texts),
        )
        return [
            sum(math.log(max(p, _LEAST_PROBABILITY)) for p in result.text_token_probs)
            for result in results
        ]

    def tokens(self, text: str) -> tuple[int, ...]:
        """`text` as the model writes it at the start of what it hears."""
        return tuple(self._tokenizer.encode(f" {text}", add_special_tokens=False).ids)

    def _prompt(self, language: str) -> list[int]:
        """The marks that ask for the words of a language, without times."""
        code = language.partition("-")[0].lower()
        start, plain = self._mark("startoftranscript"), self._mark("notimestamps")
        if self._model.is_multilingual:
            return [start, self._mark(code), self._mark("transcribe"), plain]
        if code == "en":
            return [start, plain]
        raise ProviderError(
            f"the recogniser's model knows English only, not '{language}'",
            provider=_PROVIDER,
            retryable=False,
        )

    def _mark(self, name: str) -> int:
        token = self._tokenizer.token_to_id(f"<|{name}|>")
        if token is None:
            raise ProviderError(
                f"the recogniser's model does not know '{name}'",
                provider=_PROVIDER,
                retryable=False,
            )
        return int(token)
