from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from makd.answers.extract import extract_answers
from makd.answers.store import AnswerStore
from makd.cli.main import main
from makd.config.commands import SelectQuestionsCommand
from makd.config.data import DataSettings
from makd.data.samples import Catalog
from makd.errors import UsageError
from makd.pipeline import select
from makd.pipeline.catalog import open_catalog
from makd.progress import Silent
from makd.questions.bank import QuestionBank
from makd.teachers.registry import open_teacher

Fill = Callable[..., Path]


@pytest.fixture
def candidates(table: Path, bank: Path) -> QuestionBank:
    return QuestionBank.load(bank)


@pytest.fixture
def catalog(folder: Path) -> Catalog:
    """The squares with the splits that the pipeline gives them."""
    return open_catalog(DataSettings(name=str(folder)), Silent())


@pytest.fixture
def fill(catalog: Catalog, table: Path, candidates: QuestionBank, tmp_path: Path) -> Fill:
    def fill(*splits: Any, bank: QuestionBank = candidates) -> Path:
        teacher = open_teacher(f"table:{table}")
        extract_answers(catalog.of(*splits), teacher, bank, tmp_path / "store", source=catalog.source)
        return tmp_path / "store"

    return fill


@pytest.fixture
def chosen(folder: Path, bank: Path, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    def chosen(**more: Any) -> dict[str, Any]:
        asked = {"bank": str(bank), "data": str(folder), "answers": tmp_path / "store", "keep": 2}
        return select(SelectQuestionsCommand.model_validate({**asked, "out": tmp_path / "c.yaml", **more}))

    return chosen


def test_from_a_store(fill, chosen, candidates, catalog, tmp_path):
    fill("train", "val")
    result = chosen()
    kept = QuestionBank.load(result["bank"])
    assert [question.id for question in kept.questions] == [pick["id"] for pick in result["picks"]]
    assert set(kept.hashes) < set(candidates.hashes)
    assert result["images"] == len(catalog.of("train"))
    assert [len(result["picks"]), len(result["left_out"])] == [2, 1]
    assert result["picks"][1]["closest"] == result["picks"][0]["id"]
    written = json.loads(Path(result["figures"]).read_text())
    assert written == {name: value for name, value in result.items() if name not in ("bank", "figures")}
    assert not (tmp_path / "c.png").exists()


def test_a_pilot_asks_a_few_pictures_and_goes_on(chosen, table, catalog, tmp_path):
    asked = {"pilot": True, "teacher": f"table:{table}", "probe_per_class": 3, "explain": True}
    result = chosen(**asked)
    assert result["images"] == 18
    keys = AnswerStore.open(tmp_path / "store").answers().keys
    assert set(keys) < {sample.key for sample in catalog.of("train")}
    parts = sorted((tmp_path / "store").glob("part-*"))
    again = chosen(**asked, overwrite=True)
    assert sorted((tmp_path / "store").glob("part-*")) == parts
    assert again["picks"] == result["picks"]
    assert Path(result["curve"]).read_bytes().startswith(b"\x89PNG")
    assert len(result["told_together"]) == 3
    assert 1 <= result["suggested"] <= 3


def test_the_table_is_printed(chosen, fill, folder, bank, tmp_path, capfd):
    store, out = fill("train"), tmp_path / "c.yaml"
    words = ["questions", "select", str(bank), "--data", str(folder), "--answers", str(store), "--keep", "2"]
    assert main([*words, "-o", str(out), "--explain"]) == 0
    printed = " ".join(capfd.readouterr().out.split())
    for expected in ("class bits", "2 of 3 questions kept", "Without negations", "tell 95 %"):
        assert expected in printed
    assert main([*words, "-o", str(out)]) == 2
    assert "--overwrite" in capfd.readouterr().err


def test_val_and_test_pictures_never_decide(fill, chosen):
    fill("val", "test")
    with pytest.raises(UsageError, match=r"no answers about training images of .*answers extract.*--pilot"):
        chosen()


def test_a_store_that_was_not_asked(fill, chosen, candidates, tmp_path):
    with pytest.raises(UsageError, match="no answer store"):
        chosen()
    fill("train", bank=candidates.model_copy(update={"questions": candidates.questions[:2]}))
    with pytest.raises(UsageError, match=r"never asked 1 of the 3 candidates \(q03\).*answers extract"):
        chosen()
    assert not (tmp_path / "c.yaml").exists()


def test_candidates_without_an_answer_are_left_out(fill, chosen, candidates):
    fill("train", bank=candidates.model_copy(update={"questions": candidates.questions[:2]}))
    fill(bank=candidates)
    result = chosen()
    assert {pick["id"] for pick in result["picks"]} == {"q01", "q02"}
    assert result["unanswered"] == ["q03"]
    with pytest.raises(UsageError, match=r"answers to only 2 of the 3 candidates.*none to q03"):
        chosen(keep=3, overwrite=True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"keep": 4}, "--keep 4: .* has only 3 questions"),
        ({"pilot": True}, "name it by --teacher"),
        ({"teacher": "fieldguide"}, "only with --pilot"),
        ({"out": "chosen.txt"}, "name it so"),
        ({"view": "store"}, "--view: is the store itself"),
    ],
)
def test_what_cannot_be_meant_is_refused(chosen, tmp_path, monkeypatch, changes, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=message):
        chosen(**changes)
    assert list(tmp_path.iterdir()) == []


def test_other_peoples_files_stay(fill, chosen, bank, tmp_path):
    fill("train")
    (tmp_path / "c.json").write_text("mine")
    with pytest.raises(UsageError, match=r"c\.json exists"):
        chosen()
    candidates = tmp_path / "candidates.yaml"
    QuestionBank.load(bank).save(candidates)
    with pytest.raises(UsageError, match="is the bank of the candidates"):
        chosen(bank=str(candidates), out=candidates, overwrite=True)
    assert (tmp_path / "c.json").read_text() == "mine"


def test_answers_about_other_data(fill, chosen, folder):
    fill("train")
    with pytest.raises(UsageError, match=r"no answers about 'others'.*--data.source"):
        chosen(data={"name": str(folder), "source": "others"})


def test_classes_of_one_picture(catalog, chosen, table, candidates, tmp_path):
    first = {sample.class_name: sample for sample in catalog.of("train")}
    extract_answers(
        list(first.values()),
        open_teacher(f"table:{table}"),
        candidates,
        tmp_path / "store",
        source=catalog.source,
    )
    with pytest.raises(UsageError, match="two or more about 0 of them"):
        chosen()


def test_what_a_run_confuses_counts_as_similar(fill, chosen, monkeypatch, tmp_path):
    fill("train")
    plain = chosen(overwrite=True)
    told = {}

    def confusions(run, data, catalog, progress):
        told["run"] = run
        return {(0, 1): 4}

    monkeypatch.setattr("makd.pipeline.confusions.count_confusions", confusions)
    with_run = chosen(overwrite=True, confusions=tmp_path / "run")
    assert told == {"run": tmp_path / "run"}
    assert (plain["confused_pairs"], with_run["confused_pairs"]) == (0, 1)
    assert with_run["picks"][0]["of_pairs"] != plain["picks"][0]["of_pairs"]
