"""Aspects on held-out images: how near students come to the teacher there, and to the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from makd.evaluation.statistics import estimate
from makd.measures.fidelity import agreement, divergence, ranking
from makd.measures.information import Floats, separation


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What is known of the test images of one repetition, apart from students.

    Attributes:
        teacher: `[N, Q]` P(yes), NaN where it was not asked.
        truth: `[N, Q]` 1, 0 or NaN where it is not known.
        usual: `[Q]` the teacher's mean P(yes) about the training images: what a student without eyes may say.
    """

    teacher: Floats
    truth: Floats
    usual: Floats


def judge_aspects(
    held_out: Sequence[HeldOut], students: Mapping[str, Sequence[Floats]], ids: Sequence[str]
) -> dict[str, Any] | None:
    """Return fidelity to the teacher and correctness of each arm's aspect outputs.

    Args:
        held_out: of each repetition.
        students: P(yes) `[N, Q]` of each arm's student, by repetition.
        ids: of the questions.

    Returns:
        `images`; `answered` and `known`, the shares of answers that teacher and truth have; for each arm the
        means over questions of `kl` (nats), `auroc`, `truth_accuracy` and `truth_auroc`, each with its
        `values` over repetitions and their `mean`; `usual` and `teacher`, the same for the training mean and
        the teacher's own answers; `by_question`, `auroc` and `truth_auroc` of each arm. What cannot be
        measured is None; all of it, where there is neither teacher nor truth.
    """
    answered = float(np.mean([np.isfinite(one.teacher).mean() for one in held_out]))
    known = float(np.mean([np.isfinite(one.truth).mean() for one in held_out]))
    if not answered and not known:
        return None
    usual = [np.broadcast_to(one.usual, one.teacher.shape) for one in held_out]
    return {
        "images": len(held_out[0].teacher),
        "answered": answered,
        "known": known,
        "arms": {arm: _figures(held_out, p_yes) for arm, p_yes in students.items()},
        "usual": _figures(held_out, usual),
        "teacher": _figures(held_out, [one.teacher for one in held_out]) if known and answered else None,
        "questions": list(ids),
        "by_question": {
            arm: {
                "auroc": _listed(
                    np.mean([ranking(o.teacher, p) for o, p in zip(held_out, of_arm, strict=True)], 0)
                ),
                "truth_auroc": _listed(
                    np.mean([separation(p, o.truth) for o, p in zip(held_out, of_arm, strict=True)], 0)
                ),
            }
            for arm, of_arm in students.items()
        },
    }


def _figures(held_out: Sequence[HeldOut], p_yes: Sequence[Floats]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, measured in {
        "kl": [divergence(one.teacher, p) for one, p in zip(held_out, p_yes, strict=True)],
        "auroc": [ranking(one.teacher, p) for one, p in zip(held_out, p_yes, strict=True)],
        "truth_accuracy": [agreement(p, one.truth) for one, p in zip(held_out, p_yes, strict=True)],
        "truth_auroc": [separation(p, one.truth) for one, p in zip(held_out, p_yes, strict=True)],
    }.items():
        if all(np.isfinite(of_questions).any() for of_questions in measured):
            values = [float(np.nanmean(of_questions)) for of_questions in measured]
            found[name] = {"values": values, "mean": estimate(values).mean}
        else:
            found[name] = None
    return found


def _listed(values: Floats) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]
