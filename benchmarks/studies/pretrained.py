"""Fine-tuning: pretrained on 60 classes of Caltech-101, the other 41 learnt with a class table or a teacher.

No multimodal LLM: `signature` learns the packaged table, P(yes) of 50 questions for each class, and
`exchanged` the same with the rows of classes exchanged. `kd` imitates a `resnet18` that was pretrained on the
same 60 classes and fine-tuned on the same pictures. Of the 60 classes all pictures but five train; of the 41,
25 train, 5 validate and the rest test. The mean of the classes' accuracies decides; seeds differ in the
fine-tuning alone. From the root:

    python -m benchmarks.studies.pretrained --data PATH/TO/caltech101
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from benchmarks.studies.caltech import STUDENT, Photographs, exchanged, first, photographs
from benchmarks.studies.students import SETTINGS, Student, Trained, train
from benchmarks.studies.study import Condition, Own, Study, arguments, base, run, tell

from makd.data.samples import Catalog, Sample, Split
from makd.storage import write_json

PRETRAINED, VALIDATED = 60, 5
METRIC = "mean_per_class"
SMALL: Own = {"model": SETTINGS.model.model_dump()}
LARGER: Own = {"model": {"name": "resnet18"}}
FINE_TUNING: Own = {"optimizer": {"lr": 0.001}}


@dataclass(frozen=True)
class Parted:
    """Caltech-101 in two: classes to begin with and classes to learn.

    Attributes:
        data: folder of the class folders.
        work: folder of the studies.
    """

    data: Path
    work: Path

    @cached_property
    def begun(self) -> Catalog:
        """The 60 classes, drawn once: five pictures of each choose the epoch, the others train."""
        whole = photographs(self.data)[0]
        met: Counter[int | None] = Counter()
        samples = []
        for sample in whole.samples:
            met[sample.label] += 1
            split: Split = "val" if met[sample.label] <= VALIDATED else "train"
            samples.append(replace(sample, split=split))
        held = [
            replace(sample, key=f"judged/{sample.key}", split="test")
            for sample in samples
            if sample.split == "val"
        ]
        return _of_classes(replace(whole, samples=(*samples, *held)), self._order[:PRETRAINED])

    def learnt(self, seed: int) -> Photographs:
        """Return the other 41 classes and the table's answers about them."""
        whole, answers = photographs(self.data)
        catalog = _of_classes(whole, self._order[PRETRAINED:])
        keys = tuple(sample.key for sample in catalog.of("train"))
        rows = answers.find(keys)
        return Photographs(seed, catalog, replace(answers, keys=keys, p_yes=answers.p_yes[:][rows]))

    def pretrained(self, model: Own) -> Trained:
        """Return the run that a model begins with."""
        name = f"pretraining {model['model']['name']}"
        return self._train(Student(name, self.begun, None, 0, model))

    def fine_tuning(self, model: Own) -> Own:
        """Return the settings with which a model goes on."""
        weights = self.pretrained(model).run / "model.safetensors"
        return {"model": {**model["model"], "weights": weights}, **FINE_TUNING}

    def imitating(self, scene: Photographs, work: Path) -> Own:
        """Return the settings of a student of the larger network, itself pretrained and fine-tuned."""
        larger = Student("larger network", scene.catalog, None, 1000, self.fine_tuning(LARGER))
        teacher = self._train(larger)
        return {**self.fine_tuning(SMALL), "vision_teacher": {"name": str(teacher.run)}}

    @property
    def _order(self) -> list[int]:
        classes = len(photographs(self.data)[0].classes)
        return [int(label) for label in np.random.default_rng(0).permutation(classes)]

    def _train(self, student: Student) -> Trained:
        return train([student], self.work, settings=STUDENT, metric=METRIC)[0]


def _of_classes(catalog: Catalog, labels: list[int]) -> Catalog:
    """Return what there is of some classes, numbered anew."""
    new = {old: place for place, old in enumerate(sorted(labels))}

    def renumbered(sample: Sample) -> Sample:
        return replace(sample, label=new[sample.label or 0])

    samples = tuple(renumbered(sample) for sample in catalog.samples if sample.label in new)
    return replace(catalog, classes=tuple(catalog.classes[old] for old in new), samples=samples)


CONDITIONS: dict[str, Condition] = {
    "from scratch": base,
    "base": base,
    "signature": partial(first, count=50),
    "signature, alpha 50": partial(first, count=50),
    "exchanged": exchanged,
    "kd": base,
    "kd + signature": partial(first, count=50),
}


def main() -> None:
    """Carry the study out."""
    parser = arguments("pretrained", __doc__, seeds=5)
    parser.add_argument("--data", type=Path, required=True, help="folder of the 101 class folders")
    asked = parser.parse_args()
    parted = Parted(asked.data, asked.work)
    own: dict[str, Own | Callable[[Photographs, Path], Own]] = {
        name: parted.fine_tuning(SMALL) for name in ("base", "signature", "exchanged")
    }
    own["signature, alpha 50"] = {**parted.fine_tuning(SMALL), "alpha": 50.0}
    own |= dict.fromkeys(("kd", "kd + signature"), parted.imitating)

    def scene(seed: int, work: Path) -> Photographs:
        return parted.learnt(seed)

    study = Study(
        "pretrained", CONDITIONS, ("base",), {"kd + signature": "kd"}, own, {}, scene, STUDENT, METRIC
    )
    result = run(study, asked)
    write_json(asked.out, result)
    tell(result)


if __name__ == "__main__":
    main()
