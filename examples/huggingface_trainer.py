"""MaKD with the Trainer of Hugging Face: the lines marked `makd` are all that it takes.

The student is a timm model as transformers holds one, so it is saved and loaded like any model of the hub.
Needs `pip install accelerate`, as the Trainer does.
"""

from __future__ import annotations

import tempfile

import torch
from torch.utils.data import Dataset
from transformers import TimmWrapperConfig, TimmWrapperForImageClassification, Trainer, TrainingArguments

import makd
from pictures import CLASSES, QUESTIONS, squares


class Answered(Dataset):
    """Pictures with their labels and the teacher's answers."""

    def __init__(self, number: int, seed: int) -> None:
        self.images, self.labels, self.p_yes = squares(number, seed)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, i):
        return {"pixel_values": self.images[i], "labels": self.labels[i], "p_yes": self.p_yes[i]}


class AspectTrainer(Trainer):
    """A Trainer whose loss is the multi-aspect loss."""

    def compute_loss(self, model, inputs, return_outputs=False, **_):
        """Return the loss of a batch."""
        labels, p_yes = inputs.pop("labels"), inputs.pop("p_yes")  # makd
        outputs = model(**inputs)
        loss = makd.MultiAspectLoss(alpha=4.0)(outputs.logits, labels, p_yes)  # makd
        return (loss, outputs) if return_outputs else loss


def top1(prediction) -> dict[str, float]:
    """Return the accuracy: the first outputs alone name a class."""
    named = prediction.predictions[:, : len(CLASSES)].argmax(axis=1)  # makd
    labels = prediction.label_ids
    return {"top1": float((named == labels).mean())}


def main() -> None:
    """Train a student on made-up pictures, name its accuracy, save and load it."""
    torch.manual_seed(0)
    names = dict(enumerate(CLASSES))
    model = TimmWrapperForImageClassification(TimmWrapperConfig(architecture="test_resnet", id2label=names))
    model.timm_model = makd.add_aspect_outputs(model.timm_model, questions=len(QUESTIONS))  # makd
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            folder,
            num_train_epochs=4,
            per_device_train_batch_size=24,
            learning_rate=3e-3,
            use_cpu=True,
            remove_unused_columns=False,
            report_to="none",
            save_strategy="no",
            disable_tqdm=True,
            logging_strategy="no",
        )
        trainer = AspectTrainer(
            model,
            arguments,
            train_dataset=Answered(240, 0),
            eval_dataset=Answered(120, 1),
            compute_metrics=top1,
        )
        trainer.train()
        print(f"top-1 {trainer.evaluate()['eval_top1']:.3f}")
        model.timm_model = makd.strip_aspect_outputs(model.timm_model, classes=len(CLASSES))  # makd
        model.save_pretrained(folder)
        again = TimmWrapperForImageClassification.from_pretrained(folder)
        print(f"outputs {again(torch.zeros(1, 3, 32, 32)).logits.shape[1]}")


if __name__ == "__main__":
    main()
