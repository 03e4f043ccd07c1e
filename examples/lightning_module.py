"""MaKD in a LightningModule: the lines marked `makd` are all that it takes."""

from __future__ import annotations

import lightning as L
import timm
import torch
from torch.utils.data import DataLoader, TensorDataset

import makd
from pictures import CLASSES, QUESTIONS, squares


class Student(L.LightningModule):
    """A timm model that learns labels and the answers of a teacher."""

    def __init__(self, name: str, classes: int, questions: int) -> None:
        super().__init__()
        model = timm.create_model(name, num_classes=classes)
        self.model = makd.add_aspect_outputs(model, questions)  # makd
        self.loss = makd.MultiAspectLoss(alpha=4.0)  # makd
        self.classes = classes

    def training_step(self, batch, batch_idx):
        """Return the loss; log its parts."""
        images, labels, p_yes = batch
        parts = self.loss.parts(self.model(images), labels, p_yes)  # makd
        self.log_dict({f"train_{name}": value for name, value in parts.items()}, prog_bar=True)
        return parts["loss"]

    def validation_step(self, batch, batch_idx):
        """Log the top-1 accuracy: the first outputs alone name a class."""
        images, labels, _ = batch
        named = self.model(images)[:, : self.classes].argmax(dim=1)  # makd
        self.log("top1", (named == labels).float().mean(), prog_bar=True)

    def configure_optimizers(self):
        """Return the optimizer."""
        return torch.optim.AdamW(self.parameters(), lr=3e-3)


def main() -> None:
    """Train a student on made-up pictures and name its accuracy."""
    L.seed_everything(0, verbose=False)
    train = DataLoader(TensorDataset(*squares(240, seed=0)), batch_size=24, shuffle=True)
    val = DataLoader(TensorDataset(*squares(120, seed=1)), batch_size=120)
    student = Student("test_resnet", len(CLASSES), len(QUESTIONS))
    trainer = L.Trainer(
        max_epochs=4, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False
    )
    trainer.fit(student, train, val)
    print(f"top-1 {trainer.callback_metrics['top1']:.3f}")
    plain = makd.strip_aspect_outputs(student.model, classes=len(CLASSES))  # makd: an ordinary timm model
    print(f"outputs {plain.eval()(torch.zeros(1, 3, 32, 32)).shape[1]}")


if __name__ == "__main__":
    main()
