from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from makd.report import class_figures


def make_results(classes):
    difference = np.linspace(-0.3, 0.4, classes)[np.random.default_rng(0).permutation(classes)]
    change = {
        "a": "makd",
        "b": "base",
        "difference": difference.tolist(),
        "ci95": [[d - 0.1, d + 0.1] for d in difference],
        "p_holm": [0.01 if abs(d) > 0.2 else 0.5 for d in difference],
        "clear": [int(np.sign(d)) if abs(d) > 0.2 else 0 for d in difference],
    }
    table = {
        "classes": [f"class {c}" for c in range(classes)],
        "images": [50] * classes,
        "accuracy": {"makd": (0.5 + difference).tolist(), "base": [0.5] * classes},
        "changes": [change, change | {"a": "random"}],
    }
    variants = {name: {"control": name} for name in ("base", "makd", "random")}
    return {"by_class": table, "variants": variants, "metric": "top1"}


def test_only_arms_that_learn_answers_are_shown():
    results = make_results(6)
    assert [change["a"] for change in class_figures.changes(results)] == ["makd"]
    assert class_figures.changes({**results, "by_class": None}) == []


@pytest.mark.parametrize(("classes", "drawn"), [(6, 6), (40, 24)])
def test_classes_at_both_ends_are_drawn_from_the_greatest_gain(classes, drawn):
    results = make_results(classes)
    (change,) = class_figures.changes(results)
    places = class_figures.shown(change)
    gains = [change["difference"][place] for place in places]
    assert len(set(places)) == drawn
    assert gains == sorted(gains, reverse=True)
    assert {gains[0], gains[-1]} == {max(change["difference"]), min(change["difference"])}
    text = class_figures.draw_changes("a", results, change, "#2b83ba")
    names = [e.text for e in ET.fromstring(text.replace("xlink:href", "href")).iter("text")]
    assert [name for name in names if name.startswith("class")] == [f"class {place}" for place in places]


def test_the_table_and_the_caption_say_what_is_clear():
    results = make_results(6)
    (change,) = class_figures.changes(results)
    rows = class_figures.table(results, change)
    assert rows[0][2:5] == ("90.0", "50.0", "+40.0")
    assert [row[-1].endswith("*") for row in rows] == [True, True, False, False, False, True]
    assert "of 6 classes 2 clearly gain and 1 clearly lose" in class_figures.caption(results, change)
