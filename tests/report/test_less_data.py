from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from makd.report import less_data

ARMS = ("base", "makd")


def point(share, images, base, makd):
    means = {"base": base, "makd": makd}
    return {
        "share": share,
        "images_per_class": images,
        "arms": {arm: {"mean": mean, "ci95": [mean - 0.01, mean + 0.02]} for arm, mean in means.items()},
        "pairs": [{"a": "makd", "b": "base", "difference": makd - base, "ci95": [0.0, 0.1]}],
    }


@pytest.fixture
def results():
    curve = [point(0.1, 3.0, 0.3, 0.4), point(0.5, 15.0, 0.5, 0.55), point(1.0, 33.0, 0.6, 0.62)]
    return {
        "metric": "top1",
        "curve": curve,
        "arms": curve[-1]["arms"],
        "pairs": curve[-1]["pairs"],
        "variants": {arm: {"control": arm} for arm in ARMS},
    }


def test_rows_are_the_points(results):
    shown = less_data.content("a", results, {"base": "#8a8f98", "makd": "#2b83ba"})
    assert shown["header"] == ("images a class", "share", "base %", "makd %", "makd \N{MINUS SIGN} base")
    assert shown["rows"][0] == ("3", "10%", "30.0", "40.0", "+10.0 (0.0 to +10.0)")
    assert len(shown["rows"]) == 3
    texts = [e.text for e in ET.fromstring(shown["draw"].replace("xlink:href", "href")).iter("text")]
    assert [text for text in texts if text in {"3", "15", "33"}] == ["3", "15", "33"]


def test_one_size_has_no_curve(results):
    assert less_data.content("a", {**results, "curve": []}, {}) is None
