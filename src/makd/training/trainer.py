"""A student is trained: in one process, or in one of several that share each batch."""

from __future__ import annotations

import time
from contextlib import nullcontext
from functools import partial
from typing import Any

import torch
from timm.layers import convert_sync_batchnorm
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from makd.distillation.distillers import Distiller
from makd.progress import Progress
from makd.training.checkpoints import SparingCheckpointIO
from makd.training.compilation import compile_in_place, compiler_trouble_told
from makd.training.epochs import EpochEnd
from makd.training.faulty_batch import NotFiniteError, leave_faulty_batch
from makd.training.hardware import pick_device, pick_precision
from makd.training.input_pipeline import Batches
from makd.training.judge import Judgement, look, measure
from makd.training.lightning_trainer import held_back, open_trainer
from makd.training.loggers import close_loggers
from makd.training.module import StudentModule
from makd.training.optimizers import alpha_factor, build_optimizer, lr_factor
from makd.training.place import ALONE, Place
from makd.training.plan import TrainingPlan
from makd.training.run_dir import RunDirectory
from makd.training.shown import Shown

SAVE_EVERY = 30.0
"""Seconds of training that a kill may lose, besides the epoch it falls into."""


def train_student(
    plan: TrainingPlan,
    model: nn.Module,
    distiller: Distiller | None,
    train: Batches,
    val: Batches,
    progress: Progress,
    place: Place = ALONE,
) -> dict[str, Any]:
    """Train `model`; return `epoch`, `value` and `weights` of the best epoch (in the first process).

    Raises:
        MakdError: the loss is no longer a number, or the student cannot be compiled.
        KeyboardInterrupt: passed on once the state is saved.
    """
    run, settings = RunDirectory(plan.out), plan.settings
    device = pick_device()
    precision = pick_precision(settings.precision, device)
    checkpoints = SparingCheckpointIO(SAVE_EVERY)
    resumed = run.last_file if run.last_file.is_file() else None
    if resumed is None and place.first:
        run.write_metrics([])
    train.place = place
    model = synchronized(model, device, place, progress)
    compiling = plan.execution.compile
    with (
        progress.meter(plan.arm or "training", settings.epochs * len(train.samples)) as meter,
        held_back(),
        compiler_trouble_told() if compiling else nullcontext(),
    ):
        shown = Shown(meter, plan.task.metric, settings.epochs)
        module = _module(plan, model, distiller and distiller.to(device), len(train), shown, place)
        if compiling:
            compile_in_place(model)
        judge = partial(_judge, plan, val, precision, place)
        epoch_end = EpochEnd(run, judge, plan.task.metric, train, checkpoints, shown)
        trainer = open_trainer(plan, epoch_end, checkpoints, precision, place)
        try:
            trainer.fit(module, train, ckpt_path=resumed)
        except NotFiniteError as fault:
            raise leave_faulty_batch(run, train, fault, precision) from fault
        finally:
            close_loggers(trainer.loggers)
    return epoch_end.best


def synchronized(model: nn.Module, device: torch.device, place: Place, progress: Progress) -> nn.Module:
    """Return the model with BatchNorm's statistics those of the whole batch, where torch can: on GPUs."""
    if place.world == 1 or not any(isinstance(layer, _BatchNorm) for layer in model.modules()):
        return model
    if device.type == "cuda":
        shared: nn.Module = convert_sync_batchnorm(model)
        return shared
    progress.say(
        "The student has BatchNorm, whose statistics processes on the CPU do not share: each normalises by "
        f"its own part of a batch, 1 of {place.world}. So this is not quite the run of --devices 1."
    )
    return model


def _judge(
    plan: TrainingPlan, val: Batches, precision: torch.dtype, place: Place, model: nn.Module
) -> Judgement | None:
    """Measure `model` on the validation images, each process on its share of the batches."""
    start = time.perf_counter()
    classes = len(plan.catalog.classes)
    place.share_buffers(model)
    seen = look(plan.task, model, val.dealt(place), classes=classes, precision=precision)
    seen = place.collect(seen)
    return measure(plan.task, seen, classes=classes, start=start) if place.first else None


def _module(
    plan: TrainingPlan,
    model: nn.Module,
    distiller: Distiller | None,
    steps_per_epoch: int,
    shown: Shown,
    place: Place,
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
        place=place,
        distiller=distiller,
        beta=settings.beta,
    )
