from __future__ import annotations

import shutil

from makd.config.commands import CompareCommand
from makd.data.samples import Catalog, Sample
from makd.pipeline.duplicates import find_duplicates
from makd.pipeline.outputs import described
from makd.progress import Silent
from tests.data.test_looks import scene


def catalog(tmp_path) -> Catalog:
    scene(0).save(tmp_path / "a.png")
    shutil.copy(tmp_path / "a.png", tmp_path / "b.png")
    scene(0).resize((100, 75)).save(tmp_path / "c.png")
    scene(1).save(tmp_path / "d.png")
    of = {"a": ("train", 0), "b": ("test", 1), "c": ("test", 0), "d": ("val", 0)}
    samples = (
        Sample(f"{name}.png", tmp_path / f"{name}.png", label, str(label), split)
        for name, (split, label) in of.items()
    )
    return Catalog("pictures", tmp_path, ("0", "1"), tuple(samples))


def test_equal_files_are_told_and_counted(tmp_path, heard):
    found = find_duplicates(catalog(tmp_path), "exact", heard)
    (line,) = heard.lines
    assert "byte for byte: 1 of test in train too (b.png = a.png); 1 of them under another class." in line
    assert found == {
        "same_bytes": {
            "count": 1,
            "by_splits": {"test in train": 1},
            "other_class": 1,
            "examples": [
                {"key": "b.png", "split": "test", "of": "a.png", "of_split": "train", "same_class": False}
            ],
        },
        "same_looks": None,
    }


def test_equal_looks_are_counted_besides(tmp_path, heard):
    found = find_duplicates(catalog(tmp_path), "near", heard)
    assert found["same_bytes"]["count"] == found["same_looks"]["count"] == 1
    assert found["same_looks"]["examples"][0]["key"] == "c.png"
    assert "alike to the eye: 1 of test in train too (c.png = a.png)." in heard.lines[1]


def test_it_can_be_left_out_and_changes_no_result(tmp_path):
    assert find_duplicates(catalog(tmp_path), "off", Silent()) is None
    plain = [
        described(CompareCommand.model_validate({"data": {"name": "x", "check_duplicates": how}}))
        for how in ("off", "near")
    ]
    assert plain[0] == plain[1]
