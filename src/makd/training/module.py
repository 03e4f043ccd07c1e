"""The student as Lightning trains it: one step, its loss, its averaged weights. It names no task."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import lightning as L
import numpy as np
import torch
from timm.utils import ModelEmaV3
from torch import Tensor, nn

from makd.distillation.distillers import Distiller
from makd.students.freeze import hold_still
from makd.task import Batch
from makd.training.faulty_batch import NotFiniteError
from makd.training.judge import batch_to, mean_parts
from makd.training.place import ALONE, Place

SETTLE_EVERY = 0.5
"""Seconds between looks at the loss: each look waits for the device."""


class StudentModule(L.LightningModule):
    """Trains `model` on a task's loss.

    Args:
        loss: the task's, of outputs and batch at an `alpha`: `loss` and its parts.
        model: gives `[B, C+Q]` from `[B, 3, H, W]`.
        optimizer: over the parameters of `model`.
        lr_factor: of the learning rate, given the epochs done as a fraction.
        steps_per_epoch: batches.
        seed: of dropout and the like, together with the epoch.
        alpha: weight of the aspect loss, given the epochs done as a fraction.
        distiller: runs the model beside a vision teacher; None where there is none.
        beta: weight of the distance from the vision teacher.
        ema_decay: of the averaged weights; 0 keeps none. The decay warms up, so that short runs average too.
        on_settled: told now and then: the epoch (from 1), how many images more, the parts of the latest loss.
        place: among the processes that share each batch; only the first looks at losses.
    """

    def __init__(
        self,
        loss: Callable[..., dict[str, Tensor]],
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        lr_factor: Callable[[float], float],
        *,
        steps_per_epoch: int,
        seed: int,
        alpha: Callable[[float], float],
        ema_decay: float,
        on_settled: Callable[[int, int, dict[str, float]], None],
        place: Place = ALONE,
        distiller: Distiller | None = None,
        beta: float = 1.0,
    ) -> None:
        super().__init__()
        self.loss, self.model = loss, model
        self.optimizer, self.lr_factor = optimizer, lr_factor
        self.steps_per_epoch = steps_per_epoch
        self.seed, self.alpha = seed, alpha
        self.on_settled = on_settled
        self.place = place
        self.distiller, self.beta = distiller, beta
        self.average = (
            ModelEmaV3(model, ema_decay, use_warmup=True).requires_grad_(False) if ema_decay else None
        )
        self._parts: list[dict[str, Tensor]] = []
        self._sizes: list[int] = []
        self._settled, self._looked = 0, 0.0

    @property
    def judged(self) -> nn.Module:
        """The weights that count: the averaged ones, if there are any."""
        return self.average.module if self.average is not None else self.model

    def configure_optimizers(self) -> Any:
        """Move the learning rate with each step: to its value at the middle of the step."""
        schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, lambda step: self.lr_factor((step + 0.5) / self.steps_per_epoch)
        )
        return {"optimizer": self.optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def on_train_epoch_start(self) -> None:
        """Begin the epoch's own random stream, whatever was drawn before."""
        stream = np.random.SeedSequence((self.seed, self.current_epoch, self.place.rank))
        torch.manual_seed(int(stream.generate_state(1)[0]))
        self.model.train()
        hold_still(self.model)

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the loss of a batch, times the number of processes: their gradients are averaged."""
        n, part = len(batch.index), self.place.part(len(batch.index))
        distance = None
        if self.distiller is None:
            outputs = self.model(batch.images)
        else:
            outputs, distance = self.distiller(self.model, batch.images, batch.labels[part])
        done = self.current_epoch + (batch_idx + 0.5) / self.steps_per_epoch
        parts = self.loss(self.place.gather(outputs.float(), n), batch, alpha=self.alpha(done))
        if distance is not None:
            distance = self.place.total(distance * (len(outputs) / n))
            parts |= {"loss": parts["loss"] + self.beta * distance, "kd": distance}
        self._parts.append({name: part.detach() for name, part in parts.items()})
        self._sizes.append(n)
        return parts["loss"] * self.place.world

    def on_train_batch_end(self, outputs: Any, batch: Batch, batch_idx: int) -> None:
        """Average the weights; look at the loss now and then."""
        if self.average is not None:
            self.average.update(self.model, step=self.global_step)
        if self.place.first and time.monotonic() - self._looked >= SETTLE_EVERY:
            self.settle()

    def settle(self) -> None:
        """Check the losses of the last steps and tell of them.

        Raises:
            NotFiniteError: a loss is not a finite number.
        """
        losses = torch.stack([part["loss"] for part in self._parts[self._settled :]]).cpu()
        if not losses.isfinite().all():
            step = self._settled + int((~losses.isfinite()).nonzero()[0])
            raise NotFiniteError(self.current_epoch + 1, step + 1, _numbers(self._parts[step]))
        epoch, images = self.current_epoch + 1, sum(self._sizes[self._settled :])
        self.on_settled(epoch, images, _numbers(self._parts[-1]))
        self._settled, self._looked = len(self._parts), time.monotonic()

    def finish_epoch(self) -> dict[str, float]:
        """Return the epoch's mean loss and its parts, and begin a new account."""
        if self.place.first and self._settled < len(self._parts):
            self.settle()
        means = {name: round(float(value), 6) for name, value in mean_parts(self._parts, self._sizes).items()}
        self._parts, self._sizes, self._settled = [], [], 0
        return means

    def transfer_batch_to_device(self, batch: Batch, device: torch.device, dataloader_idx: int) -> Batch:
        """Move a batch."""
        return batch_to(batch, device)


def _numbers(parts: dict[str, Tensor]) -> dict[str, float]:
    return {name: float(part) for name, part in parts.items()}
