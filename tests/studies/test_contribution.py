import numpy as np
import pytest
from benchmarks.studies.contribution import SIZE, subsets
from benchmarks.studies.regression import foretold, regress


@pytest.fixture
def design():
    taken = np.vstack([subsets(draw) for draw in range(5)])
    return taken, np.repeat(np.arange(5), len(taken) // 5)


def test_subsets_are_of_one_size_and_pairs_have_nothing_in_common(design):
    taken, _ = design
    assert taken.shape == (60, 37)
    assert (taken.sum(1) == SIZE).all()
    assert not (taken[0::2] & taken[1::2]).any()


def test_the_regression_finds_what_questions_bring_over_the_average_one(design):
    taken, draws = design
    rng = np.random.default_rng(0)
    brings = rng.normal(0, 0.01, 37)
    found = regress(taken, taken @ brings + 0.1 * draws, draws)
    np.testing.assert_allclose(found.coefficients, brings - brings.mean(), atol=1e-12)
    assert found.r_squared == pytest.approx(1)


def test_standard_errors_are_those_of_repeated_experiments(design):
    taken, draws = design
    rng = np.random.default_rng(0)
    repeats = [regress(taken, rng.normal(0, 0.01, 60), draws) for _ in range(400)]
    spread = np.std([each.coefficients for each in repeats], axis=0)
    error = np.sqrt(np.mean([each.errors**2 for each in repeats], axis=0))
    np.testing.assert_allclose(spread, error, rtol=0.2)
    assert np.mean([each.p_values < 0.05 for each in repeats]) == pytest.approx(0.05, abs=0.01)


def test_a_figure_that_decides_within_draws_foretells_whatever_the_draws_level(design):
    _, draws = design
    figure = np.random.default_rng(0).normal(size=60)
    values = 0.01 * figure + np.random.default_rng(1).normal(0, 0.001, 60) - 5 * draws
    assert foretold(figure, values, draws)["r"] > 0.98
