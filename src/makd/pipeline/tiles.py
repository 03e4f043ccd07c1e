"""`--teacher.tiles auto`: decided once on a few training pictures, and taken up again from the store."""

from __future__ import annotations

from pathlib import Path

from makd.config.asking import TeacherSettings
from makd.data.samples import Catalog
from makd.data.spread import spread
from makd.errors import UsageError
from makd.pipeline.opening import open_asked
from makd.progress import Progress
from makd.questions.bank import QuestionBank

PROBED = 32
"""Training pictures on which numbers of tiles are compared."""


def with_chosen_tiles(
    settings: TeacherSettings,
    catalog: Catalog,
    bank: QuestionBank,
    progress: Progress,
    store: Path | None = None,
) -> TeacherSettings:
    """Return the settings with a number in the place of `auto`; all others as they are.

    A store that exists has decided already: its number is taken, and nothing is tried. Else the teacher is
    opened with all its tiles for the trial, and closed again.

    Raises:
        UsageError: the teacher cuts no tiles, or there are no training pictures.
        MakdError: it cannot be opened, or cannot answer.
    """
    if settings.tiles != "auto":
        return settings
    from makd.answers.manifest import FILE_NAME, Manifest
    from makd.teachers.tile_choice import choose_tiles
    from makd.teachers.tiles import tiles_of
    from makd.teachers.transformers_teacher import TransformersTeacher

    if store is not None and (store / FILE_NAME).is_file():
        tiles = tiles_of(Manifest.read(store).teacher.image_settings, store)
        progress.say(f"--teacher.tiles auto: {tiles}, as {store} was begun with.")
        return settings.model_copy(update={"tiles": tiles})
    samples = [sample.without_label() for sample in spread(catalog.of("train"), PROBED)]
    if not samples:
        raise UsageError("--teacher.tiles auto is decided on training pictures, and there are none.")
    teacher = open_asked(settings.model_copy(update={"tiles": None}), progress)
    if not isinstance(teacher, TransformersTeacher):
        raise UsageError(
            f"--teacher.tiles auto: {settings.name} cuts no tiles here; leave --teacher.tiles out."
        )
    trials = choose_tiles(teacher, samples, bank.questions, progress)
    return settings.model_copy(update={"tiles": trials[-1].tiles})
