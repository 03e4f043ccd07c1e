"""Lightning's Trainer, as makd uses it: it drives, and neither speaks nor decides."""

from __future__ import annotations

import logging
import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import lightning as L
import torch
from lightning.fabric.plugins.environments.cluster_environment import ClusterEnvironment
from lightning.fabric.plugins.environments.lightning import LightningEnvironment
from lightning.pytorch.strategies import DDPStrategy

from makd.training.checkpoints import SparingCheckpointIO
from makd.training.epochs import EpochEnd
from makd.training.hardware import pick_device
from makd.training.loggers import open_loggers
from makd.training.place import Place
from makd.training.plan import TrainingPlan

_PRECISION: dict[torch.dtype, Any] = {
    torch.float32: "32-true",
    torch.bfloat16: "bf16-mixed",
    torch.float16: "16-mixed",
}


def open_trainer(
    plan: TrainingPlan,
    epoch_end: EpochEnd,
    checkpoints: SparingCheckpointIO,
    precision: torch.dtype,
    place: Place,
) -> L.Trainer:
    """Return the Trainer of one of the processes that train a plan's student; to be used `held_back`."""
    alone = place.world == 1
    return L.Trainer(
        accelerator=pick_device().type,
        devices=place.world,
        strategy="auto" if alone else DDPStrategy(),
        precision=_PRECISION[precision],
        max_epochs=plan.settings.epochs,
        logger=open_loggers(plan.execution.logger, epoch_end.run) if place.first else False,
        callbacks=[epoch_end],
        plugins=[checkpoints, LightningEnvironment() if alone else _Given(place)],
        use_distributed_sampler=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=epoch_end.run.path,
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


@contextmanager
def held_back() -> Iterator[None]:
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
