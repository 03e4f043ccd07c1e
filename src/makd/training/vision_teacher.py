"""From `--vision-teacher` and `--kd` to what a student is distilled by."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import timm
import timm.data
import timm.models
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from makd.config.training import TrainingSettings, VisionTeacherSettings
from makd.data import splits
from makd.data.samples import Catalog
from makd.data.transforms import IMAGENET, Normalization
from makd.distillation.distillers import (
    AttentionDistiller,
    Distiller,
    LogitDistiller,
    VisionTeacher,
    stages_of,
)
from makd.errors import MakdError, UsageError, did_you_mean
from makd.progress import Progress, Silent
from makd.students.aspects import strip_aspect_outputs
from makd.students.build import sized
from makd.students.classifier import classifier_layers
from makd.training.run_dir import RunDirectory
from makd.training.saved import load_saved

_FLAG = "--vision-teacher"


def open_distiller(
    settings: TrainingSettings,
    catalog: Catalog,
    progress: Progress = Silent(),
    *,
    normalization: Normalization = IMAGENET,
) -> Distiller | None:
    """Return what distils a student into the classes of `catalog`; None where no vision teacher is named.

    torch's global random stream is left where it was.

    Args:
        settings: which teacher, and how it is imitated.
        catalog: the pictures and their classes.
        progress: told what is not sure.
        normalization: of the pictures as the student sees them; the teacher sees them as it is used to.

    Raises:
        UsageError: there is no such teacher, it knows other classes, or it has seen images that judge.
        MakdError: its weights cannot be had.
    """
    named, kd = settings.vision_teacher, settings.kd
    if named is None:
        return None
    with torch.random.fork_rng(devices=[]):
        teacher, own = _of_run(named, catalog) if Path(named.name).is_dir() else _of_timm(named)
    teacher = _fed(teacher, normalization, own)
    if kd.name == "at":
        stages_of(teacher.model)
        return AttentionDistiller(teacher)
    _check_classes(teacher, named.name, catalog, progress)
    return LogitDistiller(
        teacher,
        kd.temperature,
        decoupled=kd.name == "dkd",
        standardize=kd.standardize,
        target=kd.target,
        nontarget=kd.nontarget,
    )


def _fed(teacher: VisionTeacher, given: Normalization, own: Normalization) -> VisionTeacher:
    """Let a teacher that is used to its `own` normalisation make do with pictures in the `given` one."""
    if given == own:
        return teacher
    return replace(
        teacher,
        scale=tuple(g / o for g, o in zip(given.std, own.std, strict=True)),
        shift=tuple((g - o) / s for g, o, s in zip(given.mean, own.mean, own.std, strict=True)),
    )


def _of_run(named: VisionTeacherSettings, catalog: Catalog) -> tuple[VisionTeacher, Normalization]:
    """Return the student of a run, and the normalisation that it was trained with."""
    run = RunDirectory(Path(named.name))
    if named.weights is not None:
        raise UsageError(f"{_FLAG}.weights: the run {run.path} has its own; leave it out.")
    model, card = load_saved(run)
    _check_unseen(run, catalog)
    if card["questions"]:
        model = strip_aspect_outputs(model, len(card["classes"]))
    teacher = VisionTeacher(model, tuple(card["classes"]), named.image_size or card["image_size"])
    return teacher, Normalization(tuple(card["mean"]), tuple(card["std"]))


def _check_unseen(run: RunDirectory, catalog: Catalog) -> None:
    """Refuse a teacher that was trained on images of this very data that choose or judge here."""
    if run.config()["data"]["source"] != catalog.source:
        return
    trained = {key for key, split in splits.read(run.split_file).items() if split == "train"}
    held_out = {sample.key for sample in catalog.samples if sample.split in ("val", "test")}
    if seen := sorted(trained & held_out):
        raise UsageError(
            f"{_FLAG}: {run.path} was trained on {len(seen)} of the images that choose or judge here "
            f"({', '.join(seen[:3])}{', …' if len(seen) > 3 else ''}). Train it with this split of the data."
        )


def _of_timm(named: VisionTeacherSettings) -> tuple[VisionTeacher, Normalization]:
    """Return a model of timm, and the normalisation that its weights are used to."""
    name = named.name
    if ":" not in name and not timm.is_model(name):
        raise UsageError(
            f"{_FLAG}: {name!r} is neither a directory of a run nor a model of timm."
            f"{did_you_mean(name, timm.list_models())}"
        )
    model = _built(named)
    config = timm.data.resolve_model_data_config(model)
    teacher = VisionTeacher(
        model,
        tuple(getattr(model, "pretrained_cfg", {}).get("label_names") or ()),
        named.image_size or config["input_size"][-1],
    )
    return teacher, Normalization(tuple(config["mean"]), tuple(config["std"]))


def _built(named: VisionTeacherSettings) -> nn.Module:
    """Build timm's model with pretrained weights, or with those of a local file."""
    more = sized(named.name, named.image_size, {}) if named.image_size else {}
    try:
        model: nn.Module = timm.create_model(named.name, pretrained=named.weights is None, **more)
        if named.weights is not None:
            _load(model, named)
    except (RuntimeError, OSError, ValueError, SafetensorError, UnpicklingError) as error:
        where = named.weights or "the hub"
        raise MakdError(
            f"{_FLAG}: the weights of {named.name} cannot be loaded from {where}: {error} "
            f"Connect to the hub once so that they are cached, or name a file of them by {_FLAG}.weights."
        ) from error
    return model


def _load(model: Any, named: VisionTeacherSettings) -> None:
    """Give a model of timm the weights of a file, and as many classes as they know."""
    state: dict[str, Tensor] = timm.models.load_state_dict(str(named.weights), weights_only=True)
    weight = f"{next(iter(classifier_layers(model)))}.weight"
    if weight not in state:
        raise UsageError(
            f"{_FLAG}.weights: {named.weights} holds no weights of {named.name}: {weight} is not in it."
        )
    model.reset_classifier(len(state[weight]))
    model.load_state_dict(state)


def _check_classes(teacher: VisionTeacher, name: str, catalog: Catalog, progress: Progress) -> None:
    """Hold the teacher's classes against those of the data, by name where it tells them."""
    outputs = len(teacher.classes) or int(getattr(teacher.model, "num_classes", 0))
    if outputs != len(catalog.classes):
        raise UsageError(
            f"{_FLAG}: {name} knows {outputs} classes, {catalog.source} has {len(catalog.classes)}. Name a "
            "teacher of these classes, or --kd at, which needs no classes."
        )
    if not teacher.classes:
        progress.say(
            f"{name} does not name its {outputs} classes; they are taken in the order of the data's."
        )
        return
    for place, (theirs, ours) in enumerate(zip(teacher.classes, catalog.classes, strict=True)):
        if theirs != ours:
            raise UsageError(
                f"{_FLAG}: class {place + 1} of {name} is {theirs!r}, that of {catalog.source} {ours!r}. "
                "Teacher and student must have the same classes in the same order; --kd at needs none."
            )
