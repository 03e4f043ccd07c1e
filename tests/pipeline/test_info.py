from __future__ import annotations

import shutil
from importlib import import_module
from pathlib import Path

import pytest

from makd.config.commands import InfoCommand
from makd.config.data import DataSettings
from makd.pipeline.info import describe, info
from makd.progress import Silent
from tests.data.test_looks import scene


def test_splits_classes_and_duplicates_of_data(tmp_path: Path) -> None:
    for number, key in enumerate(("train/a/0", "train/a/1", "train/b/0", "val/a/0", "val/b/0", "test/b/0")):
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        scene(number).save(tmp_path / f"{key}.png")
    shutil.copy(tmp_path / "train/b/0.png", tmp_path / "test/b/1.png")
    found = describe(DataSettings(name=str(tmp_path)), Silent())
    duplicates = found.pop("duplicates")
    assert found == {
        "source": tmp_path.name,
        "root": str(tmp_path),
        "classes": 2,
        "splits": {
            "test": {"images": 2, "least": 0, "most": 2},
            "train": {"images": 3, "least": 1, "most": 2},
            "val": {"images": 2, "least": 1, "most": 1},
        },
    }
    assert duplicates["same_bytes"]["by_splits"] == {"test in train": 1}


def test_data_are_told_beside_versions_where_they_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    module = import_module("makd.pipeline.info")  # the name in the package is the verb's
    monkeypatch.setattr(module, "describe", lambda settings, _: settings.name)
    assert "data" not in info(InfoCommand())
    assert info(InfoCommand.model_validate({"data": "photos"}))["data"] == "photos"


def test_the_cache_is_pruned_before_its_sizes_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAKD_CACHE", str(tmp_path))
    (tmp_path / "images" / "x").mkdir(parents=True)
    (tmp_path / "images" / "x" / "pixels.bin").write_bytes(b"1234")
    assert info(InfoCommand())["cache_bytes"] == {"images": 4}
    found = info(InfoCommand(prune=0))
    assert (found["pruned"], found["cache_bytes"]) == ({"caches": 1, "bytes": 4}, {"images": 0})
