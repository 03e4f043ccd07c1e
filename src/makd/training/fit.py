"""One training run from its plan to its run directory."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import nn

from makd.config.execution import ExecutionSettings
from makd.data import splits
from makd.data.transforms import IMAGENET, Normalization
from makd.errors import UsageError
from makd.progress import Progress, Silent
from makd.storage import is_vacant
from makd.students.build import input_statistics, sized
from makd.students.freeze import freeze
from makd.training.compilation import uncompiled
from makd.training.hardware import arithmetic, check_devices, pick_device, pick_precision
from makd.training.input_pipeline import Batches, eval_batches, train_batches
from makd.training.leave import leave_evaluation, leave_model
from makd.training.loggers import check_loggers
from makd.training.place import Place
from makd.training.plan import TrainingPlan
from makd.training.processes import together
from makd.training.pseudo import with_pseudo_labels
from makd.training.run_dir import RunDirectory
from makd.training.targets import check_answers
from makd.training.trainer import train_student
from makd.training.vision_teacher import open_distiller


def fit(
    plan: TrainingPlan, *, resume: bool = False, threads: int | None = None, progress: Progress = Silent()
) -> RunDirectory:
    """Train a student, choose its best epoch on the validation images, judge it once on the test images.

    Everything random (weights, order, augmentation, dropout) comes from `plan.settings.seed`, epoch and
    image, so a resumed run gives the weights of an undisturbed one (on a CPU, to the bit).

    Args:
        plan: what to train on what.
        resume: go on with the run in `plan.out`, or begin it; a finished one is returned as it is.
        threads: of the CPU, for this process from now on; None leaves torch's number.
        progress: told of the images, the loss and the validation metric.

    Raises:
        UsageError: `plan.out` holds something already, was made by another plan, or a split has no images.
        MakdError: the loss is no longer a number (its batch is saved), too many answers are missing, or
            another process has failed.
        KeyboardInterrupt: passed on once the state is saved.
    """
    run = RunDirectory(plan.out)
    _claim(run, plan, resume)
    if run.finished:
        return run
    check_execution(plan.execution, plan.settings.precision)
    here = arithmetic(plan.settings.precision)
    _tell_change(run, here, progress)
    begin = partial(run.write_start, plan.config(), plan.execution.model_dump(), here)
    if threads is not None:
        torch.set_num_threads(threads)
    if plan.settings.pseudo_threshold is not None:
        begin()
        plan = with_pseudo_labels(
            plan, partial(fit, resume=True, threads=threads, progress=progress), progress
        )
    model, normalization = build(plan)
    train, val, test = open_pictures(plan, progress, normalization)
    _check_shares(train, plan.execution.devices)
    distiller = open_distiller(plan.settings, plan.catalog, progress, normalization=normalization)
    begin()
    splits.write(run.split_file, plan.catalog)
    with together(_beside, (plan,), plan.execution.devices, threads) as place:
        best = train_student(plan, model, distiller, train, val, progress, place)
    if plan.execution.compile:
        model = uncompiled(model)
    model.load_state_dict(best["weights"])
    leave_model(run, plan, model, best, normalization)
    leave_evaluation(run, plan, model.to(pick_device()), test)
    return run


def _beside(plan: TrainingPlan, place: Place) -> Callable[[], object]:
    """Prepare to train beside the process that `fit` was called in."""
    model, normalization = build(plan)
    train, val, _ = open_pictures(plan, Silent(), normalization)
    distiller = open_distiller(plan.settings, plan.catalog, normalization=normalization)
    return partial(train_student, plan, model, distiller, train, val, Silent(), place)


def check_execution(execution: ExecutionSettings, precision: str) -> None:
    """Look whether a run can be carried out here as it is to be.

    Raises:
        UsageError: GPUs or packages are missing.
    """
    check_devices(execution.devices)
    check_loggers(execution.logger)
    pick_precision(precision, pick_device())


def _check_shares(train: Batches, devices: int) -> None:
    """Refuse batches of which some process would get no picture."""
    smallest = len(train.samples) // len(train)
    if smallest < devices:
        raise UsageError(
            f"--devices {devices}: batches of {smallest} pictures are too small to be shared. "
            "Raise --batch-size (it is that of all devices together), or take fewer devices."
        )


def _claim(run: RunDirectory, plan: TrainingPlan, resume: bool) -> None:
    if is_vacant(run.path):
        return
    if not resume:
        raise UsageError(f"{run.path} is not empty. Go on with it by --resume, or choose another --out.")
    if not run.config_file.is_file():
        raise UsageError(f"{run.path} is not empty and holds no run of makd. Choose another --out.")
    wanted, found = plan.config(), run.config()
    if changed := [name for name in wanted if found.get(name) != wanted[name]]:
        raise UsageError(
            f"{run.path} was made with other settings: "
            + "; ".join(f"{name} {found.get(name)} there, {wanted[name]} now" for name in changed)
            + ". Set them back, or choose another --out."
        )


def _tell_change(run: RunDirectory, here: dict[str, str], progress: Progress) -> None:
    """Say so where training goes on in another precision or on another kind of device than it began."""
    before = run.environment()
    if run.last_file.is_file() and any(before.get(name, now) != now for name, now in here.items()):
        progress.say(
            f"{run.path} was begun in {before.get('precision')} on {before.get('device')} and goes on in "
            f"{here['precision']} on {here['device']}: its student is not that of either alone."
        )


def open_pictures(
    plan: TrainingPlan, progress: Progress, normalization: Normalization = IMAGENET
) -> tuple[Batches, Batches, Batches]:
    """Return the batches of train, val and test; pictures are decoded when they are first met.

    Raises:
        UsageError: a split has no images, or most answers are missing.
        MakdError: no picture can be read.
    """
    settings, targets = plan.settings, plan.targets
    train = train_batches(
        plan.catalog.of("train"),
        targets,
        image_size=settings.image_size,
        batch_size=settings.batch_size,
        augment=settings.augment,
        seed=settings.seed,
        normalization=normalization,
        progress=progress,
    )
    val, test = (
        eval_batches(
            plan.catalog.of(split),
            targets,
            split=split,
            image_size=settings.image_size,
            batch_size=settings.batch_size,
            crop_pct=settings.crop_pct,
            normalization=normalization,
            progress=progress,
        )
        for split in ("val", "test")
    )
    if plan.targets is not None:
        check_answers(plan.targets, [sample.key for sample in train.samples], progress)
    return train, val, test


def build(plan: TrainingPlan) -> tuple[nn.Module, Normalization]:
    """Return the student that a plan begins with, frozen where it shall be, and the input it is used to."""
    settings = plan.settings
    torch.manual_seed(settings.seed)
    model = plan.task.build(
        settings.model.name,
        classes=len(plan.catalog.classes),
        questions=len(plan.targets.question_ids) if plan.targets else 0,
        pretrained=settings.model.pretrained,
        weights=settings.model.weights,
        kwargs=sized(settings.model.name, settings.image_size, settings.model.kwargs),
    )
    if settings.model.freeze is not None:
        freeze(model, settings.model.freeze)
    normalization = IMAGENET
    if settings.model.pretrained or settings.model.weights is not None:
        normalization = Normalization(*input_statistics(model, settings.model.weights))
    return model.to(memory_format=torch.channels_last), normalization
