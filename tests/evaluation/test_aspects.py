from __future__ import annotations

import numpy as np
import pytest

from makd.evaluation.aspects import HeldOut, judge_aspects
from makd.measures import fidelity

RNG = np.random.default_rng(0)
N, Q = 60, 3


def held_out(*, teacher=True, truth=True):
    facts = RNG.integers(0, 2, (N, Q)).astype(float)
    nothing = np.full((N, Q), np.nan)
    said = np.clip(np.abs(facts - 0.2) + RNG.normal(0, 0.1, (N, Q)), 0.01, 0.99)
    return HeldOut(said if teacher else nothing, facts if truth else nothing, np.full(Q, 0.5))


def test_figures_are_means_over_questions_by_repetition():
    worlds = [held_out(), held_out()]
    students = {"makd": [one.teacher for one in worlds], "random": [RNG.random((N, Q)) for _ in worlds]}
    found = judge_aspects(worlds, students, ("a", "b", "c"))
    assert found["arms"]["makd"]["kl"]["values"] == pytest.approx([0, 0], abs=1e-9)
    assert found["arms"]["makd"]["auroc"]["mean"] == 1
    for name, measure, against in (
        ("kl", fidelity.divergence, "teacher"),
        ("auroc", fidelity.ranking, "teacher"),
        ("truth_accuracy", lambda truth, p: fidelity.agreement(p, truth), "truth"),
    ):
        values = [
            measure(getattr(w, against), p).mean() for w, p in zip(worlds, students["random"], strict=True)
        ]
        assert found["arms"]["random"][name]["values"] == pytest.approx(values)
        assert found["arms"]["random"][name]["mean"] == pytest.approx(np.mean(values))
    assert found["usual"]["auroc"]["mean"] == 0.5
    assert found["teacher"]["truth_accuracy"]["mean"] == 1
    assert len(found["by_question"]["makd"]["truth_auroc"]) == Q


def test_what_is_not_known_is_none():
    found = judge_aspects([held_out(truth=False)], {"makd": [RNG.random((N, Q))]}, ("a", "b", "c"))
    assert found["arms"]["makd"]["truth_auroc"] is None
    assert found["teacher"] is None
    assert found["by_question"]["makd"]["truth_auroc"] == [None] * Q
    found = judge_aspects([held_out(teacher=False)], {"makd": [RNG.random((N, Q))]}, ("a", "b", "c"))
    assert found["arms"]["makd"]["kl"] is None
    assert found["arms"]["makd"]["truth_auroc"] is not None
    assert judge_aspects([held_out(teacher=False, truth=False)], {}, ()) is None
