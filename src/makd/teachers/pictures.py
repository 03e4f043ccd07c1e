"""From samples to model inputs: decoded, preprocessed, batched by length, one window ahead of the model."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, TypeVar

from makd.data.images import ImageError, load_image
from makd.data.samples import Sample
from makd.teachers.base import Failure
from makd.teachers.model_inputs import Inputs, prepare, shape, split, without_end
from makd.teachers.prompts import Prompts, text_settings

if TYPE_CHECKING:
    from PIL.Image import Image

T = TypeVar("T")
_DECODERS = 4
_TOGETHER = 8


@dataclass(frozen=True, slots=True)
class Picture:
    """One decoded picture.

    Attributes:
        sample: what it belongs to.
        image: its pixels.
        inputs: what the model takes for the prefix that its prompts all share (`input_ids` `[1, P]`,
            `pixel_values` `[tiles, 3, H, W]`, …); None when they share no part that holds the picture.
    """

    sample: Sample
    image: Image
    inputs: Inputs | None

    @property
    def length(self) -> int:
        """Tokens of the shared prefix, P."""
        return self.inputs["input_ids"].shape[1] if self.inputs else 0

    @property
    def shape(self) -> tuple[Any, ...]:
        """What pictures of one batch have in common; the prefix length comes first."""
        return shape(self.inputs) if self.inputs else (0,)


class Pictures:
    """Reads samples window by window; the next window is read while the model works on this one."""

    def __init__(self, processor: Any, prompts: Prompts, window: int) -> None:
        self.processor = processor
        self.prompts = prompts
        self.window = window

    def batches(
        self, samples: Iterable[Sample], batch_size: int | None, tokens: int
    ) -> Iterator[list[Picture] | Failure]:
        """Yield pictures of equal shape together, and what could not be read.

        Args:
            samples: consumed lazily, at most two windows ahead.
            batch_size: pictures in a batch at most; None: as many as fit `tokens`.
            tokens: token budget of a batch when `batch_size` is None, prefix and questions together.
        """
        questions = sum(map(len, self.prompts.suffixes))
        for pictures, failures in _ahead(self._windows(samples)):
            yield from failures
            alike: dict[tuple[Any, ...], list[Picture]] = defaultdict(list)
            for picture in pictures:
                alike[picture.shape].append(picture)
            for (length, *_), group in sorted(alike.items(), reverse=True):
                size = batch_size or max(1, tokens // (length + questions))
                yield from (group[i : i + size] for i in range(0, len(group), size))

    def _windows(self, samples: Iterable[Sample]) -> Iterator[tuple[list[Picture], list[Failure]]]:
        remaining = iter(samples)
        with ThreadPoolExecutor(_DECODERS) as pool:
            while window := list(islice(remaining, self.window)):
                pictures: list[Picture] = []
                failures: list[Failure] = []
                by_size: dict[tuple[int, int], list[tuple[Sample, Image]]] = defaultdict(list)
                for sample, image in zip(window, pool.map(decode, window), strict=True):
                    if isinstance(image, str):
                        failures.append(Failure(sample.key, image, sample.instance))
                    else:
                        by_size[image.size].append((sample, image))
                alike = (
                    group[i : i + _TOGETHER]
                    for group in by_size.values()
                    for i in range(0, len(group), _TOGETHER)
                )
                for outcome in chain.from_iterable(pool.map(self._prepare, alike)):
                    (failures if isinstance(outcome, Failure) else pictures).append(outcome)  # type: ignore[arg-type]
                yield pictures, failures

    def _prepare(self, group: Sequence[tuple[Sample, Image]]) -> list[Picture | Failure]:
        """Preprocess pictures of one size in one call; when it fails, each alone."""
        try:
            inputs = self._inputs([image for _, image in group])
        except Exception as error:  # processors refuse a picture (a side too short, too long) in many ways
            if len(group) == 1:
                sample = group[0][0]
                return [Failure(sample.key, f"the model's processor refuses it: {error}", sample.instance)]
            return [outcome for member in group for outcome in self._prepare([member])]
        return [Picture(sample, image, own) for (sample, image), own in zip(group, inputs, strict=True)]

    def _inputs(self, images: list[Image]) -> list[Inputs] | list[None]:
        text, suffix = self.prompts.texts[0], self.prompts.suffixes[0]
        settings = text_settings(self.processor, text)
        inputs = prepare(self.processor, images, [text] * len(images), **settings)
        if any(tuple(row) != suffix for row in inputs["input_ids"][:, -len(suffix) :].tolist()):
            return [None] * len(images)
        return split(without_end(inputs, len(suffix)), len(images))


def image_settings(processor: Any) -> dict[str, Any]:
    """Return what decides how a picture reaches the model, by the processor's own names."""
    settings = json.loads(processor.image_processor.to_json_string())
    return {
        name: value for name, value in settings.items() if value is not None and name != "processor_class"
    }


def decode(sample: Sample) -> Image | str:
    """Return the picture (of an instance: the box cut out), or why there is none."""
    if sample.path is None:
        return "there is no picture to look at"
    try:
        image = load_image(sample.path)
        return image.crop(tuple(map(round, sample.box))) if sample.box else image  # type: ignore[arg-type]
    except ImageError as error:
        return error.reason


def _ahead(items: Iterator[T]) -> Iterator[T]:
    """Yield `items`, computing the next one in a thread while the caller works."""
    end = object()
    with ThreadPoolExecutor(1) as thread:
        upcoming = thread.submit(next, items, end)
        while (item := upcoming.result()) is not end:
            upcoming = thread.submit(next, items, end)
            yield item  # type: ignore[misc]
