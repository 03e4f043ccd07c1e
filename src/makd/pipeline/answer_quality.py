"""Answers read with what is known of their faults: calibrated, shrunken, weighed (off unless asked for)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from makd.config.answers import QualitySettings
from makd.errors import UsageError
from makd.pipeline.looks import columns, negations, second_look
from makd.progress import Progress
from makd.questions.bank import QuestionBank

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from makd.answers.index import Index
    from makd.answers.store import AnswerStore
    from makd.data.samples import Catalog, Sample
    from makd.distillation.quality import Reliability
    from makd.measures.information import Floats
    from makd.training.targets import Targets

_LOOKED_AT = 50
"""Training pictures of each class by which reliability is judged, at the most."""


def offset(
    settings: QualitySettings, index: Index, bank: QuestionBank, catalog: Catalog
) -> NDArray[Any] | None:
    """Return `[Q]` what calibration takes from the log-odds of each question; None without calibration.

    Raises:
        UsageError: what it needs was not asked.
    """
    import numpy as np

    from makd.answers.checks import BLANK
    from makd.distillation.quality import contextual_offset, prior_offset
    from makd.training.probabilities import Probabilities, Reading
    from makd.training.targets import columns_of

    if settings.calibrate == "none":
        return None
    places = columns_of(index, bank)
    if settings.calibrate == "contextual":
        (row,) = index.keys.find([BLANK])
        if row < 0 or not np.isfinite(index.log_odds[row][places]).any():
            raise UsageError(
                "--answers.calibrate contextual: the store has no answers about a blank picture. Ask about "
                "it: `makd answers extract … --blank` (a class table sees no pictures)."
            )
        return contextual_offset(index.log_odds[row][places])
    rows = index.keys.find([sample.key for sample in catalog.of("train")])
    p_yes = Probabilities(index.log_odds, places, Reading(settings.temperature))[rows[rows >= 0]]
    return prior_offset(p_yes.astype(np.float64), settings.temperature)


def trusted(
    targets: Targets,
    settings: QualitySettings,
    store: AnswerStore,
    bank: QuestionBank,
    catalog: Catalog,
    progress: Progress,
) -> Targets:
    """Return answers shrunken and weighed by how far a second look finds them again.

    Only answers about training images are shrunken, towards the means of the training images' classes.

    Raises:
        UsageError: there is no second look.
    """
    import numpy as np

    from makd.distillation.quality import class_means

    training = [sample for sample in catalog.of("train") if sample.label is not None]
    rows = targets.find([sample.key for sample in training])
    answered = [sample for sample, row in zip(training, rows, strict=True) if row >= 0]
    if not answered:
        raise UsageError(f"{store.path} holds no answers about labelled training images.")
    reliability = _reliability(answered, settings, store, bank, catalog.source, progress)
    if settings.weights == "reliability":
        targets = replace(targets, weights=reliability.weights())
    if isinstance(settings.shrink, float) and settings.shrink:
        rows = rows[rows >= 0]
        classes = np.full(len(targets.keys), -1, dtype=np.int64)
        classes[rows] = [-1 if sample.label is None else sample.label for sample in answered]
        means = class_means(targets.take(rows), classes[rows])
        targets = targets.shrunken(classes, means, reliability.kept(settings.shrink))
    return targets


def _reliability(
    answered: list[Sample],
    settings: QualitySettings,
    store: AnswerStore,
    bank: QuestionBank,
    source: str,
    progress: Progress,
) -> Reliability:
    import numpy as np

    from makd.data.spread import of_each_class
    from makd.distillation.quality import Reliability

    probe = of_each_class(answered, _LOOKED_AT)
    keys = [sample.key for sample in probe]
    p_yes = columns(store, keys, bank.hashes, source)
    again = second_look(settings.view, keys, bank, source)
    name = "the second look"
    if again is None and p_yes is not None:
        again, name = _by_negations(store, keys, bank, source, p_yes), "the negations"
    if again is None or p_yes is None:
        raise UsageError(
            "--answers.shrink and --answers.weights need a second look at the pictures: name another store "
            "of the same questions by --answers.view, or ask the negations too "
            "(`makd answers extract … --negations`)."
        )
    found = Reliability.of(p_yes, np.array([sample.label for sample in probe], dtype=np.int64), again)
    known = np.isfinite(found.within)
    if not known.any():
        raise UsageError(
            "--answers.shrink and --answers.weights: no answer varies within classes, or none was looked at "
            "again; there is nothing to judge reliability by."
        )
    progress.say(
        f"Of what varies within classes, {name} find{'s' * (settings.view is not None)} "
        f"{np.median(found.within[known]):.0%} again (the median of {known.sum()} questions; not known for "
        f"{(~known).sum()})."
    )
    return found


def _by_negations(
    store: AnswerStore, keys: list[str], bank: QuestionBank, source: str, p_yes: Floats
) -> Floats | None:
    """Return what the negations say of their questions; None without any.

    Raises:
        UsageError: the teacher does not follow negations.
    """
    from makd.measures.negations import as_second_look, compare_negations

    negated = negations(store, keys, bank, source)
    if negated is None:
        return None
    judged = compare_negations(p_yes, negated)
    if judged.followed is False:
        raise UsageError(
            f"{store.path}: the teacher does not follow negations (most are at odds with their questions). "
            "They are no second look. Name another store of the same questions by --answers.view."
        )
    return as_second_look(negated, judged)
