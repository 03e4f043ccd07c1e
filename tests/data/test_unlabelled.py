from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from makd.data.samples import Catalog
from makd.data.unlabelled import PREFIX, is_unlabelled, labelled, with_unlabelled
from makd.errors import UsageError
from tests.recorder import Recorder


@pytest.fixture
def pool(squares: Catalog, tmp_path: Path) -> Path:
    """Three new pictures in folders of any depth, a hidden one, a text, and none of the data."""
    folder = tmp_path / "pool"
    (folder / "red" / "deeper").mkdir(parents=True)
    model = squares.of("train")[0].path.read_bytes()
    for place in ("a.png", "red/00.png", "red/deeper/c.PNG", ".hidden.png", "notes.txt"):
        (folder / place).write_bytes(model + place.encode())
    return folder


def test_pictures_at_any_depth_become_training_images_without_a_label(
    squares: Catalog, pool: Path, heard: Recorder
) -> None:
    catalog = with_unlabelled(squares, pool, heard)
    added = catalog.samples[len(squares.samples) :]
    assert [sample.key for sample in added] == [
        f"{PREFIX}{k}" for k in ("a.png", "red/00.png", "red/deeper/c.PNG")
    ]
    assert {(sample.label, sample.class_name, sample.split) for sample in added} == {(None, None, "train")}
    assert all(sample.path.is_file() for sample in added)
    assert len({sample.key for sample in catalog.samples}) == len(catalog.samples)  # red/00.png is in both
    assert heard.lines == [f"{pool}: 3 pictures without labels; they train the aspects alone."]
    assert catalog.samples[: len(squares.samples)] == squares.samples
    assert labelled(catalog) == squares
    assert [is_unlabelled(sample) for sample in catalog.of("train")] == [False] * 36 + [True] * 3


@pytest.mark.parametrize("split", ["val", "test"])
def test_held_out_pictures_are_refused_under_any_name(squares: Catalog, pool: Path, split: str) -> None:
    held_out = squares.of(split)[1]
    shutil.copy(held_out.path, pool / "other-name.jpg")
    with pytest.raises(
        UsageError, match=rf"1 pictures of .*other-name\.jpg = {held_out.key}\).* must not train"
    ):
        with_unlabelled(squares, pool)


def test_a_picture_of_training_and_validation_is_refused(squares: Catalog, pool: Path) -> None:
    train, val = squares.of("train")[0], squares.of("val")[0]
    both = replace(
        squares, samples=tuple(replace(s, path=train.path) if s == val else s for s in squares.samples)
    )
    shutil.copy(train.path, pool / "twin.png")
    with pytest.raises(UsageError, match=rf"twin.png = {val.key}"):
        with_unlabelled(both, pool)


def test_labelled_training_pictures_are_left_out_and_counted(
    squares: Catalog, pool: Path, heard: Recorder
) -> None:
    shutil.copy(squares.of("train")[5].path, pool / "twin.png")
    assert len(with_unlabelled(squares, pool, heard).samples) == len(squares.samples) + 3
    assert "(1 more are training images already)" in heard.lines[0]
    only = pool / "only"
    only.mkdir()
    shutil.copy(squares.of("train")[5].path, only)
    with pytest.raises(UsageError, match=r"all 1 pictures of .* are training images already"):
        with_unlabelled(squares, only)


def test_a_folder_without_pictures_is_refused(squares: Catalog, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--unlabeled: there are no pictures in"):
        with_unlabelled(squares, tmp_path)
    with pytest.raises(UsageError, match="--unlabeled: there is no folder"):
        with_unlabelled(squares, tmp_path / "none")
