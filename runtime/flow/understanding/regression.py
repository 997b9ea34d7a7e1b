"""Multinomial logistic regression over a kernel, in numpy alone."""

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
"""float32; its shape is named where it is used."""


def probabilities(scores: Matrix) -> Matrix:
    """Return the softmax over the last axis."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), dtype=np.float32)


def fit(kernel: Matrix, labels: NDArray[np.intp], strength: float, rounds: int = 40) -> Matrix:
    """Return dual coefficients (N, K): a row k of kernel values has the class scores `k @ them`.

    `kernel` is (N, N) and positive semidefinite; `labels` are 0 to K - 1, each present. Classes
    weigh the same however many examples they have. `strength` is the inverse of regularisation.

    Böhning's bound (1992) on the Hessian, half the kernel, is inverted once; Nesterov's momentum
    then takes `rounds` steps of two matrix products each.
    """
    sizes = np.bincount(labels)
    wanted = np.eye(len(sizes), dtype=np.float32)[labels]
    weights = (len(labels) / (len(sizes) * sizes[labels]))[:, None].astype(np.float32)
    ridge = np.eye(len(labels), dtype=np.float32) / strength
    step = np.linalg.inv(0.5 * weights * kernel + ridge)
    here = ahead = np.zeros_like(wanted)
    for turn in range(rounds):
        slope = weights * (probabilities(kernel @ ahead) - wanted) + ahead / strength
        there = ahead - step @ slope
        ahead = there + (turn / (turn + 3)) * (there - here)
        here = there
    return here
