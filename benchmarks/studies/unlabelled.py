"""Pictures without labels: are they worth asking about?

5, 10 or 20 labelled pictures of each species, alone or beside 100 without labels, of which students learn
either the answers (`--unlabeled`) or the labels that a first student gives (the arm `pseudo`): all of them,
or those of which it is sure to 50 or 80 %. Without them training lasts as many epochs as see 17,280 pictures,
with them as many as see all pictures eight times, which are some more. From the root:

    python -m benchmarks.studies.unlabelled
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.studies.students import SETTINGS, TUNED, lasting
from benchmarks.studies.study import Own, Study, main
from benchmarks.studies.world import World, bank

from makd.data.samples import Catalog, Sample
from makd.data.unlabelled import PREFIX
from makd.training.targets import Targets

LABELLED, UNLABELLED = (5, 10, 20), 100
THRESHOLDS = (0.0, 0.5, 0.8)
BESIDE_EPOCHS = 8
SEEN = SETTINGS.epochs * 30
"""Pictures of each species that pass by in a run of the other studies."""


@dataclass(frozen=True, slots=True)
class Setup:
    """A condition.

    Attributes:
        labelled: pictures of each species with a label.
        unlabelled: pictures of each species without.
        arm: what is learnt besides the labels: `base` nothing, `makd` answers, `pseudo` pseudo-labels.
        threshold: how sure the first student has to be of a pseudo-label.
    """

    labelled: int
    unlabelled: int
    arm: str
    threshold: float | None = None

    @property
    def name(self) -> str:
        """How tables call it."""
        beside = f" + {self.unlabelled}" if self.unlabelled else ""
        sure = f" from {self.threshold:.0%} on".replace("%", " %") if self.threshold else ""
        return f"{self.labelled} labelled{beside}, {self.arm}{sure}"

    @property
    def own(self) -> Own:
        """Settings over those of the other studies."""
        epochs = BESIDE_EPOCHS if self.unlabelled else SEEN // self.labelled
        pseudo = {} if self.threshold is None else {"pseudo_threshold": self.threshold}
        return {**lasting(epochs), **pseudo}

    def parted(self, world: World) -> tuple[Sample, ...]:
        """Return the training pictures: the first of each species with, its last without a label."""
        met: Counter[str | None] = Counter()
        kept = []
        for sample in world.train:
            number = met[sample.class_name]
            met[sample.class_name] += 1
            if number < self.labelled:
                kept.append(sample)
            elif number >= world.per_class - self.unlabelled:
                kept.append(replace(sample, key=PREFIX + sample.key, label=None, class_name=None))
        return tuple(kept)

    def pictures(self, world: World) -> Catalog:
        """Return the pictures with their splits."""
        others = [sample for sample in world.catalog.samples if sample.split != "train"]
        return replace(world.catalog, samples=(*self.parted(world), *others))

    def learns(self, world: World) -> Targets | None:
        """Return the answers about the training pictures."""
        if self.arm != "makd":
            return None
        answers, keys = bank(world), tuple(sample.key for sample in self.parted(world))
        rows = answers.find([key.removeprefix(PREFIX) for key in keys])
        return replace(answers, keys=keys, p_yes=answers.p_yes[:][rows])


SETUPS = [
    setup
    for labelled in LABELLED
    for setup in (
        Setup(labelled, 0, "base"),
        Setup(labelled, 0, "makd"),
        *(Setup(labelled, UNLABELLED, "pseudo", threshold) for threshold in THRESHOLDS),
        Setup(labelled, UNLABELLED, "makd"),
    )
]


def scene(seed: int, work: Path) -> World:
    """Return the draw of a seed with pictures enough for both kinds."""
    return World(seed, work, per_class=max(LABELLED) + UNLABELLED)


def study() -> Study:
    """Return the study."""
    peers = {setup.name: Setup(setup.labelled, 0, "base").name for setup in SETUPS if setup.arm != "base"}
    return Study(
        "unlabelled",
        {setup.name: setup.learns for setup in SETUPS},
        references=(),
        peers=peers,
        own={setup.name: setup.own for setup in SETUPS},
        pictures={setup.name: setup.pictures for setup in SETUPS},
        scene=scene,
        settings=TUNED,
    )


if __name__ == "__main__":
    main(study(), __doc__)
