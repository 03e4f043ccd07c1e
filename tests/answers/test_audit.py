from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.metrics import accuracy_score

from makd.answers.audit import Evidence, audit
from makd.errors import MakdError
from makd.questions.bank import QuestionBank

TEXTS = ["Is it red?", "Is it crimson?", "Has it wings?", "Is it there?", "Was it asked?"]
BANK = QuestionBank.from_texts(TEXTS)
N = 40
RNG = np.random.default_rng(0)


@pytest.fixture
def evidence():
    p = RNG.random((N, 5))
    p[:, 1] = p[:, 0] ** 2
    p[:, 3] = 0.99
    p[:, 4] = np.nan
    p[:10, 2] = np.nan
    return Evidence(BANK.questions, p, np.where(np.isnan(p), np.nan, 0.8))


def replaced(evidence, **parts):
    return Evidence(evidence.questions, evidence.p_yes, evidence.mass, **parts)


def test_plain_figures_by_hand(evidence):
    red, _, wings, there, asked = audit(evidence)
    p = evidence.p_yes[:, 0]
    assert (red.id, red.text, red.group) == ("q01", "Is it red?", "other")
    assert red.mean == pytest.approx(p.mean())
    assert red.yes == pytest.approx(np.mean(p > 0.5))
    assert red.near_half == pytest.approx(np.mean((p > 0.4) & (p < 0.6)))
    assert red.entropy == pytest.approx(
        -p.mean() * np.log2(p.mean()) - (1 - p.mean()) * np.log2(1 - p.mean())
    )
    assert red.mass == pytest.approx(0.8)
    assert (red.answered, wings.answered, asked.answered) == (1, 0.75, 0)
    assert wings.mean == pytest.approx(np.nanmean(evidence.p_yes[:, 2]))
    assert (there.yes, there.near_half) == (1, 0)


def test_the_most_redundant_partner(evidence):
    red, crimson, wings, there, asked = audit(evidence)
    assert (red.partner, crimson.partner) == ("q02", "q01")
    expected = np.corrcoef(evidence.p_yes[:, 0], evidence.p_yes[:, 1])[0, 1]
    assert red.partner_correlation == pytest.approx(expected)
    assert wings.partner in {"q01", "q02"}
    assert there.partner == asked.partner == ""


def test_what_is_not_known_is_none_in_json(evidence):
    figures = audit(evidence)[0].plain()
    unknown = {name for name, value in figures.items() if value is None}
    assert unknown == {
        "class_information", "of_class", "within_stable", "within_unstable", "stable", "negation_agreement",
        "negation_majority", "negation_excess", "truth_agreement", "truth_majority", "truth_separation",
        "blank", "same_as_blank", "moved",
    }  # fmt: skip
    json.dumps(figures, allow_nan=False)


def test_negation(evidence):
    negated = np.full((N, 5), np.nan)
    negated[:, 0] = 0.9
    negated[5:, 2] = 1 - evidence.p_yes[5:, 2]
    red, _, wings, *_ = audit(replaced(evidence, negated=negated))
    assert red.negation_agreement == pytest.approx(np.mean(evidence.p_yes[:, 0] < 0.5))
    assert red.negation_excess == pytest.approx(np.mean(evidence.p_yes[:, 0]) + 0.9 - 1)
    assert (wings.negation_agreement, wings.negation_excess) == pytest.approx((1, 0))


def test_truth(evidence):
    truth = (RNG.random((N, 5)) < 0.3).astype(float)
    truth[30:, 2] = np.nan
    red, _, wings, *_ = audit(replaced(evidence, truth=truth))
    assert red.truth_agreement == pytest.approx(accuracy_score(truth[:, 0], evidence.p_yes[:, 0] > 0.5))
    both = slice(10, 30)  # answered and known
    assert wings.truth_agreement == pytest.approx(
        accuracy_score(truth[both, 2], evidence.p_yes[both, 2] > 0.5)
    )
    assert wings.truth_majority == pytest.approx(max(np.mean(truth[both, 2]), 1 - np.mean(truth[both, 2])))


def test_blank(evidence):
    red, _, _, there, _ = audit(replaced(evidence, blank=np.array([0.2, 0.2, 0.2, 0.9, np.nan])))
    assert red.blank == 0.2
    assert red.same_as_blank == pytest.approx(np.mean(evidence.p_yes[:, 0] <= 0.5))
    assert red.moved == pytest.approx(np.abs(evidence.p_yes[:, 0] - 0.2).mean())
    assert (there.same_as_blank, there.moved) == (1, pytest.approx(0.09))


def test_a_view_counts_before_the_negation(evidence):
    labels = np.arange(N) % 4
    twice = audit(replaced(evidence, labels=labels, view=evidence.p_yes, negated=np.full((N, 5), 0.5)))
    assert twice[0].stable == pytest.approx(1)
    assert twice[0].within_unstable == pytest.approx(0)
    assert twice[0].of_class + twice[0].within_stable == pytest.approx(1)
    mirrored = audit(replaced(evidence, labels=labels, negated=1 - evidence.p_yes))
    assert mirrored[0].stable == pytest.approx(1)
    once = audit(replaced(evidence, labels=labels))
    assert np.isnan(once[0].stable)
    assert once[0].of_class + once[0].within_unstable == pytest.approx(1)


def test_a_negation_that_is_not_followed_is_no_second_look(evidence):
    negated = np.where(evidence.p_yes > 0.5, 0.9, 0.8)  # yes to both, however the picture is
    figures = audit(replaced(evidence, labels=np.arange(N) % 4, negated=negated))
    assert figures[0].negation_agreement < 0.8
    assert np.isnan(figures[0].stable)


def test_yes_to_every_negation_is_no_second_look_at_a_rare_thing(evidence):
    rare = Evidence(evidence.questions, evidence.p_yes**4, evidence.mass)
    negated = np.clip(1 - rare.p_yes / 4, 0.6, 1)  # moves with the question, but never says no
    red = audit(replaced(rare, labels=np.arange(N) % 4, negated=negated))[0]
    assert red.negation_agreement == red.negation_majority == np.mean(rare.p_yes[:, 0] <= 0.5) > 0.8
    assert np.isnan(red.stable)


def test_shapes_are_checked(evidence):
    with pytest.raises(MakdError, match=r"blank has the shape \(3,\), expected \(5,\)"):
        replaced(evidence, blank=np.zeros(3))
