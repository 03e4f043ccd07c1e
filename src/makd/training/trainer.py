"""Lightning's Trainer, as one run needs it."""

from __future__ import annotations

import logging
import signal
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any

import lightning as L
import torch
from lightning.fabric.plugins.environments import ClusterEnvironment, LightningEnvironment
from lightning.pytorch.strategies import DDPStrategy
from timm.layers import convert_sync_batchnorm
from torch import nn

from makd.distillation.distillers import Distiller
from makd.progress import Progress
from makd.training.checkpoints import SparingCheckpointIO
from makd.training.compilation import compile_in_place, compiler_trouble_told
from makd.training.epochs import EpochEnd
from makd.training.faulty_batch import NotFiniteError, leave_faulty_batch
from makd.training.hardware import pick_device, pick_precision
from makd.training.input_pipeline import Batches
from makd.training.judge import Judgement, look, measure
from makd.training.loggers import open_loggers
from makd.training.module import StudentModule
from makd.training.optimizers import alpha_factor, build_optimizer, lr_factor
from makd.training.place import ALONE, Place
from makd.training.plan import TrainingPlan
from makd.training.run_dir import RunDirectory
from makd.training.shown import Shown

SAVE_EVERY = 30.0
"""Seconds of training that a kill may lose, besides the epoch it falls into."""

_LIGHTNING_PRECISION: dict[torch.dtype, Any] = {
    torch.float32: "32-true",
    torch.bfloat16: "bf16-mixed",
    torch.float16: "16-mixed",
}


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
    model = _prepared(model, place, progress)
    with progress.meter(plan.arm or "training", settings.epochs * len(train.samples)) as meter:
        shown = Shown(meter, plan.task.metric, settings.epochs)
        module = _module(plan, model, distiller and distiller.to(device), len(train), shown, place)
        if plan.execution.compile:
            compile_in_place(model)
        judge = partial(_judge, plan, val, precision, place)
        epoch_end = EpochEnd(run, judge, plan.task.metric, train, checkpoints, shown)
        trainer = partial(
            L.Trainer,
            accelerator=device.type,
            devices=place.world,
            strategy=DDPStrategy() if place.world > 1 else "auto",
            precision=_LIGHTNING_PRECISION[precision],
            max_epochs=settings.epochs,
            logger=open_loggers(plan.execution.logger, run) if place.first else False,
            callbacks=[epoch_end],
            plugins=[checkpoints, _environment(place)],
            use_distributed_sampler=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            default_root_dir=run.path,
        )
        compiled = compiler_trouble_told() if plan.execution.compile else nullcontext()
        try:
            with _lightning_held_back(), compiled:
                trainer().fit(module, train, ckpt_path=resumed)
        except NotFiniteError as fault:
            raise leave_faulty_batch(run, train, fault) from fault
    return epoch_end.best


def _prepared(model: nn.Module, place: Place, progress: Progress) -> nn.Module:
    """Return the model with the means of BatchNorm shared, where processes can share them: on GPUs."""
    if place.world == 1 or not any(isinstance(m, nn.modules.batchnorm._BatchNorm) for m in model.modules()):
        return model
    if pick_device().type == "cuda":
        synchronized: nn.Module = convert_sync_batchnorm(model)
        return synchronized
    progress.say(
        f"The student has BatchNorm, and processes on the CPU do not share its means: each normalises by its "
        f"own {place.world}th of a batch, so this run is not quite that of --devices 1."
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


class _Given(ClusterEnvironment):
    """Tells Lightning that the processes are there already, and which of them this is."""

    creates_processes_externally = True
    main_address = "127.0.0.1"
    main_port = 0  # they have met

    def __init__(self, place: Place) -> None:
        self._place = place

    @staticmethod
    def detect() -> bool:
        return False

    def world_size(self) -> int:
        return self._place.world

    def set_world_size(self, size: int) -> None:
        pass

    def global_rank(self) -> int:
        return self._place.rank

    def set_global_rank(self, rank: int) -> None:
        pass

    def local_rank(self) -> int:
        return self._place.rank

    def node_rank(self) -> int:
        return 0


def _environment(place: Place) -> ClusterEnvironment:
    return _Given(place) if place.world > 1 else LightningEnvironment()


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
