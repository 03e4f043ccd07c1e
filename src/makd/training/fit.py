"""One training run from its plan to its run directory."""

from __future__ import annotations

import logging
import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import lightning as L
import torch
from lightning.fabric.plugins.environments.lightning import LightningEnvironment
from lightning.pytorch.loggers import TensorBoardLogger
from torch import nn

from makd.data import splits
from makd.data.transforms import IMAGENET, Normalization
from makd.distillation.distillers import Distiller
from makd.errors import UsageError
from makd.progress import Meter, Progress, Silent
from makd.students.build import input_statistics, sized
from makd.students.freeze import freeze
from makd.training.checkpoints import SparingCheckpointIO
from makd.training.epochs import EpochEnd
from makd.training.hardware import pick_device, use_bfloat16
from makd.training.input_pipeline import Batches, eval_batches, train_batches
from makd.training.judge import Judgement, judge
from makd.training.leave import leave_evaluation, leave_model
from makd.training.module import StudentModule
from makd.training.optimizers import alpha_factor, build_optimizer, lr_factor
from makd.training.plan import TrainingPlan
from makd.training.pseudo import with_pseudo_labels
from makd.training.run_dir import RunDirectory
from makd.training.targets import check_answers
from makd.training.vision_teacher import open_distiller

SAVE_EVERY = 30.0
"""Seconds of training that a kill may lose, besides the epoch it falls into."""


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
        MakdError: the loss is no longer a number, or too many answers are missing.
        KeyboardInterrupt: passed on once the state is saved.
    """
    run = RunDirectory(plan.out)
    _claim(run, plan, resume)
    if run.finished:
        return run
    config = plan.config()
    if threads is not None:
        torch.set_num_threads(threads)
    if plan.settings.pseudo_threshold is not None:
        run.write_start(config)
        plan = with_pseudo_labels(
            plan, partial(fit, resume=True, threads=threads, progress=progress), progress
        )
    model, normalization = build(plan)
    train, val, test = open_pictures(plan, progress, normalization)
    distiller = open_distiller(plan.settings, plan.catalog, progress, normalization=normalization)
    run.write_start(config)
    splits.write(run.split_file, plan.catalog)
    best = _train(plan, run, model, distiller, train, val, progress)
    model.load_state_dict(best["weights"])
    leave_model(run, plan, model, best, normalization)
    leave_evaluation(run, plan, model.to(pick_device()), test)
    return run


def _claim(run: RunDirectory, plan: TrainingPlan, resume: bool) -> None:
    if not run.path.exists() or (run.path.is_dir() and not any(run.path.iterdir())):
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


def _train(
    plan: TrainingPlan,
    run: RunDirectory,
    model: nn.Module,
    distiller: Distiller | None,
    train: Batches,
    val: Batches,
    progress: Progress,
) -> dict[str, Any]:
    """Train `model`; return `epoch`, `value` and `weights` of the best epoch."""
    settings = plan.settings
    device = pick_device()
    bfloat16 = use_bfloat16(settings.precision, device)
    checkpoints = SparingCheckpointIO(SAVE_EVERY)
    resumed = run.last_file if run.last_file.is_file() else None
    if resumed is None:
        run.write_metrics([])
    with progress.meter(plan.arm or "training", settings.epochs * len(train.samples)) as meter:
        shown = _Shown(meter, plan.task.metric)
        module = _module(plan, model, distiller and distiller.to(device), len(train), shown)
        epoch_end = EpochEnd(
            run,
            partial(judge, plan.task, batches=val, classes=len(plan.catalog.classes), bfloat16=bfloat16),
            plan.task.metric,
            train,
            checkpoints,
            shown.judged,
        )
        with _lightning_held_back():
            trainer = L.Trainer(
                accelerator=device.type,
                devices=1,
                precision="bf16-mixed" if bfloat16 else "32-true",
                max_epochs=settings.epochs,
                logger=TensorBoardLogger(run.tensorboard, name="", version=""),
                callbacks=[epoch_end],
                plugins=[checkpoints, LightningEnvironment()],
                use_distributed_sampler=False,
                enable_checkpointing=False,
                enable_progress_bar=False,
                enable_model_summary=False,
                default_root_dir=run.path,
            )
            trainer.fit(module, train, ckpt_path=resumed)
    return epoch_end.best


def _module(
    plan: TrainingPlan, model: nn.Module, distiller: Distiller | None, steps_per_epoch: int, shown: _Shown
) -> StudentModule:
    settings = plan.settings
    optimizer = build_optimizer(
        model,
        settings.optimizer.name,
        lr=settings.optimizer.lr,
        momentum=settings.optimizer.momentum,
        weight_decay=settings.optimizer.weight_decay,
        nesterov=settings.optimizer.nesterov,
        layer_decay=settings.optimizer.layer_decay,
    )
    schedule = partial(
        lr_factor,
        name=settings.schedule.name,
        epochs=settings.epochs,
        warmup_epochs=settings.schedule.warmup_epochs,
        milestones=settings.schedule.milestones,
        gamma=settings.schedule.gamma,
    )
    aspects = settings.aspects
    loss = partial(
        plan.task.loss,
        label_smoothing=settings.label_smoothing,
        aspect=aspects.loss,
        temperature=aspects.temperature,
    )
    factor = partial(
        alpha_factor, name=aspects.schedule, epochs=settings.epochs, ramp_epochs=aspects.ramp_epochs
    )
    return StudentModule(
        loss,
        model,
        optimizer,
        schedule,
        steps_per_epoch=steps_per_epoch,
        seed=settings.seed,
        alpha=lambda epoch: settings.alpha * factor(epoch),
        ema_decay=settings.ema_decay,
        on_settled=shown.settled,
        distiller=distiller,
        beta=settings.beta,
    )


class _Shown:
    """What the progress meter shows: the latest loss and the latest validation metric."""

    def __init__(self, meter: Meter, metric: str) -> None:
        self._meter, self._metric = meter, metric
        self._loss = self._value = ""

    def settled(self, images: int, loss: float) -> None:
        self._loss = f"loss {loss:.3f}"
        self._meter.advance(images, f"{self._loss} {self._value}")

    def judged(self, judgement: Judgement) -> None:
        self._value = f"val {self._metric} {100 * judgement.metrics[self._metric]:.1f}"
        self._meter.advance(0, f"{self._loss} {self._value}")


@contextmanager
def _lightning_held_back() -> Iterator[None]:
    """Keep Lightning from printing and warning, and from turning Ctrl-C into an exit of its own."""
    logger = logging.getLogger("lightning.pytorch")
    level, on_interrupt = logger.level, signal.getsignal(signal.SIGINT)
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"lightning\.")
            yield
    except SystemExit as exit_:
        signal.signal(signal.SIGINT, on_interrupt or signal.default_int_handler)
        raise KeyboardInterrupt from exit_
    finally:
        logger.setLevel(level)
