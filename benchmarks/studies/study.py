"""What most studies are: named conditions, each trained once a seed, seed s on draw s."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from benchmarks.studies.outcome import summarise
from benchmarks.studies.students import SETTINGS, Student, Trained, train
from benchmarks.studies.world import World

from makd.config.training import TrainingSettings
from makd.data.samples import Catalog
from makd.storage import cache_dir, write_json
from makd.training.targets import Targets

RESULTS = Path(__file__).parents[1] / "results" / "studies"

Condition = Callable[[Any], Targets | None]
"""What a student learns of the teacher in a scene (mostly a `World`); None for labels alone."""

Own = Mapping[str, Any]
"""Settings over those of the study, nested: `{"optimizer": {"lr": 0.001}}`."""


class Scene(Protocol):
    """Where the students of a seed are trained."""

    @property
    def catalog(self) -> Catalog:
        """Pictures with their splits."""


def base(scene: Scene) -> None:
    """Learn labels alone."""


@dataclass(frozen=True, slots=True)
class Study:
    """Conditions to be compared.

    Attributes:
        name: of the study, its module and its file.
        conditions: by name.
        references: the conditions that all others are held against.
        peers: by condition the one of its kind that it is held against besides.
        own: settings that a condition has of its own, nested: as they are, or made for a scene and a folder.
        pictures: of the conditions that have others than the scene's.
        scene: opens that of a seed, given the folder of the studies.
        settings: of the student.
        metric: that decides.
    """

    name: str
    conditions: Mapping[str, Condition]
    references: Sequence[str]
    peers: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, Own | Callable[[Any, Path], Own]] = field(default_factory=dict)
    pictures: Mapping[str, Callable[[Any], Catalog]] = field(default_factory=dict)
    scene: Callable[[int, Path], Scene] = World
    settings: TrainingSettings = SETTINGS
    metric: str = "top1"


def arguments(name: str, about: str | None, seeds: int) -> argparse.ArgumentParser:
    """Return the options that all studies have."""
    parser = argparse.ArgumentParser(description=(about or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=seeds, help="seed s is trained on draw s")
    parser.add_argument("--jobs", type=int, default=2, help="runs side by side")
    parser.add_argument(
        "--work", type=Path, default=cache_dir() / "studies", help="folder of runs and answers"
    )
    parser.add_argument(
        "--out", type=Path, default=RESULTS / f"{name}.json", help="JSON file for the figures"
    )
    return parser


def run(study: Study, asked: argparse.Namespace) -> dict[str, Any]:
    """Train every condition once a seed, all of the first seed first; return the figures."""
    students: list[Student] = []
    for seed in range(asked.seeds):
        scene = study.scene(seed, asked.work)
        students += [_student(study, name, scene, seed, asked.work) for name in study.conditions]
    trained = train(students, asked.work, settings=study.settings, metric=study.metric, jobs=asked.jobs)
    names = [*study.conditions]
    values = {name: [each.value for each in trained[i :: len(names)]] for i, name in enumerate(names)}
    return {**header(study, asked, trained), **summarise(values, study.references, study.peers)}


def _student(study: Study, name: str, scene: Scene, seed: int, work: Path) -> Student:
    own = study.own.get(name, {})
    return Student(
        f"{study.name}: {name}, seed {seed}",
        study.pictures[name](scene) if name in study.pictures else scene.catalog,
        study.conditions[name](scene),
        seed,
        own(scene, work) if callable(own) else own,
    )


def header(study: Study, asked: argparse.Namespace, trained: Sequence[Trained]) -> dict[str, Any]:
    """Return what every study says of itself."""
    data = f" --data PATH/TO/{asked.data.name}" if "data" in asked else ""
    return {
        "study": study.name,
        "command": f"python -m benchmarks.studies.{study.name}{data} --seeds {asked.seeds}",
        "metric": study.metric,
        "references": list(study.references),
        "seeds": asked.seeds,
        "runs": len(trained),
        "training_seconds": round(sum(each.seconds for each in trained)),
        "settings": study.settings.model_dump(mode="json", exclude={"seed"}),
    }


def main(study: Study, about: str | None, seeds: int = 5) -> None:
    """Carry out a study, or some of its conditions, from the command line and print its figures."""
    parser = arguments(study.name, about, seeds)
    parser.add_argument(
        "--only", nargs="+", choices=study.conditions, metavar="NAME", help="these conditions"
    )
    asked = parser.parse_args()
    result = run(narrowed(study, asked.only) if asked.only else study, asked)
    if asked.only:
        result["command"] += " --only " + " ".join(f'"{name}"' for name in asked.only)
    write_json(asked.out, result)
    tell(result)


def narrowed(study: Study, names: Sequence[str]) -> Study:
    """Return the study of some conditions; references and peers stay with them."""
    wanted = {*names, *study.references, *(study.peers[name] for name in names if name in study.peers)}
    conditions = {name: how for name, how in study.conditions.items() if name in wanted}
    peers = {name: peer for name, peer in study.peers.items() if name in names}
    return replace(study, conditions=conditions, peers=peers)


def tell(result: Mapping[str, Any]) -> None:
    """Print the means and the differences."""
    for name, found in result["conditions"].items():
        print(f"{name:<32} {100 * found['mean']:5.1f}")
    for pair in result["differences"]:
        low, high = (100 * bound for bound in pair["ci95"] or (float("nan"),) * 2)
        print(f"{pair['a']} - {pair['b']}: {100 * pair['difference']:+.1f} [{low:+.1f}, {high:+.1f}]")
