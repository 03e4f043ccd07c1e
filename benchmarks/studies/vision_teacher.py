"""Beside a vision teacher: do answers still help a student that imitates a better image model, and it them?

The vision teacher is the same network, trained with four times the pictures of the same species (none of them
judges or chooses): it knows more than the student's labels tell, as a pretrained model would. Its class
logits are imitated (KD, arXiv 1503.02531; DKD, arXiv 2203.08679) with the defaults of `--kd`, alone and
together with the answers. From the root:

    python -m benchmarks.studies.vision_teacher
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.studies.outcome import equivalence
from benchmarks.studies.students import TUNED, Student, Trained, train
from benchmarks.studies.study import Condition, Own, Study, arguments, base, run, tell
from benchmarks.studies.world import World, bank

from makd.storage import write_json

TEACHER_PER_CLASS, TEACHER_EPOCHS = 120, 16
MARGIN = 0.015
METHODS = ("kd", "dkd")


def teacher_of(world: World, work: Path) -> Trained:
    """Return the vision teacher of a draw, trained now unless it is there."""
    catalog = world.with_per_class(TEACHER_PER_CLASS).catalog
    name, seed = f"vision teacher of draw {world.draw}", 1000 + world.draw
    return train([Student(name, catalog, None, seed, {"epochs": TEACHER_EPOCHS})], work, settings=TUNED)[0]


def imitating(world: World, work: Path, method: str) -> Own:
    """Return the settings of a student of the vision teacher."""
    return {"vision_teacher": {"name": str(teacher_of(world, work).run)}, "kd": {"name": method}}


CONDITIONS: dict[str, Condition] = {
    "base": base,
    "makd": bank,
    **dict.fromkeys(METHODS, base),
    **{f"{method} + makd": bank for method in METHODS},
}


def held_against_the_better(values: dict[str, list[float]]) -> dict[str, Any]:
    """Test each method with MaKD against the better of the two alone (by their means)."""
    tests = {}
    for method in METHODS:
        both, better = f"{method} + makd", max((method, "makd"), key=lambda name: sum(values[name]))
        tests[f"{better} ({both})"] = equivalence(values[both], values[better], MARGIN)
    return tests


def main() -> None:
    """Carry the study out."""
    asked = arguments("vision_teacher", __doc__, seeds=5).parse_args()
    both = {f"{method} + makd": method for method in METHODS}
    own = {name: partial(imitating, method=name.partition(" ")[0]) for name in [*METHODS, *both]}
    study = Study("vision_teacher", CONDITIONS, ("base", "makd"), both, own, settings=TUNED)
    result = run(study, asked)
    values = {name: found["values"] for name, found in result["conditions"].items()}
    teachers = [teacher_of(World(seed, asked.work), asked.work) for seed in range(asked.seeds)]
    result["teachers"] = [teacher.value for teacher in teachers]
    result["equivalence"] = held_against_the_better(values)
    write_json(asked.out, result)
    tell(result)


if __name__ == "__main__":
    main()
