"""The variants of a comparison: which answers each one learns from, and with which settings of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from pydantic import ValidationError

from makd.config.answers import QualitySettings
from makd.config.group import Group
from makd.config.recipes import PSEUDO_THRESHOLD, overlay
from makd.config.training import TrainingSettings
from makd.config.tree import leaves
from makd.distillation import controls
from makd.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from makd.data.samples import Sample
    from makd.training.targets import Targets

BASE = "base"
TAUGHT = ("makd", "signature")
"""The arms that learn the answers as they are: of a multimodal LLM about images, of a table about classes."""
CONTROLS = ("random", "shuffled", "classmean", "permuted")
PSEUDO = "pseudo"
"""Labels alone, and those that a first student gives to pictures without any."""
KNOWN = (BASE, "makd", *CONTROLS, "signature", PSEUDO)
METHODS = ("kd", "dkd", "at")
"""Imitations of a vision teacher, alone or together with answers: `kd`, `kd+makd`, `kd+shuffled`."""
Settings = TypeVar("Settings", bound=Group)
Quality = TypeVar("Quality", bound=QualitySettings)


@dataclass(frozen=True, slots=True)
class Arm:
    """One variant of a comparison.

    Attributes:
        name: as it stands in results and in the names of run directories.
        control: what it learns from: one of `KNOWN`, of `METHODS`, or one of each (`kd+makd`).
        overrides: its own settings over the shared ones, nested (`{"optimizer": {"lr": 0.001}}`); under
            `answers`, how it reads the answers.
        tuned: settings that trials have chosen, nested; its own go before them.
    """

    name: str
    control: str
    overrides: Mapping[str, Any] = field(default_factory=dict)
    tuned: Mapping[str, Any] = field(default_factory=dict)

    @property
    def method(self) -> str:
        """How it imitates the vision teacher, one of `METHODS`; empty where it does not."""
        return method_of(self.control)

    @property
    def answers(self) -> str:
        """Which answers it learns from: one of `KNOWN`, `base` for none."""
        return answers_of(self.control)

    def settings(self, shared: TrainingSettings, seed: int) -> TrainingSettings:
        """Return the arm's settings for a seed. All arms of a seed train from that same seed.

        Raises:
            UsageError: an override names no setting or has no possible value, or an arm that imitates a
                vision teacher has none.
        """
        own = {name: value for name, value in self.overrides.items() if name != "answers"}
        if self.answers == PSEUDO:
            own = {"pseudo_threshold": PSEUDO_THRESHOLD, **own}
        elif not self.takes_unlabelled:
            own["pseudo_threshold"] = None
        settings = self._laid_over(shared, {**overlay(dict(self.tuned), own), "seed": seed})
        if not self.method:
            return settings.model_copy(update={"vision_teacher": None})
        if settings.vision_teacher is None:
            raise UsageError(
                f"arm {self.name!r} imitates a vision teacher: name a run or a timm model by "
                "--vision-teacher."
            )
        return settings.model_copy(update={"kd": settings.kd.model_copy(update={"name": self.method})})

    @property
    def takes_unlabelled(self) -> bool:
        """Whether pictures without a label teach it anything: answers without classes, or pseudo-labels."""
        return self.answers in ("makd", "shuffled", "random", PSEUDO)

    @property
    def reads_otherwise(self) -> bool:
        """Whether it reads the answers in its own way."""
        return "answers" in self.overrides

    def reading(self, shared: Quality) -> Quality:
        """Return how it reads the answers.

        Raises:
            UsageError: an override names no setting or has no possible value.
        """
        return self._laid_over(shared, self.overrides.get("answers", {}))

    def _laid_over(self, shared: Settings, own: Mapping[str, Any]) -> Settings:
        try:
            return type(shared).model_validate(overlay(shared.model_dump(), dict(own)))
        except ValidationError as error:
            faults = "; ".join(_fault(fault["loc"], fault["type"], fault["msg"]) for fault in error.errors())
            raise UsageError(f"arm {self.name!r}: {faults}") from error

    def targets(self, answers: Targets | None, images: Iterable[Sample], seed: int) -> Targets | None:
        """Return what the arm learns of the teacher; None for labels alone.

        Args:
            answers: the teacher's answers; those about other images are left out, so that no control is made
                of validation or test images.
            images: the training images; their order is that of the rows, whatever the order in the store.
            seed: seed of the run, from which random controls draw.

        Raises:
            UsageError: there are no answers about these images.
        """
        if self.answers in (BASE, PSEUDO):
            return None
        images = list(images)
        rows = answers.find([image.key for image in images]) if answers else np.full(len(images), -1)
        images = [image for image, row in zip(images, rows, strict=True) if row >= 0]
        if answers is None or not images:
            raise UsageError(f"arm {self.name!r}: the answers are about none of the training images.")
        keys = tuple(image.key for image in images)
        p_yes = answers.take(rows[rows >= 0])
        labels = np.array([-1 if image.label is None else image.label for image in images], dtype=np.int64)
        bounds = answers.take_bounds(rows[rows >= 0]) if self.answers in (*TAUGHT, "shuffled") else None
        match self.answers:
            case "random":
                p_yes = controls.noise(p_yes, keys, answers.question_hashes, seed)
            case "shuffled":
                p_yes = controls.shuffled(p_yes, labels, seed)
                bounds = None if bounds is None else controls.shuffled(bounds, labels, seed)
            case "classmean":
                p_yes = controls.classmean(p_yes, labels)
            case "permuted":
                p_yes = controls.permuted(p_yes, labels, seed)
        return replace(answers, keys=keys, p_yes=p_yes, bounds=bounds)


def method_of(control: str) -> str:
    """Return the part of a control that is one of `METHODS`, or an empty string."""
    first = control.partition("+")[0]
    return first if first in METHODS else ""


def answers_of(control: str) -> str:
    """Return the part of a control that is one of `KNOWN`; `base` for a vision teacher alone."""
    method, _, answers = control.rpartition("+")
    return answers if method or answers not in METHODS else BASE


def _fault(place: Sequence[int | str], kind: str, message: str) -> str:
    dotted = ".".join(map(str, place))
    if kind == "extra_forbidden":
        known = [leaf.name for leaf in leaves(TrainingSettings).values()]
        return f"no setting {dotted!r}.{did_you_mean(dotted, known)}"
    return f"{dotted}: {message}"
