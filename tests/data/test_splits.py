from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from makd.data import splits
from makd.data.samples import Catalog, Sample
from makd.errors import UsageError


def catalog(sizes: dict[str, int], split=None) -> Catalog:
    classes = tuple(sorted(sizes))
    samples = [
        Sample(key := f"{name}/{i}.jpg", Path("data") / key, classes.index(name), name, split)
        for name in classes
        for i in range(sizes[name])
    ]
    return Catalog("data", Path("data"), classes, tuple(samples))


def counts(divided: Catalog) -> dict[str, tuple[int, int, int]]:
    return {
        name: tuple(
            sum(s.class_name == name for s in divided.of(split)) for split in ("train", "val", "test")
        )
        for name in divided.classes
    }


def drawn(divided: Catalog) -> dict[str, str]:
    return {sample.key: sample.split for sample in divided.samples}


def test_shares_of_each_class(heard):
    divided = splits.assign(catalog({"a": 100, "b": 20, "c": 3}), progress=heard)
    assert counts(divided) == {"a": (60, 15, 25), "b": (12, 3, 5), "c": (1, 1, 1)}
    assert heard.lines == [
        "data: 3 classes, 73 train, 19 val, 31 test (60%/15%/25% of each class, drawn with seed 0)."
    ]


def test_numbers_a_class_and_the_rest_for_test(heard):
    """The protocol of Caltech-101: 30 a class drawn with the seed, 5 of them val, the rest test."""
    divided = splits.assign(
        catalog({"a": 31, "b": 800}), train_per_class=25, val_per_class=5, seed=0, progress=heard
    )
    assert counts(divided) == {"a": (25, 5, 1), "b": (25, 5, 770)}
    assert "(25 train, 5 val a class, drawn with seed 0)" in heard.lines[0]


def test_one_number_alone():
    assert counts(splits.assign(catalog({"a": 100, "b": 50}), train_per_class=20))["b"] == (20, 5, 25)
    assert counts(splits.assign(catalog({"a": 100, "b": 50}), val_per_class=2))["a"] == (73, 2, 25)


def test_a_class_is_drawn_alone_and_whatever_the_order():
    first = drawn(splits.assign(catalog({"a": 40, "b": 40}), seed=3))
    more = catalog({"a": 40, "b": 40, "aa": 30})
    shuffled = replace(more, samples=tuple(reversed(more.samples)))
    second = drawn(splits.assign(shuffled, seed=3))
    assert {key: second[key] for key in first} == first
    assert first != drawn(splits.assign(catalog({"a": 40, "b": 40}), seed=4))
    a, b = ([split for key, split in first.items() if key.startswith(name)] for name in "ab")
    assert a != b


def test_the_draw_is_even():
    """Every image lands in train about as often, over many seeds (60 %, within five standard errors)."""
    data = catalog({"a": 10, "b": 3})
    times = dict.fromkeys((s.key for s in data.samples if s.class_name == "a"), 0)
    for seed in range(400):
        for sample in splits.assign(data, seed=seed).of("train"):
            if sample.key in times:
                times[sample.key] += 1
    expected = counts(splits.assign(data))["a"][0] / 10 * 400
    assert max(abs(n - expected) for n in times.values()) < 5 * (400 * 0.6 * 0.4) ** 0.5


@pytest.mark.parametrize(
    ("size", "numbers", "needed"),
    [
        (1, {}, 3),
        (2, {}, 3),
        (30, {"train_per_class": 25, "val_per_class": 5}, 31),
        (6, {"train_per_class": 5}, 7),
    ],
)
def test_a_class_with_too_few_images_is_named(size, numbers, needed):
    with pytest.raises(
        UsageError, match=rf"Class 'few' of data has {size} images.* at least {needed} are needed"
    ):
        splits.assign(catalog({"many": 90, "few": size}), **numbers)
    splits.assign(catalog({"many": 90, "few": needed}), **numbers)


def native(*parts: tuple[dict[str, int], str]) -> Catalog:
    catalogs = [catalog(sizes, split) for sizes, split in parts]
    samples = [
        replace(sample, key=f"{sample.split}/{sample.key}", label=None)
        for c in catalogs
        for sample in c.samples
    ]
    return Catalog("data", Path("data"), catalogs[0].classes, tuple(samples))


def test_splits_of_the_data_stay(heard):
    data = native(({"a": 5, "b": 5}, "train"), ({"a": 1, "b": 1}, "val"), ({"a": 1, "b": 1}, "test"))
    assert splits.assign(data, progress=heard) == data
    assert heard.lines == ["data: 2 classes, 10 train, 2 val, 2 test (splits of the data itself)."]
    with pytest.raises(UsageError, match="divided already"):
        splits.assign(data, train_per_class=3)


def test_a_missing_val_is_carved_from_train_and_said(heard):
    data = native(({"a": 20, "b": 10}, "train"), ({"a": 4, "b": 4}, "test"))
    divided = splits.assign(data, progress=heard)
    assert counts(divided) == {"a": (16, 4, 4), "b": (8, 2, 4)}
    assert divided.of("test") == data.of("test")
    assert "val carved from train with seed 0" in heard.lines[0]
    assert counts(splits.assign(data, val_per_class=3))["b"] == (7, 3, 4)
    with pytest.raises(UsageError, match="too few to carve 10 for val"):
        splits.assign(data, val_per_class=10)


def test_native_splits_that_cannot_serve_are_refused():
    with pytest.raises(UsageError, match="divided into train, val and lacks test"):
        splits.assign(native(({"a": 5, "b": 5}, "train"), ({"a": 5, "b": 5}, "val")))
    with pytest.raises(UsageError, match="class 'b' has no training images"):
        splits.assign(native(({"a": 5, "b": 0}, "train"), ({"a": 5, "b": 5}, "test")))


def test_a_saved_split_comes_back(tmp_path):
    data = catalog({"a, the first": 9, "b": 8})
    divided = splits.assign(data, seed=5)
    splits.write(tmp_path / "split.csv", divided)
    assert (tmp_path / "split.csv").read_text().splitlines()[0] == "key,split"
    assert splits.as_trained(tmp_path / "split.csv", data) == divided


def test_what_a_run_trained_on_judges_it_under_no_other_draw(tmp_path, heard):
    path = tmp_path / "split.csv"
    trained = splits.assign(catalog({"a": 9, "b": 8}), seed=5)
    splits.write(path, trained)
    drawn = splits.assign(catalog({"a": 12, "b": 6}), seed=6)
    judged = splits.as_trained(path, drawn, heard)
    before = {sample.key: sample.split for sample in trained.samples}
    now = {sample.key: sample.split for sample in drawn.samples}
    assert all(sample.split == before.get(sample.key, now[sample.key]) for sample in judged.samples)
    moved = sum(before.get(key, split) != split for key, split in now.items())
    assert moved > 0
    assert heard.lines == [f"{moved} pictures have the split that {path} gives them, not the one drawn now."]


def test_a_file_that_holds_no_split_is_refused(tmp_path):
    path = tmp_path / "split.csv"
    with pytest.raises(UsageError, match=r"split\.csv cannot be read as a split"):
        splits.as_trained(path, catalog({"a": 2}))
    path.write_text("key,split\na/0.jpg,train\na/1.jpg,tset\n")
    with pytest.raises(UsageError, match="unknown split 'tset'"):
        splits.as_trained(path, catalog({"a": 2}))
    path.write_text("image,part\na/0.jpg,train\n")
    with pytest.raises(UsageError, match="cannot be read as a split"):
        splits.as_trained(path, catalog({"a": 2}))
