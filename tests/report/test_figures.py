from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from makd.report import figures

VARIANTS = {"base": "base", "makd": "makd", "wide": "makd", "wider": "makd", "random": "random"}


@pytest.fixture
def results():
    arms = {
        name: {
            "top1": [0.7 + 0.01 * i, 0.72 + 0.01 * i],
            "mean": 0.71 + 0.01 * i,
            "ci95": [0.69 + 0.01 * i, 0.73 + 0.01 * i],
        }
        for i, name in enumerate(VARIANTS)
    }
    pair = {"a": "makd", "b": "base", "difference": 0.01, "ci95": [0.0, 0.02], "bootstrap_ci95": None}
    return {
        "metric": "top1",
        "arms": arms,
        "pairs": [pair],
        "variants": {name: {"control": control} for name, control in VARIANTS.items()},
    }


def svg(text):
    return ET.fromstring(text.replace("xlink:href", "href"))


def test_every_arm_has_its_own_colour(results):
    assert len(set(figures.colours(results).values())) == len(VARIANTS)


def test_a_dot_stands_where_its_seed_is(results):
    """Dots are placed linearly: their order and spacing are those of the values."""
    drawn = svg(figures.draw_arms("a", results))
    dots = [use for use in drawn.iter("use") if "opacity: 0.75" in (use.get("style") or "")]
    at = np.array([float(use.get("x")) for use in dots])
    values = np.array([value for arm in results["arms"].values() for value in arm["top1"]])
    assert len(at) == len(values)
    slope, offset = np.polyfit(values, at, 1)
    assert slope > 0
    np.testing.assert_allclose(at, slope * values + offset, atol=0.01)


def test_figures_of_one_page_share_no_ids(results):
    curve = figures.Curve("makd", np.arange(1, 4), np.array([[1.0, 2.0, 3.0], [1.5, 2.5, 3.5]]))
    drawn = [
        figures.draw_arms("a", results),
        figures.draw_pairs("b", results),
        figures.draw_curves("c", "top1, %", [curve], figures.colours(results)),
        figures.draw_curves("d", "top1, %", [curve], figures.colours(results)),
    ]
    ids = [[element.get("id") for element in svg(text).iter() if element.get("id")] for text in drawn]
    assert len(set().union(*map(set, ids))) == sum(map(len, ids))
    assert drawn[0] == figures.draw_arms("a", results)
