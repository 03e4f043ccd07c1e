"""makd: multi-aspect knowledge distillation.

Everything is imported when first used, so `import makd` costs nothing. With a training loop of your own:

    model = makd.add_aspect_outputs(timm.create_model("resnet18", num_classes=C), questions=Q)
    loss = makd.MultiAspectLoss(alpha=4)
    loss(model(images), labels, p_yes).backward()
    model = makd.strip_aspect_outputs(model, classes=C)
"""

from __future__ import annotations

from importlib import import_module, metadata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from makd.answers.extract import extract_answers
    from makd.answers.store import AnswerStore
    from makd.distillation.multi_aspect import MultiAspectLoss
    from makd.inference.predictor import load_model
    from makd.pipeline import compare, train
    from makd.questions.bank import QuestionBank
    from makd.students.aspects import add_aspect_outputs, strip_aspect_outputs

__all__ = [
    "AnswerStore",
    "MultiAspectLoss",
    "QuestionBank",
    "add_aspect_outputs",
    "compare",
    "extract_answers",
    "load_model",
    "strip_aspect_outputs",
    "train",
]

_PLACES = {
    "AnswerStore": "makd.answers.store",
    "MultiAspectLoss": "makd.distillation.multi_aspect",
    "QuestionBank": "makd.questions.bank",
    "add_aspect_outputs": "makd.students.aspects",
    "compare": "makd.pipeline",
    "extract_answers": "makd.answers.extract",
    "load_model": "makd.inference.predictor",
    "strip_aspect_outputs": "makd.students.aspects",
    "train": "makd.pipeline",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return metadata.version("makd")
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module 'makd' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__, "__version__"])
