"""Ways in which answers are spoiled: log-odds `[N, Q]` in, spoiled log-odds out, nothing changed in place."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


def flipped(log_odds: Floats, share: float, rng: np.random.Generator) -> Floats:
    """Negate a random `share` of the answers: as sure as before, and wrong where they were right."""
    return np.where(rng.random(log_odds.shape) < share, -log_odds, log_odds)


def yes_biased(log_odds: Floats, by: float) -> Floats:
    """Move every answer towards yes by `by` in log-odds."""
    return log_odds + by


def ignored(log_odds: Floats, share: float, rng: np.random.Generator) -> Floats:
    """Answer a random `share` of the questions by the logit of their mean P(yes), whatever is seen."""
    q = log_odds.shape[1]
    blind = rng.permutation(q)[: round(share * q)]
    mean = (1 / (1 + np.exp(-log_odds[:, blind]))).mean(0)
    spoiled = log_odds.copy()
    spoiled[:, blind] = np.log(mean / (1 - mean))
    return spoiled


def wrong_of_class(log_odds: Floats, labels: Labels, share: float, rng: np.random.Generator) -> Floats:
    """Negate all answers of a class to a question, for a random `share` of all (class, question) cells."""
    classes = int(labels.max()) + 1
    cells = np.zeros(classes * log_odds.shape[1], dtype=bool)
    cells[rng.permutation(cells.size)[: round(share * cells.size)]] = True
    return np.where(cells.reshape(classes, -1)[labels], -log_odds, log_odds)


def noisy_questions(
    looks: tuple[Floats, Floats], questions: float, pictures: float, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Negate a share `pictures` of the answers to a share `questions` of the questions, in both looks.

    The same questions are noisy in both looks `[N, Q]`, each time about other pictures.
    """
    n, q = looks[0].shape
    noisy = np.zeros(q, dtype=bool)
    noisy[rng.permutation(q)[: round(questions * q)]] = True
    first, second = (np.where(noisy & (rng.random((n, q)) < pictures), -look, look) for look in looks)
    return first, second


def by_chance(n: int, q: int, rng: np.random.Generator) -> Floats:
    """Return answers that have to do with nothing: half of the questions unsure, half sure of themselves."""
    unsure = rng.normal(0, 0.8, (n, q // 2))
    return np.hstack([unsure, 2.5 * rng.choice([-1.0, 1.0], (n, q - q // 2))])
