from __future__ import annotations

import numpy as np
import pytest

from makd.evaluation.references import STRENGTHS, Answers, Outcome, linear_model, tabulate_reference


def test_figures_of_scores_by_counting():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 8, 90)
    scores = rng.random((90, 8)) + 0.8 * np.eye(8)[labels]
    scores[3] = np.nan
    table = tabulate_reference([Outcome(scores, labels)])
    ranks = (scores > scores[np.arange(90), labels][:, None]).sum(axis=1)
    ranks[3] = 8
    assert table["top1"]["mean"] == pytest.approx((ranks == 0).mean())
    assert table["top5"]["values"] == pytest.approx([(ranks < 5).mean()])
    by_class = [(ranks[labels == c] == 0).mean() for c in range(8)]
    assert table["mean_per_class"]["mean"] == pytest.approx(np.mean(by_class))
    low, high = table["top1"]["ci95"]
    assert low < table["top1"]["mean"] < high


def test_few_classes_have_no_top5():
    assert set(tabulate_reference([Outcome(np.eye(3), np.arange(3))])) == {"top1", "mean_per_class"}


@pytest.fixture
def answers():
    """Four classes told apart by two of six questions; the rest is noise."""
    rng = np.random.default_rng(1)

    def make(n):
        labels = np.arange(n) % 4
        p_yes = rng.random((n, 6))
        p_yes[:, 0] = np.where(labels % 2, 0.95, 0.05)
        p_yes[:, 1] = np.where(labels // 2, 0.95, 0.05)
        return Answers(p_yes, labels)

    return make(40), make(40), make(80)


def test_a_linear_model_finds_what_answers_tell(answers):
    fitted = linear_model(*answers)
    assert tabulate_reference([fitted.outcome])["top1"]["mean"] > 0.9
    assert fitted.strength in STRENGTHS
    assert fitted.seconds > 0


def test_missing_answers_stand_for_the_question_s_mean(answers):
    train, val, test = answers
    test.p_yes[:40] = np.nan
    fitted = linear_model(train, val, test)
    assert np.isfinite(fitted.outcome.scores).all()
    assert len(np.unique(fitted.outcome.scores[:40].argmax(axis=1))) == 1


def test_validation_chooses_the_regularisation(answers):
    """Where validation labels are the opposite of training's, the weakest model of all is the best."""
    train, val, test = answers
    turned = Answers(val.p_yes, (val.labels + 1) % 4)
    assert linear_model(train, turned, test).strength == STRENGTHS[0]
