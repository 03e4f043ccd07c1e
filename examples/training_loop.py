"""MaKD in a training loop in the style of timm: the lines marked `makd` are all that it takes."""

from __future__ import annotations

import timm
import timm.optim
import torch
from torch.utils.data import DataLoader, TensorDataset

import makd
from pictures import CLASSES, QUESTIONS, squares


def train_one_epoch(model, loader, optimizer, loss_fn) -> float:
    """Train one epoch; return the last loss."""
    model.train()
    for images, labels, p_yes in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels, p_yes)  # makd
        loss.backward()
        optimizer.step()
    return loss.item()


@torch.inference_mode()
def validate(model, images, labels) -> float:
    """Return the top-1 accuracy."""
    return (model.eval()(images).argmax(dim=1) == labels).float().mean().item()


def main() -> None:
    """Train a student on made-up pictures and name its accuracy."""
    torch.manual_seed(0)
    loader = DataLoader(TensorDataset(*squares(240, seed=0)), batch_size=24, shuffle=True)
    model = timm.create_model("test_resnet", num_classes=len(CLASSES))
    model = makd.add_aspect_outputs(model, questions=len(QUESTIONS))  # makd
    loss_fn = makd.MultiAspectLoss(alpha=4.0, label_smoothing=0.1)  # makd
    optimizer = timm.optim.create_optimizer_v2(model, opt="adamw", lr=3e-3)
    for epoch in range(4):
        print(f"epoch {epoch + 1}: loss {train_one_epoch(model, loader, optimizer, loss_fn):.3f}")
    student = makd.strip_aspect_outputs(model, classes=len(CLASSES))  # makd: an ordinary timm model again
    images, labels, _ = squares(120, seed=1)
    print(f"top-1 {validate(student, images, labels):.3f}")


if __name__ == "__main__":
    main()
