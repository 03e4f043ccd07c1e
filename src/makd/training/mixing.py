"""Mixup and CutMix: two pictures in one, their labels and answers mixed in the same proportion."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import betaincinv
from torch import Tensor

from makd.data.transforms import uniforms
from makd.task import Batch

Box: TypeAlias = tuple[slice, slice]
"""Rows and columns."""

_STREAM = 3
_DRAWS = 5  # whether, which of the two, the share, and the middle of the box


@dataclass(frozen=True, slots=True)
class Mixing:
    """Mixes each picture of a batch with its neighbour (mixup, arXiv 1710.09412; CutMix, arXiv 1905.04899).

    Neighbours follow from the order of the epoch, shares from (seed, epoch, index): arms of one seed mix
    alike, and so does a resumed run. A picture keeps at least half of itself, so that its index, and its
    label where one is enough, are those of its greater part. Pictures with a label are mixed among
    themselves, and so are those without.

    Attributes:
        mixup: parameter of the Beta distribution of shares; 0: no mixup.
        cutmix: the same for CutMix; with both, each picture meets one of the two.
        prob: that a picture is mixed at all.
        seed: of the run.
    """

    mixup: float
    cutmix: float
    prob: float
    seed: int

    def __call__(self, batch: Batch, epoch: int, others: Tensor | None = None, first: int = 0) -> Batch:
        """Return the batch mixed, with `other_labels` and `share` set.

        Args:
            batch: its pictures may be some of it alone.
            epoch: of the draws.
            others: the `neighbours` of these pictures, of the same shape; None: all are in the batch.
            first: the place in the batch of the first of these pictures.

        Answers are mixed like labels: cross-entropy is linear in its target. The mix of a known and a missing
        answer is missing, and so is that of bounds in both directions; with a bound it is a bound.
        """
        draws = uniforms(self.seed, epoch, batch.index.numpy(), _DRAWS, stream=_STREAM)
        cut = draws[:, 1] < (0.5 if self.mixup and self.cutmix else float(self.cutmix > 0))
        share = np.where(cut, _shares(draws[:, 2], self.cutmix), _shares(draws[:, 2], self.mixup))
        share[draws[:, 0] >= self.prob] = 1.0
        partner = neighbours(batch.labels)
        boxes = _boxes(share, cut, draws[:, 3:], *batch.images.shape[-2:])
        kept = torch.from_numpy(share).float()
        for i, box in boxes.items():
            kept[i] = 1 - _area(box) / batch.images[0, 0].numel()
        others = batch.images[partner] if others is None else others
        blended = torch.where(torch.from_numpy(cut), 1.0, kept)
        p_yes, bounds = _mixed_answers(batch, partner, kept[:, None])
        return replace(
            batch,
            images=_mixed_pictures(batch.images, others, blended, boxes, first),
            p_yes=p_yes,
            bounds=bounds,
            other_labels=batch.labels[partner],
            share=kept,
        )


def _shares(uniform: NDArray[np.float64], alpha: float) -> NDArray[np.float64]:
    """Return numbers of Beta(alpha, alpha), the greater part of each: in [0.5, 1]."""
    drawn = betaincinv(alpha, alpha, uniform) if alpha else np.ones_like(uniform)
    return np.maximum(drawn, 1 - drawn)


def neighbours(labels: Tensor) -> Tensor:
    """Return `[B]` places: the next picture in the batch of the same kind, with a label or without."""
    partner = torch.arange(len(labels))
    for kind in (labels >= 0, labels < 0):
        places = kind.nonzero()[:, 0]
        partner[places] = places.roll(-1)
    return partner


def _mixed_answers(batch: Batch, partner: Tensor, share: Tensor) -> tuple[Tensor, Tensor | None]:
    """Return `[B, Q]` mixed answers and the directions of those that are bounds, as in `Batch`."""
    p_yes = _mixed(batch.p_yes, batch.p_yes[partner], share)
    if batch.bounds is None:
        return p_yes, None
    own, other = batch.bounds, batch.bounds[partner]
    at_odds = (own * other < 0) & (share < 1)
    bounds = torch.where(share == 1, own, (own + other).sign())
    return p_yes.masked_fill(at_odds, torch.nan), bounds


def _mixed_pictures(
    images: Tensor, others: Tensor, blended: Tensor, boxes: dict[int, Box], first: int
) -> Tensor:
    """Return pictures that keep a share, `blended` `[B]`, of themselves, or have a box of another in them."""
    mixed = _mixed(images, others, blended[first : first + len(images), None, None, None])
    for i, (rows, columns) in boxes.items():
        if 0 <= i - first < len(images):
            mixed[i - first, :, rows, columns] = others[i - first, :, rows, columns]
    return mixed


def _boxes(
    share: NDArray[np.float64], cut: NDArray[np.bool_], middle: NDArray[np.float64], height: int, width: int
) -> dict[int, Box]:
    """Return rows and columns of what is cut out, by the places of the pictures that it is cut out of."""
    return {
        int(i): (_span(height, share[i], middle[i][0]), _span(width, share[i], middle[i][1]))
        for i in np.flatnonzero(cut & (share < 1))
    }


def _area(box: Box) -> int:
    rows, columns = box
    return int((rows.stop - rows.start) * (columns.stop - columns.start))


def _span(size: int, share: float, middle: float) -> slice:
    """Return the rows (or columns) of a box of area 1 - `share`, cut off at the edge."""
    half, centre = round(size * (1 - share) ** 0.5) // 2, int(middle * size)
    return slice(max(0, centre - half), min(size, centre + half))


def _mixed(own: Tensor, other: Tensor, share: Tensor) -> Tensor:
    """Return `share` of `own` and the rest of `other`; where all is its own, the other does not count."""
    return torch.where(share == 1, own, share * own + (1 - share) * other)
