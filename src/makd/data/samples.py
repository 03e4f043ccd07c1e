"""What every stage calls a picture: a `Sample`; and all pictures of a data set: a `Catalog`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

Split = Literal["train", "val", "test"]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture (or one object in it) and what is known of it.

    Attributes:
        key: path relative to the data root, POSIX; with `instance` the identity of the sample everywhere.
        path: the file to read; None only when handed to a teacher that may not see the picture.
        label: index into `Catalog.classes`; None when unlabelled or hidden from a teacher.
        class_name: `Catalog.classes[label]`, under the same conditions.
        split: None until `splits.assign` or the data set itself has decided.
        instance: annotation id in detection, else None.
        box: (left, top, right, bottom) in pixels of that instance, else None.
    """

    key: str
    path: Path | None
    label: int | None = None
    class_name: str | None = None
    split: Split | None = None
    instance: str | None = None
    box: Box | None = None

    def without_label(self) -> Sample:
        """Return the sample as a multimodal LLM may see it: the picture, never the class."""
        return replace(self, label=None, class_name=None)

    def without_image(self) -> Sample:
        """Return the sample as a class table may see it: the class, never the picture."""
        return replace(self, path=None)


@dataclass(frozen=True, slots=True)
class Catalog:
    """All samples of a data set.

    Attributes:
        source: short name of the data set, as stored with every answer (`fieldguide-draw0`, a folder's name).
        root: the folder that keys are relative to.
        classes: class names; a label is an index into them.
        samples: in a fixed order (sorted by key unless the source says otherwise).
    """

    source: str
    root: Path
    classes: tuple[str, ...]
    samples: tuple[Sample, ...]

    def of(self, *splits: Split) -> tuple[Sample, ...]:
        """Return the samples of the given splits, in catalog order."""
        return tuple(sample for sample in self.samples if sample.split in splits)

    def sizes(self) -> dict[str, int]:
        """Return the number of samples by split (`"none"` for those without)."""
        return dict(Counter(sample.split or "none" for sample in self.samples))
