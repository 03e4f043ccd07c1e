from collections import Counter
from dataclasses import replace

import pytest

from makd.config.data import DataSettings
from makd.data.samples import Catalog
from makd.errors import UsageError
from makd.inference.predictor import load_model
from makd.pipeline import confusions
from makd.progress import Silent


def confused(run, catalog, monkeypatch):
    monkeypatch.setattr(confusions, "open_catalog", lambda *_: catalog)
    return confusions.confused_pairs(run, DataSettings(name="squares"), Silent())


def test_pairs_are_what_the_run_says_of_validation_images(finished_run, squares, monkeypatch):
    _, run = finished_run
    order = [*range(1, 6), 0]  # each validation image bears the label of the next class
    samples = tuple(
        replace(s, label=order[s.label], class_name=squares.classes[order[s.label]])
        if s.split == "val"
        else s
        for s in squares.samples
    )
    catalog = Catalog("squares", squares.root, squares.classes, samples)
    expected: Counter[frozenset[str]] = Counter()
    predictor = load_model(run.path)
    for sample in catalog.of("val"):
        guess = predictor.predict([sample.path])[0]["class"]
        expected[frozenset((guess, sample.class_name))] += guess != sample.class_name
    pairs = confused(run.path, catalog, monkeypatch)
    assert {frozenset(pair[:2]): pair.times for pair in pairs} == {k: n for k, n in expected.items() if n}
    assert sum(expected.values()) >= 6
    assert [pair.times for pair in pairs] == sorted((pair.times for pair in pairs), reverse=True)


def test_without_validation_images_there_are_none(finished_run, squares, monkeypatch):
    catalog = replace(squares, samples=squares.of("train", "test"))
    with pytest.raises(UsageError, match="needs validation images"):
        confused(finished_run[1].path, catalog, monkeypatch)
