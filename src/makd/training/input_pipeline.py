"""From a plan's pictures to batches, in an order that (seed, epoch) alone decide."""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from makd.config.policies import rand_policy
from makd.config.training import AugmentSettings
from makd.data.cache import ImageCache
from makd.data.samples import Sample, Split
from makd.data.transforms import IMAGENET, EvalTransform, Normalization, TrainTransform, storage_size
from makd.errors import UsageError
from makd.progress import Progress, Silent
from makd.task import Batch
from makd.training.hardware import pick_device
from makd.training.mixing import Mixing, neighbours
from makd.training.place import ALONE, Place
from makd.training.targets import Targets

Integers = NDArray[np.int64]
Render = Callable[[list[Tensor], Integers, int], Tensor]


class Batches:
    """The batches of one split, of nearly equal sizes: no image is left out and no batch is tiny.

    Attributes:
        samples: the readable pictures; `Batch.index` points into them.
        labels: `[N]` int64, -1 for pictures without a label.
        epoch: whose order and augmentation the next pass takes.
        place: among the processes that share each batch; the pictures of a batch are its part of them alone.
        workers: threads that make batches ahead, of all processes together; 0 (best where the CPU trains)
            makes each batch when it is taken.
    """

    def __init__(
        self,
        cache: ImageCache,
        targets: Targets | None,
        render: Render,
        batch_size: int,
        shuffle_seed: int | None,
        mixing: Mixing | None = None,
    ) -> None:
        self.samples: tuple[Sample, ...] = cache.samples
        labels = [-1 if sample.label is None else sample.label for sample in cache.samples]
        self.labels = torch.tensor(labels, dtype=torch.int64)
        self._targets = targets
        weights = targets.weights if targets else None
        self._weights = None if weights is None else torch.from_numpy(weights)
        self._rows = targets.find([sample.key for sample in cache.samples]) if targets else None
        self.epoch = 0
        self.place = ALONE
        self.workers = 0 if pick_device().type == "cpu" else min(8, os.cpu_count() or 1)
        self._cache, self._render = cache, render
        self._batch_size, self._seed = batch_size, shuffle_seed
        self._mixing = mixing

    def __len__(self) -> int:
        return math.ceil(len(self.samples) / self._batch_size)

    def __iter__(self) -> Iterator[Batch]:
        make = partial(self._batch, epoch=self.epoch, place=self.place)
        yield from _ahead(make, self._order(self.epoch), self._threads(self.place))

    def dealt(self, place: Place) -> Iterator[Batch]:
        """Yield whole batches, dealt out in turn to the processes: those of `place`."""
        make = partial(self._batch, epoch=self.epoch, place=ALONE)
        yield from _ahead(make, self._order(self.epoch)[place.rank :: place.world], self._threads(place))

    def batch(self, epoch: int, step: int) -> Batch:
        """Return one whole batch, the `step`th (from 0) of an epoch (from 0), as it is or was seen."""
        return self._batch(self._order(epoch)[step], epoch, ALONE)

    def _threads(self, place: Place) -> int:
        return max(1, self.workers // place.world) if self.workers else 0

    def _order(self, epoch: int) -> list[Integers]:
        """Return the places of the pictures of each batch."""
        n = len(self.samples)
        order = np.arange(n)
        if self._seed is not None:
            order = np.random.default_rng((self._seed, epoch)).permutation(n)
            order = _interleaved(order, self.labels.numpy()[order] >= 0)
        return np.array_split(order, len(self))

    def _batch(self, index: Integers, epoch: int, place: Place) -> Batch:
        rows, part = torch.from_numpy(index), place.part(len(index))
        labels, answers, bounds = self.labels[rows], self._answers(index), self._bounds(index)
        own = np.arange(len(index))[part]
        others = neighbours(labels).numpy()[part] if self._mixing else own
        needed = np.union1d(own, others)
        images = self._pictures(index[needed], epoch)
        batch = Batch(images, labels, answers, rows, self._weights, bounds)
        if self._mixing is None:
            return batch
        if len(own) == len(index):
            return self._mixing(batch, epoch)
        mine = images[np.searchsorted(needed, own)].contiguous(memory_format=torch.channels_last)
        partners = images[np.searchsorted(needed, others)]
        return self._mixing(replace(batch, images=mine), epoch, partners, part.start)

    def _pictures(self, index: Integers, epoch: int) -> Tensor:
        images = self._render([self._cache[i] for i in index], index, epoch)
        return images.contiguous(memory_format=torch.channels_last)

    def _answers(self, index: Integers) -> Tensor:
        if self._targets is None or self._rows is None:
            return torch.empty(len(index), 0)
        return torch.from_numpy(self._targets.take(self._rows[index]))

    def _bounds(self, index: Integers) -> Tensor | None:
        if self._targets is None or self._rows is None:
            return None
        bounds = self._targets.take_bounds(self._rows[index])
        return None if bounds is None else torch.from_numpy(bounds)


def _interleaved(order: Integers, labelled: NDArray[np.bool_]) -> Integers:
    """Spread images with and without labels evenly over an epoch, each kind in its order."""
    place = np.empty(len(order))
    for kind in (labelled, ~labelled):
        place[kind] = (np.arange(kind.sum()) + 0.5) / max(1, kind.sum())
    return order[np.argsort(place, kind="stable")]


def _ahead(make: Callable[[Integers], Batch], indices: Sequence[Integers], workers: int) -> Iterator[Batch]:
    """Yield `make(index)` for each index, in order, made in `workers` threads that run ahead."""
    if not workers:
        yield from map(make, indices)
        return
    pool = ThreadPoolExecutor(workers)
    try:
        waiting = deque(pool.submit(make, index) for index in indices[: 2 * workers])
        for index in indices[2 * workers :]:
            yield waiting.popleft().result()
            waiting.append(pool.submit(make, index))
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def train_batches(
    samples: Sequence[Sample],
    targets: Targets | None,
    *,
    image_size: int,
    batch_size: int,
    augment: AugmentSettings,
    seed: int,
    normalization: Normalization = IMAGENET,
    progress: Progress = Silent(),
) -> Batches:
    """Return the training pictures, shuffled and augmented anew each epoch.

    Raises:
        UsageError: there are none.
    """
    cache = _opened(samples, "train", image_size, progress)
    transform = TrainTransform(
        image_size,
        crop_scale=augment.crop_scale,
        crop_ratio=augment.crop_ratio,
        hflip=augment.hflip,
        seed=seed,
        normalization=normalization,
        policy=rand_policy(augment.aa),
        reprob=augment.reprob,
    )
    mixing = Mixing(augment.mixup, augment.cutmix, augment.mixup_prob, seed)
    return Batches(
        cache, targets, transform, batch_size, seed, mixing if augment.mixup or augment.cutmix else None
    )


def eval_batches(
    samples: Sequence[Sample],
    targets: Targets | None,
    *,
    split: Split,
    image_size: int,
    batch_size: int,
    crop_pct: float,
    normalization: Normalization = IMAGENET,
    progress: Progress = Silent(),
) -> Batches:
    """Return the labelled pictures of a split as they are judged, every one of them, in their order.

    Raises:
        UsageError: there are none.
    """
    cache = _opened([sample for sample in samples if sample.label is not None], split, image_size, progress)
    transform = EvalTransform(image_size, crop_pct=crop_pct, normalization=normalization)
    return Batches(cache, targets, lambda images, index, epoch: transform(images), batch_size, None)


def _opened(samples: Sequence[Sample], split: Split, image_size: int, progress: Progress) -> ImageCache:
    if not samples:
        raise UsageError(
            f"There are no {split} images. Some are needed to train, to choose (val) and to judge (test)."
        )
    return ImageCache.open(samples, storage_size(image_size), progress=progress)
