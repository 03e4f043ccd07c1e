"""Between epochs: the student is judged on validation, the best kept, a line written, the state saved."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import lightning as L
import torch
from torch import Tensor

from makd.training.checkpoints import SparingCheckpointIO, save
from makd.training.input_pipeline import Batches
from makd.training.judge import Judgement
from makd.training.module import StudentModule
from makd.training.run_dir import RunDirectory
from makd.training.shown import Shown


class EpochEnd(L.Callback):
    """Judges, keeps, writes and saves after each epoch.

    The best epoch is the one with the highest metric on the validation images; of equal ones the later, whose
    learning rate is lower. Its weights stay in memory and go to disk together with the state of the run.

    Args:
        run: where to write.
        judge: measures weights on the validation images; tells nothing in processes beside the first, which
            write nothing either.
        metric: the metric that chooses.
        train: the training images, told of each epoch.
        checkpoints: what saves the state.
        shown: told of each epoch's judgement.
    """

    def __init__(
        self,
        run: RunDirectory,
        judge: Callable[[torch.nn.Module], Judgement | None],
        metric: str,
        train: Batches,
        checkpoints: SparingCheckpointIO,
        shown: Shown,
    ) -> None:
        self.run, self.judge, self.metric, self.train = run, judge, metric, train
        self.checkpoints, self.shown = checkpoints, shown
        self.best: dict[str, Any] = {"epoch": 0, "value": -1.0, "weights": {}}
        self.lines: list[dict[str, Any]] = []
        self._start = self._lr = 0.0

    def on_train_epoch_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Begin the epoch's order and augmentation; note the time and the learning rate."""
        self.train.epoch = trainer.current_epoch
        self._start = time.perf_counter()
        self._lr = max(group["lr"] for group in trainer.optimizers[0].param_groups)

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Judge the epoch."""
        module = _student(pl_module)
        losses = module.finish_epoch()
        seconds = time.perf_counter() - self._start
        judgement = self.judge(module.judged)
        if judgement is not None:
            self._note(trainer, module, losses, seconds, judgement)
        trainer.save_checkpoint(self.run.last_file)

    def _note(
        self,
        trainer: L.Trainer,
        module: StudentModule,
        losses: dict[str, float],
        seconds: float,
        judgement: Judgement,
    ) -> None:
        """Write the epoch's line, and keep its weights if they are the best."""
        epoch = trainer.current_epoch + 1
        line = {
            "epoch": epoch,
            "lr": self._lr,
            **{f"train_{name}": value for name, value in losses.items()},
            "train_seconds": round(seconds, 4),
            "images_per_second": round(len(self.train.samples) / seconds, 1),
            **{f"val_{name}": value for name, value in judgement.metrics.items()},
            **{f"val_{name}_loss": value for name, value in judgement.losses.items()},
        }
        value = judgement.metrics[self.metric]
        if value >= self.best["value"]:
            self.best = {"epoch": epoch, "value": value, "weights": _copy(module.judged.state_dict())}
        self.lines.append(line)
        self.run.append_metrics(line)
        for logger in trainer.loggers:
            logger.log_metrics({name: value for name, value in line.items() if name != "epoch"}, step=epoch)
        self.shown.judged(judgement)

    def on_fit_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Write what is not yet written."""
        self._write()

    def on_exception(
        self, trainer: L.Trainer, pl_module: L.LightningModule, exception: BaseException
    ) -> None:
        """Write the state of the last finished epoch: training goes on from there."""
        self._write()

    def state_dict(self) -> dict[str, Any]:
        """Return what a resumed run has to know."""
        return {"best": self.best, "lines": self.lines}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up a run that was cut off, forgetting the epochs after the saved one."""
        self.best, self.lines = state_dict["best"], list(state_dict["lines"])
        if self.train.place.first:
            self.run.write_metrics(self.lines)
            self.shown.resumed(len(self.lines) * len(self.train.samples), self.best["value"])

    def _write(self) -> None:
        if not self.train.place.first:
            return
        self.checkpoints.flush()
        if self.best["weights"]:
            save(self.best | {"metric": self.metric}, self.run.best_file)


def _student(module: L.LightningModule) -> StudentModule:
    if not isinstance(module, StudentModule):
        raise TypeError(f"EpochEnd goes with StudentModule, not {type(module).__name__}.")
    return module


def _copy(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().to("cpu", copy=True) for name, tensor in weights.items()}
