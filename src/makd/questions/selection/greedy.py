"""Choose questions one by one, each the one that adds most to those before it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from makd.errors import MakdError
from makd.measures.information import Floats, Labels, correlations, variance
from makd.questions.selection.joint import JointAnswers, Pairs, Told


@dataclass(frozen=True, slots=True)
class Weights:
    """What counts how much beside what a question tells about the class.

    Attributes:
        confusable: share of what is told about confusable pairs of classes in what is told about the class.
        within: of what is told about the pictures of one class, as far as a second look finds it again.
    """

    confusable: float
    within: float


@dataclass(frozen=True, slots=True)
class Standing:
    """How a question stood when it was chosen, or at the end when it was not.

    Attributes:
        question: its place.
        gain: what it adds to those chosen before it, in bits, weighted and multiplied by its trust.
        of_class: bits about the class that it adds.
        of_pairs: bits about confusable pairs that it adds, the weighted mean over the pairs.
        within: bits about the pictures of a class that it adds, as far as they are stable.
        closest: place of the chosen question most correlated with it; -1 for the first.
        correlation: with that one.
    """

    question: int
    gain: float
    of_class: float
    of_pairs: float
    within: float
    closest: int
    correlation: float


@dataclass(frozen=True, slots=True)
class Selection:
    """What was chosen.

    Attributes:
        picks: in the order of choice.
        left: the others, the one that would come next first.
    """

    picks: tuple[Standing, ...]
    left: tuple[Standing, ...]


def choose(
    p_yes: Floats,
    labels: Labels,
    keep: int,
    *,
    trusted: Floats,
    second: Floats | None,
    pairs: Pairs,
    weights: Weights,
) -> Selection:
    """Choose `keep` questions by conditional mutual information, maximised greedily (CMIM; Fleuret 2004).

    What a question adds is the least that it tells beyond any one of those chosen: about the class, about
    each confusable pair, and about the pictures of a class. It is at most what it tells alone times 1 - r²,
    r its correlation with the chosen one: as noisy bits two equal answers of 0.6 would tell more than one,
    as answers they do not.

    Args:
        p_yes: `[N, Q]` in [0, 1], NaN where there is no answer.
        labels: `[N]` class, below 0 where unknown.
        keep: how many questions, at most Q.
        trusted: `[Q]` in [0, 1], by which gains are multiplied.
        second: `[N, Q]` another measurement of the same; without one, what varies within classes cannot be
            told from noise and does not count.
        pairs: classes that are easily confused.
        weights: of the parts of the gain.

    Raises:
        MakdError: `keep` is more than there are questions with answers, or shapes do not fit.
    """
    n, q = p_yes.shape
    if labels.shape != (n,) or trusted.shape != (q,) or (second is not None and second.shape != (n, q)):
        raise MakdError(
            f"p_yes {p_yes.shape}, labels {labels.shape}, trusted {trusted.shape} and second "
            f"{None if second is None else second.shape} must be [N, Q], [N], [Q] and [N, Q]."
        )
    answered: npt.NDArray[np.bool_] = np.asarray(np.isfinite(p_yes).any(0))
    if keep > answered.sum():
        raise MakdError(f"{keep} questions cannot be kept of {answered.sum()} with answers.")
    stable = np.clip(np.nan_to_num(variance(p_yes, labels, second).stable), 0, 1)
    race = _Race(
        JointAnswers(p_yes, labels, pairs), pairs.weights, correlations(p_yes), trusted, stable, weights
    )
    standing = np.where(answered, race.gains(), -np.inf)
    picks: list[Standing] = []
    for _ in range(keep):
        best = int(standing.argmax())
        picks.append(race.standing(best))
        answered[best] = False
        race.take(best)
        standing = np.where(answered, race.gains(), -np.inf)
    left = sorted(np.flatnonzero(answered), key=lambda place: -standing[place])
    return Selection(tuple(picks), tuple(race.standing(int(place)) for place in left))


class _Race:
    """What every question would add to those taken so far."""

    def __init__(
        self,
        joint: JointAnswers,
        of_pairs: Floats,
        correlation: Floats,
        trusted: Floats,
        stable: Floats,
        weights: Weights,
    ) -> None:
        self._joint, self._trusted, self._stable, self._weights = joint, trusted, stable, weights
        self._share_of_pairs = of_pairs / of_pairs.sum() if len(of_pairs) else of_pairs
        self._correlation = np.nan_to_num(correlation)
        self._alone = self._added = joint.alone()
        self._taken: list[int] = []

    def take(self, chosen: int) -> None:
        """Count what the others add from now on with `chosen` among those taken."""
        beyond, new = self._joint.beyond(chosen), 1 - self._correlation[chosen] ** 2

        def least(added: Floats, told: Floats, alone: Floats) -> Floats:
            told = np.minimum(told, np.maximum(alone, 0) * new)
            return np.minimum(added, told)

        added, alone = self._added, self._alone
        self._added = Told(
            least(added.of_class, beyond.of_class, alone.of_class),
            least(added.within, beyond.within, alone.within),
            least(added.of_pairs, beyond.of_pairs, alone.of_pairs),
        )
        self._taken.append(chosen)

    def gains(self) -> Floats:
        """Return what each question would add now, `[Q]`."""
        share = self._weights.confusable
        told = (1 - share) * self._added.of_class + share * self._of_pairs()
        gains: Floats = self._trusted * (told + self._weights.within * self._within())
        return gains

    def standing(self, question: int) -> Standing:
        """Return how a question stands now."""
        near = np.abs(self._correlation[question, self._taken])
        closest = self._taken[int(near.argmax())] if self._taken else -1
        return Standing(
            question,
            float(self.gains()[question]),
            float(self._added.of_class[question]),
            float(self._of_pairs()[question]),
            float(self._within()[question]),
            closest,
            float(self._correlation[question, closest]) if self._taken else 0.0,
        )

    def _of_pairs(self) -> Floats:
        pairs = self._added.of_pairs
        return self._share_of_pairs @ pairs if len(pairs) else self._added.of_class

    def _within(self) -> Floats:
        return self._stable * self._added.within
