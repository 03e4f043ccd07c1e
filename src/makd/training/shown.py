"""What the progress meter shows of a training run."""

from __future__ import annotations

from collections.abc import Mapping

from makd.progress import Meter
from makd.training.faulty_batch import told_parts
from makd.training.judge import Judgement


class Shown:
    """The epoch, the latest loss with its parts, the latest validation metric and the best one.

    Rate and time left are the meter's own: it counts images.

    Args:
        meter: where it is shown.
        metric: which of the metrics of a judgement.
        epochs: of the whole run.
    """

    def __init__(self, meter: Meter, metric: str, epochs: int) -> None:
        self._meter, self._metric, self._epochs = meter, metric, epochs
        self._loss = self._value = ""
        self._best = 0.0

    def settled(self, epoch: int, images: int, parts: Mapping[str, float]) -> None:
        """Count `images` more of `epoch` (from 1); `parts` are those of the latest loss."""
        of_what = told_parts(parts) if len(parts) > 2 else ""
        self._loss = f"epoch {epoch}/{self._epochs}, loss {parts['loss']:.3f}{of_what and f' ({of_what})'}"
        self._meter.advance(images, self._loss + self._value)

    def judged(self, judgement: Judgement) -> None:
        """Show what an epoch is worth on the validation images."""
        value = 100 * judgement.metrics[self._metric]
        self._best = max(self._best, value)
        self._value = f", val {self._metric} {value:.1f}, best {self._best:.1f}"
        self._meter.advance(0, self._loss + self._value)

    def resumed(self, images: int, best: float) -> None:
        """Count what was done before the run was cut off, so that the time left is that of the rest."""
        self._best = 100 * best
        self._meter.advance(images)
