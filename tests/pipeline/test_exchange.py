from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from makd import pipeline
from makd.answers.store import AnswerStore
from makd.config.commands import (
    CompactCommand,
    ExportCommand,
    ExtractCommand,
    ImportCommand,
    MergeCommand,
)
from makd.errors import UsageError


@pytest.fixture
def asked(folder, bank, table, tmp_path):
    """Return a function that extracts by the class table into a store of a name."""

    def ask(name, **changes):
        settings = {"data": str(folder), "teacher": f"table:{table}", "questions": str(bank)}
        out = tmp_path / name
        pipeline.extract(ExtractCommand.model_validate({**settings, "out": out, **changes}))
        return out

    return ask


def test_pictures_of_one_base_name_are_not_exported(asked, tmp_path):
    store = asked("store", splits=["train", "val", "test"])
    with pytest.raises(UsageError, match=r"names belong to several .*\n  00\.png: blue/00\.png, cyan"):
        pipeline.export(ExportCommand(store=store, out=tmp_path / "answers.json"))
    assert not (tmp_path / "answers.json").exists()


def test_answers_are_exported_and_imported(asked, bank, tmp_path, squares):
    for sample in squares.samples:
        to = tmp_path / "flat" / str(sample.class_name) / sample.key.replace("/", "-")
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(sample.path, to)
    data = str(tmp_path / "flat")
    store = asked("store", data=data, splits=["train", "val", "test"])
    exported = pipeline.export(ExportCommand(store=store, out=tmp_path / "answers.json"))
    content = json.loads((tmp_path / "answers.json").read_text())
    assert exported["images"] == len(content) > 0
    assert content["red-00.png"] == pytest.approx([0.9, 0.1, 0.1], abs=1e-6)
    with pytest.raises(UsageError, match="--overwrite"):
        pipeline.export(ExportCommand(store=store, out=tmp_path / "answers.json"))
    imported = pipeline.import_(
        ImportCommand.model_validate(
            {
                "file": tmp_path / "answers.json",
                "data": data,
                "questions": str(bank),
                "out": tmp_path / "back",
            }
        )
    )
    assert imported["answered"] == len(content)
    one, other = (AnswerStore.open(path).answers() for path in (store, tmp_path / "back"))
    assert one.keys == other.keys
    np.testing.assert_allclose(one.log_odds, other.log_odds, atol=1e-5)


def test_stores_are_merged_and_compacted(asked, tmp_path):
    one, two = asked("one"), asked("two", splits=["val", "test"])
    merged = pipeline.merge(MergeCommand(stores=(one, two), out=tmp_path / "merged"))
    assert (merged["rows"], merged["questions"], merged["shared"]) == (66, 3, 0)
    compacted = pipeline.compact(CompactCommand(store=tmp_path / "merged"))
    assert (compacted["rows"], compacted["parts_before"], compacted["parts_after"]) == (66, 1, 1)


def test_ranks_share_the_images(asked, monkeypatch, tmp_path):
    whole = AnswerStore.open(asked("whole")).answers()
    monkeypatch.setenv("WORLD_SIZE", "3")
    for rank in "012":
        monkeypatch.setenv("RANK", rank)
        store = asked("shared")
    assert len(list(store.glob("part-*"))) == 3
    shared = AnswerStore.open(store).answers()
    assert shared.keys == whole.keys
    np.testing.assert_array_equal(shared.log_odds, whole.log_odds)
    with pytest.raises(UsageError, match="3 processes write to"):
        asked("shared", overwrite=True)
