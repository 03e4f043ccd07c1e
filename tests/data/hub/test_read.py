from __future__ import annotations

import builtins
import shutil

import datasets
import numpy as np
import pytest
from PIL import Image

from makd.data.hub.read import read_hub
from makd.errors import UsageError
from tests.data.hub.conftest import CLASSES, features, pixels, rows


def greys(catalog, *splits):
    """Return class and grey of the pictures, in the order of the rows."""
    samples = catalog.of(*splits) if splits else catalog.samples
    return [(s.class_name, int(np.asarray(Image.open(s.path))[0, 0, 0])) for s in samples]


def expected(split):
    return [(CLASSES[label], 7 * (10 * split + row) % 256) for row, label in enumerate((2, 0, 1))]


def test_saved_splits_are_unpacked_once_and_said_aloud(saved, heard):
    catalog = read_hub(str(saved), progress=heard)
    assert (catalog.source, catalog.classes) == ("insects", CLASSES)
    for number, split in enumerate(("train", "val", "test")):
        assert greys(catalog, split) == expected(number)
    assert catalog.samples[0].key == "test/0000000.png"
    (line,) = heard.lines
    assert "hf:insects: 9 pictures are unpacked into" in line
    assert "MB" in line
    heard.lines.clear()
    assert read_hub(str(saved), progress=heard) == catalog
    assert heard.lines == []


def test_bytes_stay_as_they_are(tmp_path):
    jpeg = tmp_path / "a.jpg"
    Image.fromarray(pixels(3)).save(jpeg, quality=30)
    content = {"photo": [{"bytes": jpeg.read_bytes(), "path": None}] * 2, "id": [0, 1], "kind": [0, 1]}
    datasets.Dataset.from_dict(content, features=features()).save_to_disk(tmp_path / "one")
    catalog = read_hub(str(tmp_path / "one"))
    assert [s.key for s in catalog.samples] == ["all/0000000.jpeg", "all/0000001.jpeg"]
    assert all(s.path.read_bytes() == jpeg.read_bytes() for s in catalog.samples)
    assert {s.split for s in catalog.samples} == {None}


def test_parquet_files_by_split_and_alone(tmp_path):
    folder = tmp_path / "table"
    folder.mkdir()
    for number, split in enumerate(("train", "test")):
        part = datasets.Dataset.from_dict(rows(number), features=features())
        part.to_parquet(folder / f"{split}-00000-of-00001.parquet")
    catalog = read_hub(str(folder))
    assert (greys(catalog, "train"), greys(catalog, "test")) == (expected(0), expected(1))
    alone = read_hub(str(folder / "test-00000-of-00001.parquet"))
    assert greys(alone) == expected(1)
    assert {s.split for s in alone.samples} == {None}


def test_a_folder_of_pictures_is_used_in_place(tmp_path, heard):
    for split in ("train", "test"):
        for number, name in enumerate(CLASSES):
            (tmp_path / "pictures" / split / name).mkdir(parents=True)
            Image.fromarray(pixels(number)).save(tmp_path / "pictures" / split / name / "x.png")
    catalog = read_hub(str(tmp_path / "pictures"), progress=heard)
    assert [(s.key, s.split) for s in catalog.of("test")] == [
        (f"test/{name}/x.png", "test") for name in CLASSES
    ]
    assert all(s.path == tmp_path / "pictures" / s.key for s in catalog.samples)
    assert heard.lines == []
    assert not (tmp_path / "cache").exists()


def save(tmp_path, **parts):
    made = {
        name: datasets.Dataset.from_dict(rows(i, labels), features=features())
        for i, (name, labels) in enumerate(parts.items())
    }
    datasets.DatasetDict(made).save_to_disk(tmp_path / "set")
    return str(tmp_path / "set")


def test_a_test_split_without_labels_gives_way_to_validation(tmp_path, heard):
    name = save(tmp_path, train=(2, 0, 1), validation=(1, 0), test=(-1, -1), extra=(0, 1))
    catalog = read_hub(name, progress=heard)
    assert catalog.sizes() == {"train": 3, "test": 2}
    assert greys(catalog, "test") == [("bee", 70), ("ant", 77)]
    assert any(
        "left out test (no labels), extra (neither train, val nor test)" in line for line in heard.lines
    )
    assert any("its validation split is the test here" in line for line in heard.lines)


def test_rows_without_a_label_are_left_out_and_counted(tmp_path, heard):
    catalog = read_hub(save(tmp_path, train=(2, -1, 1), test=(0, 1)), progress=heard)
    assert greys(catalog, "train") == [("cat", 0), ("bee", 14)]
    assert any("1 pictures have no class" in line for line in heard.lines)


def test_one_split_alone_is_undivided_whatever_its_name(tmp_path):
    assert read_hub(save(tmp_path, everything=(2, 0, 1), test=(-1,))).sizes() == {"none": 3}


def test_splits_of_unknown_names_and_missing_labels_are_refused(tmp_path):
    with pytest.raises(UsageError, match=r"has the splits a, b; train, validation, test are expected"):
        read_hub(save(tmp_path, a=(0, 1), b=(1, 0)))
    shutil.rmtree(tmp_path / "set")
    with pytest.raises(UsageError, match=r"no picture has a class in the column 'kind'"):
        read_hub(save(tmp_path, train=(-1,), test=(-1, -1)))


def test_what_cannot_be_opened_is_said_with_what_may_be(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    with pytest.raises(UsageError, match=r"hf:nobody/nothing cannot be opened: .*OWNER/NAME"):
        read_hub("nobody/nothing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"empty cannot be opened"):
        read_hub(str(tmp_path / "empty"))


def test_without_the_extra_it_is_named(monkeypatch, saved):
    real = builtins.__import__

    def without(name, *rest, **more):
        if name.split(".")[0] == "datasets":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UsageError, match=r"needs the extra `hub`: pip install 'makd\[hub\]'"):
        read_hub(str(saved))


def test_a_data_set_saved_anew_is_unpacked_anew(saved):
    before = read_hub(str(saved))
    shutil.rmtree(saved)
    part = datasets.Dataset.from_dict(rows(9), features=features())
    datasets.DatasetDict(train=part, test=part).save_to_disk(saved)
    after = read_hub(str(saved))
    assert before.root != after.root
    assert greys(after, "train") == expected(9)
