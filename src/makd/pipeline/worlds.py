"""What the repetitions of a comparison train on: one and the same data, or other splits or draws of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from makd.config.answers import AnswersSettings
from makd.config.comparison import ComparisonSettings
from makd.config.data import DataSettings
from makd.data.samples import Catalog, Sample
from makd.data.spread import share_of_each_class
from makd.errors import UsageError
from makd.pipeline.answered import Answered
from makd.pipeline.catalog import open_catalog
from makd.progress import Progress

if TYPE_CHECKING:
    from makd.evaluation.repetitions import Repetition
    from makd.training.targets import Targets


class World(NamedTuple):
    """What a repetition trains on.

    Attributes:
        catalog: the pictures with their splits.
        answered: a teacher's answers about them; None without answers.
    """

    catalog: Catalog
    answered: Answered | None


def open_catalogs(settings: ComparisonSettings, data: DataSettings, progress: Progress) -> list[Catalog]:
    """Return the pictures of each repetition: the i-th has the i-th split seed or draw after the first.

    Raises:
        UsageError: the data cannot be read, or have nothing to vary.
    """
    if settings.vary == "none":
        return [open_catalog(data, progress)] * settings.seeds
    if settings.vision_teacher is not None:
        raise UsageError(
            f"--vary {settings.vary}: the vision teacher has seen pictures that other runs are judged by. "
            "Leave one of the two out."
        )
    if settings.vary == "draw" and data.name != "fieldguide":
        raise UsageError(f"--vary draw: only fieldguide has draws of species, {data.name!r} has none.")
    field = "draw" if settings.vary == "draw" else "split_seed"
    first = getattr(data, field)
    catalogs = [
        open_catalog(data.model_copy(update={field: first + i}), progress) for i in range(settings.seeds)
    ]
    if settings.vary == "split" and len(catalogs) > 1 and catalogs[0].samples == catalogs[1].samples:
        raise UsageError(
            f"--vary split: {data.name} brings its own splits, so there is nothing to vary. Leave it out, or "
            "give the pictures undivided."
        )
    return catalogs


def each(catalogs: Sequence[Catalog], change: Callable[[Catalog], Catalog]) -> list[Catalog]:
    """Return the catalogs changed, each distinct one once."""
    changed = {id(catalog): change(catalog) for catalog in {id(one): one for one in catalogs}.values()}
    return [changed[id(catalog)] for catalog in catalogs]


def with_answers(catalogs: Sequence[Catalog], read: Callable[[Catalog], Answered] | None) -> list[World]:
    """Return the worlds of these catalogs; each distinct one is read once."""
    worlds: list[World] = []
    for catalog in catalogs:
        if worlds and worlds[-1].catalog is catalog:
            worlds.append(worlds[-1])
        else:
            worlds.append(World(catalog, read(catalog) if read else None))
    return worlds


def repetitions(
    worlds: Sequence[World],
    readings: Mapping[str, AnswersSettings],
    *,
    seed: int,
    share: float = 1.0,
) -> list[Repetition]:
    """Return the repetitions of a comparison, or of one with a share of the training images.

    The share is drawn class by class by the repetition's seed, so that all arms have the same images and a
    larger share holds the smaller. Readings learn nothing from the images left out.

    Args:
        worlds: one a repetition.
        readings: how each arm reads the answers, by its name.
        seed: of the first repetition.
        share: of the training images, above 0, at most 1.
    """
    from makd.evaluation.repetitions import Repetition

    found = []
    kept: dict[tuple[int, str], Targets] = {}
    for i, (whole, answered) in enumerate(worlds):
        catalog = thinned(whole, share, seed + i)
        answers: dict[str, Targets | None] = {}
        for arm, reading in readings.items():
            answers[arm] = answered and _read(answered, reading, catalog, whole, kept)
        found.append(Repetition(seed + i, catalog, answers))
    return found


def thinned(catalog: Catalog, share: float, seed: int) -> Catalog:
    """Return the catalog with a share of each class's labelled training images; the rest is left out."""
    if share == 1:
        return catalog
    labelled = [sample for sample in catalog.of("train") if sample.label is not None]
    left_out = {*map(_identity, labelled)} - {*map(_identity, share_of_each_class(labelled, share, seed))}
    return replace(
        catalog, samples=tuple(sample for sample in catalog.samples if _identity(sample) not in left_out)
    )


def _identity(sample: Sample) -> tuple[str, str | None]:
    return sample.key, sample.instance


def _read(
    answered: Answered,
    reading: AnswersSettings,
    catalog: Catalog,
    whole: Catalog,
    kept: dict[tuple[int, str], Targets],
) -> Targets:
    """Read answers, each way of reading once where it does not depend on which images train."""
    if reading.learns and catalog is not whole:
        return answered.read(reading, catalog)
    place = id(answered), reading.model_dump_json()
    if place not in kept:
        kept[place] = answered.targets if reading == answered.settings else answered.read(reading)
    return kept[place]
