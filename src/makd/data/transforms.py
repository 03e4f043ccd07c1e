"""From stored pictures to a student's input: random crops and flips for training, a centre crop for judging.

Both are a box cut out of each picture and resized to a square, so one function renders them. What is random
depends on (seed, epoch, index of the image) alone: not on the batch, the order or on what else is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from makd.config.policies import RandPolicy
from makd.data.rand_augment import draws_for, rand_augment
from makd.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor

Channels: TypeAlias = tuple[float, float, float]

IMAGENET_MEAN: Channels = (0.485, 0.456, 0.406)
IMAGENET_STD: Channels = (0.229, 0.224, 0.225)
_TRIES = 4
_DRAWS = 2 * _TRIES + 3
_RAND_STREAM, _ERASE_STREAM = 1, 2


@dataclass(frozen=True, slots=True)
class Normalization:
    """What is taken from pixels in [0, 1], and what they are divided by then, a number a channel."""

    mean: Channels
    std: Channels


IMAGENET = Normalization(IMAGENET_MEAN, IMAGENET_STD)

Integers: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]


def storage_size(image_size: int) -> int:
    """Return the shorter side at which to keep pictures for inputs of `image_size`, with room for crops."""
    return math.ceil(image_size / 0.875)


class TrainTransform:
    """A random crop resized to a square (as in Inception), perhaps mirrored, normalised.

    Args:
        image_size: pixels of a side of the result.
        crop_scale: least and greatest share of the picture's area that a crop keeps.
        crop_ratio: least and greatest width to height of a crop.
        hflip: chance of mirroring left and right.
        seed: of all that is random.
        normalization: what the student is used to.
        policy: RandAugment; None: none.
        reprob: chance that a box is erased (arXiv 1708.04896): 2 % to a third of the area, as timm does.
    """

    def __init__(
        self,
        image_size: int,
        *,
        crop_scale: tuple[float, float] = (0.08, 1.0),
        crop_ratio: tuple[float, float] = (0.75, 4 / 3),
        hflip: float = 0.5,
        seed: int = 0,
        normalization: Normalization = IMAGENET,
        policy: RandPolicy | None = None,
        reprob: float = 0.0,
    ) -> None:
        _check_range("crop_scale", crop_scale, 1.0)
        _check_range("crop_ratio", crop_ratio, math.inf)
        self.image_size, self.seed, self.hflip = image_size, seed, hflip
        self.crop_scale, self.crop_ratio = crop_scale, crop_ratio
        self.normalization, self.policy, self.reprob = normalization, policy, reprob

    def __call__(self, images: Sequence[Tensor], index: Sequence[int] | Integers, epoch: int) -> Tensor:
        """Turn B images `[3, h, w]` uint8 of any sizes into `[B, 3, S, S]` normalised float32.

        Args:
            images: the pictures.
            index: `[B]` what tells an image from others of its set (its position there).
            epoch: of training; the same image looks otherwise in another epoch.
        """
        index = np.asarray(index, dtype=np.int64)
        draws = uniforms(self.seed, epoch, index, _DRAWS)
        boxes = _random_boxes(_sizes(images), draws, self.crop_scale, self.crop_ratio)
        pixels = _render(images, boxes, draws[:, -1] < self.hflip, self.image_size)
        if self.policy is not None:
            drawn = uniforms(self.seed, epoch, index, draws_for(self.policy), stream=_RAND_STREAM)
            pixels = rand_augment(pixels, self.policy, drawn)
        batch = _normalized(pixels, self.normalization)
        if self.reprob:
            _erase(batch, uniforms(self.seed, epoch, index, 5, stream=_ERASE_STREAM), self.reprob)
        return batch


class EvalTransform:
    """The middle of the picture, resized to a square, normalised.

    Args:
        image_size: pixels of a side of the result.
        crop_pct: share of the shorter side that is kept.
        normalization: what the student is used to.
    """

    def __init__(
        self, image_size: int, *, crop_pct: float = 0.875, normalization: Normalization = IMAGENET
    ) -> None:
        self.image_size, self.crop_pct, self.normalization = image_size, crop_pct, normalization

    def __call__(self, images: Sequence[Tensor]) -> Tensor:
        """Turn B images `[3, h, w]` uint8 of any sizes into `[B, 3, S, S]` normalised float32."""
        sizes = _sizes(images)
        side = np.maximum(1, np.round(sizes.min(axis=1, keepdims=True) * self.crop_pct).astype(np.int64))
        boxes = np.concatenate([(sizes - side) // 2, side, side], axis=1)
        pixels = _render(images, boxes, np.zeros(len(images), dtype=bool), self.image_size)
        return _normalized(pixels, self.normalization)


def uniforms(seed: int, epoch: int, index: Integers, n: int, stream: int = 0) -> Floats:
    """Return `[len(index), n]` uniform numbers in [0, 1), functions of (seed, epoch, index, column) alone.

    Each `stream` has its own, so that one kind of augmentation leaves the draws of another alone. They are
    the outputs number `index * n + column` of SplitMix64 (Steele, Lea, Flood 2014), its start hashed from
    seed, epoch and stream, so that any of them is had without the ones before.
    """
    start = np.random.SeedSequence([seed, epoch] + [stream] * (stream > 0)).generate_state(1, np.uint64)[0]
    counter = index.astype(np.uint64)[:, None] * np.uint64(n) + np.arange(1, n + 1, dtype=np.uint64)
    bits = start + counter * np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    bits ^= bits >> np.uint64(31)
    uniform: Floats = (bits >> np.uint64(11)) * 2.0**-53
    return uniform


def _random_boxes(
    sizes: Integers, draws: Floats, scale: tuple[float, float], ratio: tuple[float, float]
) -> Integers:
    """Draw `[B, 4]` boxes (top, left, height, width): area and log ratio uniform, the first try that fits.

    Where none of the tries fits, the last is cut down to the picture.
    """
    area = sizes.prod(axis=1, keepdims=True) * _between(draws[:, :_TRIES], *scale)
    shape = np.exp(_between(draws[:, _TRIES : 2 * _TRIES], math.log(ratio[0]), math.log(ratio[1])))
    tries = np.maximum(1, np.round(np.sqrt(np.stack([area / shape, area * shape], axis=2)))).astype(np.int64)
    fits = (tries <= sizes[:, None]).all(axis=2)
    chosen = np.where(fits.any(axis=1), fits.argmax(axis=1), _TRIES - 1)
    extent = np.minimum(tries[np.arange(len(sizes)), chosen], sizes)
    corner = np.floor(draws[:, 2 * _TRIES : 2 * _TRIES + 2] * (sizes - extent + 1)).astype(np.int64)
    return np.concatenate([corner, extent], axis=1)


def _erase(batch: Tensor, draws: Floats, probability: float) -> None:
    """Set a random box of some of the pictures `[B, 3, S, S]` to 0, the mean, in place."""
    size = batch.shape[-1]
    area = _between(draws[:, 1], 0.02, 1 / 3) * size**2
    shape = np.exp(_between(draws[:, 2], math.log(0.3), math.log(1 / 0.3)))
    extent = np.clip(np.round(np.sqrt(np.stack([area * shape, area / shape], axis=1))), 1, size).astype(
        np.int64
    )
    corner = np.floor(draws[:, 3:] * (size - extent + 1)).astype(np.int64)
    for i in np.flatnonzero(draws[:, 0] < probability):
        (top, left), (bottom, right) = corner[i], corner[i] + extent[i]
        batch[i, :, top:bottom, left:right] = 0


def _render(images: Sequence[Tensor], boxes: Integers, mirrored: NDArray[np.bool_], size: int) -> Tensor:
    """Cut boxes out of B pictures and resize them to uint8 `[B, 3, S, S]`, some of them mirrored."""
    import torch
    from torch.nn.functional import interpolate

    pixels = torch.empty(len(images), 3, size, size, dtype=torch.uint8)
    for i, (image, (top, left, height, width)) in enumerate(zip(images, boxes.tolist(), strict=True)):
        crop = image[None, :, top : top + height, left : left + width]
        pixels[i] = interpolate(crop, size=(size, size), mode="bilinear", antialias=True)[0]
    flipped = torch.from_numpy(mirrored)
    pixels[flipped] = pixels[flipped].flip(-1)
    return pixels


def _normalized(pixels: Tensor, normalization: Normalization) -> Tensor:
    """Turn uint8 `[B, 3, S, S]` into what a student sees."""
    import torch

    mean = torch.tensor(normalization.mean).view(3, 1, 1)
    std = torch.tensor(normalization.std).view(3, 1, 1)
    return pixels.float().sub_(255 * mean).div_(255 * std)


def _sizes(images: Sequence[Tensor]) -> Integers:
    return np.array([image.shape[1:] for image in images], dtype=np.int64)


def _between(uniform: Floats, low: float, high: float) -> Floats:
    return low + (high - low) * uniform


def _check_range(name: str, value: tuple[float, float], most: float) -> None:
    low, high = value
    if not 0 < low <= high <= most:
        raise UsageError(f"{name} {list(value)} must be two rising numbers above 0 and at most {most:g}.")
