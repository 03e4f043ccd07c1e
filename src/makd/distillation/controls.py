"""Answers that look like the teacher's and lack a part of what it knows: the controls of a comparison.

Everywhere: `p_yes` is `[N, Q]` in [0, 1], NaN where there is no answer; `labels` is `[N]`, rows of equal
labels form a class; nothing is changed in place. Permutations are drawn from the run's seed, so that each
seed of a comparison meets another one and no result hangs on a single draw.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from makd.distillation.quality import class_means
from makd.errors import UsageError

Answers: TypeAlias = npt.NDArray[np.float32]
Labels: TypeAlias = npt.NDArray[np.int64]
Scalar = TypeVar("Scalar", bound=np.generic)

_STREAM = 0x6D616B64
"""Separates these draws from every other stream that starts from the run's seed."""


def shuffled(p_yes: npt.NDArray[Scalar], labels: Labels, seed: int) -> npt.NDArray[Scalar]:
    """Exchange whole rows between the images of a class: the class's distribution of answers is left.

    Every image of a class with more than one gets another image's row (a random cycle through the class);
    missing answers travel with their row. An image alone in its class keeps its own. What else is known of
    the answers (`[N, Q]`) is exchanged alike by the same labels and seed.
    """
    rng = np.random.default_rng([_STREAM, seed])
    exchanged = p_yes.copy()
    for label in np.unique(labels):
        cycle = rng.permutation(np.flatnonzero(labels == label))
        exchanged[cycle] = p_yes[np.roll(cycle, 1)]
    return exchanged


def classmean(p_yes: Answers, labels: Labels) -> Answers:
    """Give every image its class's average answer: a class signature, as the teacher saw it, is left.

    The average is over the answers that are there; NaN remains where a class has none to a question.
    """
    means, row = _class_means(p_yes, labels)
    return means[row]


def permuted(p_yes: Answers, labels: Labels, seed: int) -> Answers:
    """Give every image the average answer of another class: that each class has some signature is left.

    Classes are exchanged along one random cycle, so none keeps its own.

    Raises:
        UsageError: there are fewer than two classes.
    """
    means, row = _class_means(p_yes, labels)
    if len(means) < 2:
        raise UsageError(
            "The arm 'permuted' exchanges answers between classes; the training images have only one."
        )
    cycle = np.random.default_rng([_STREAM, seed]).permutation(len(means))
    wrong = np.empty_like(means)
    wrong[cycle] = means[np.roll(cycle, 1)]
    return wrong[row]


def noise(p_yes: Answers, keys: Sequence[str], hashes: Sequence[str], seed: int) -> Answers:
    """Draw each answer anew from all answers to its question (the arm `random`): mean and spread are left.

    A uniform number derived from (key, question hash, seed) picks a quantile of the question's own answers;
    so the draw is fixed, independent of the order of rows and columns, inside [0, 1], and keeps the whole
    shape of the distribution (real answers heap up at both ends, where a fitted Beta would be off). Missing
    stays missing.
    """
    uniform = _uniform(keys, hashes, seed)
    drawn = np.full_like(p_yes, np.nan)
    for column in range(p_yes.shape[1]):
        there = ~np.isnan(p_yes[:, column])
        pool = np.sort(p_yes[there, column])
        drawn[there, column] = pool[(uniform[there, column] * len(pool)).astype(np.int64)]
    return drawn


def _class_means(p_yes: Answers, labels: Labels) -> tuple[Answers, Labels]:
    """Return the `[classes, Q]` averages of the answers that are there, and each row's index into them."""
    _, row = np.unique(labels, return_inverse=True)
    return class_means(p_yes, row), row


def _uniform(keys: Sequence[str], hashes: Sequence[str], seed: int) -> npt.NDArray[np.float64]:
    """Return `[N, Q]` numbers in [0, 1), each a function of its key, its question and the seed alone."""
    mixed = _digests(keys, seed)[:, None] ^ _digests(hashes, seed)[None, :]
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)  # the finaliser of splitmix64
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _digests(texts: Sequence[str], seed: int) -> npt.NDArray[np.uint64]:
    salt = seed.to_bytes(8, "little", signed=True)
    digests = (hashlib.blake2b(text.encode(), digest_size=8, salt=salt).digest() for text in texts)
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)
