"""How much questions tell together, and how many of them are enough."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from makd.measures.information import Floats, Labels, joining

ENOUGH = 0.95
"""Questions are enough when they tell together this share of the most that any number of them tells."""

_TEMPERATURES = (1.0, 0.6, 0.35, 0.2, 0.1)
_CELLS = 1_000_000
"""Pictures times classes; of more, not all pictures are judged, but 500 at the least."""


def told_together(p_yes: Floats, labels: Labels, order: Sequence[int]) -> Floats:
    """Return bits about the class that the first, the first two, … questions of `order` tell together.

    A lower bound of their mutual information with the class: its entropy less the cross-entropy of a naive
    Bayes classifier, each picture judged by class means in which it does not count itself. Questions that say
    the same are counted twice by such a classifier, so its log-probabilities are tempered as suits best.

    Args:
        p_yes: `[N, Q]`, NaN where there is no answer.
        labels: `[N]`, below 0 where unknown.
        order: places of questions.

    Returns:
        `[len(order)]`, 0 or more.
    """
    from scipy.special import entr, logsumexp

    rows = np.flatnonzero(labels >= 0)
    classes, labels = np.unique(labels[rows], return_inverse=True)
    p, join = p_yes[rows], joining(labels)
    share = np.bincount(labels) / len(labels)
    judged = np.random.default_rng(0).permutation(len(rows))[: max(_CELLS // len(classes), 500)]
    scores = np.tile(np.log(share), (len(judged), 1))
    found = []
    for question in order:
        scores += _evidence(p[:, question], labels, join, judged)
        own = scores[np.arange(len(judged)), labels[judged]]
        losses = [(logsumexp(t * scores, axis=1) - t * own).mean() for t in _TEMPERATURES]
        found.append((entr(share).sum() - min(losses)) / np.log(2))
    together: Floats = np.maximum(np.array(found), 0)
    return together


def enough(together: Floats) -> int:
    """Return the least number of questions that tell `ENOUGH` together, given `told_together`; at least 1."""
    return int((together >= ENOUGH * together.max()).argmax()) + 1


def _evidence(p: Floats, labels: Labels, join: object, judged: Labels) -> Floats:
    """Return log P(answer | class) of one question, `[judged, C]`; 0 where there is no answer."""
    known = np.isfinite(p)
    if not known.any():
        return np.zeros((len(judged), int(labels.max()) + 1))
    p = np.where(known, p, 0)
    prior = p.sum() / known.sum()
    yes, count = join @ p, join @ known.astype(np.float64)  # type: ignore[operator]
    level = np.tile((yes + prior) / (count + 1), (len(judged), 1))
    own = labels[judged]
    alone = (yes[own] - p[judged] + prior) / np.maximum(count[own] - known[judged] + 1, 1)
    level[np.arange(len(judged)), own] = alone
    level = np.clip(level, 1e-4, 1 - 1e-4)
    answer = p[judged][:, None]
    told: Floats = np.where(
        known[judged][:, None], answer * np.log(level) + (1 - answer) * np.log(1 - level), 0
    )
    return told
