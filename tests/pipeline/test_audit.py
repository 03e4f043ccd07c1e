from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from makd.answers.checks import BLANK, blank_sample, with_negations
from makd.answers.extract import extract_answers
from makd.config.answers import AnswersSettings
from makd.config.commands import AuditCommand, ExtractCommand
from makd.errors import UsageError
from makd.pipeline import audit, extract
from makd.pipeline.answered import read_answers
from makd.progress import Silent
from makd.questions.bank import Question, QuestionBank
from makd.teachers.base import Answer, TeacherCard
from tests.conftest import COLOURS

BANK = QuestionBank(
    name="colours",
    questions=tuple(
        Question(id=name, text=f"Is there {name}?", negation=f"Is it free of {name}?")
        for name in ("red", "green", "blue")
    ),
)


@dataclass
class Painter:
    """Knows what is painted from the key; of a blank picture it says no, or so it was told."""

    card: TeacherCard = field(default_factory=lambda: TeacherCard("painter"))
    needs: str = "image"
    strength: float = 2.0

    def answer(self, samples: Any, questions: Any) -> Iterator[Answer]:
        for sample in samples:
            parts = COLOURS.get(sample.key.split("/")[0], (0, 0, 0))
            has = {
                f"Is there {name}?": part for name, part in zip(("red", "green", "blue"), parts, strict=True)
            }
            has |= {
                f"Is it free of {name}?": 1 - has[f"Is there {name}?"] for name in ("red", "green", "blue")
            }
            odds = [self.strength if has[question.text] else -self.strength for question in questions]
            yield Answer(sample.key, np.array(odds, np.float32), np.full(len(odds), 0.9, np.float32))


@pytest.fixture
def fill(squares: Any, tmp_path: Path) -> Callable[..., Path]:
    def fill(name: str = "store", bank: QuestionBank = BANK, blank: bool = False, **about: Any) -> Path:
        samples = squares.of("train")
        samples = (*samples, blank_sample(samples)) if blank else samples
        extract_answers(samples, Painter(**about), bank, tmp_path / name, source=squares.root.name)
        return tmp_path / name

    return fill


def judged(store: Path, **more: Any) -> dict[str, Any]:
    settings = {"store": store, "out": store.with_name("audit"), "overwrite": True, **more}
    return audit(AuditCommand.model_validate(settings))


def test_a_store_alone(fill):
    result = judged(fill())
    assert (result["images"], result["classes"], result["looked_at"]) == (36, None, ["answers"])
    red = result["questions"][0]
    assert red["mean"] == pytest.approx(0.5)
    assert (red["mass"], red["class_information"], red["blank"]) == (pytest.approx(0.9), None, None)
    page = Path(result["page"])
    assert json.loads(page.with_name("audit.json").read_text()) == {
        name: value for name, value in result.items() if name != "page"
    }
    assert "Is there red?" in page.read_text()


def test_with_everything(fill, folder, tmp_path):
    truth = tmp_path / "truth.csv"
    lines = [f"{name}/{i:02d}.png,{parts[0]}" for name, parts in COLOURS.items() for i in range(11)]
    truth.write_text("\n".join(["key,red", *lines]))
    store = fill(bank=with_negations(BANK), blank=True)
    result = judged(store, data=str(folder), splits=("train", "val", "test"), truth=truth)
    assert result["looked_at"] == ["answers", "classes", "negations", "a blank picture", "people's answers"]
    assert [question["id"] for question in result["questions"]] == ["red", "green", "blue"]
    red, green, _ = result["questions"]
    assert (red["truth_agreement"], green["truth_agreement"]) == (1, None)
    assert red["negation_agreement"] == 1
    assert (red["blank"], red["same_as_blank"]) == (pytest.approx(1 / (1 + np.e**2)), 0.5)
    assert red["of_class"] == 1
    level = 1 / (1 + np.e**-2)
    expected = 1 + level * np.log2(level) + (1 - level) * np.log2(1 - level)
    assert red["class_information"] == pytest.approx(expected, abs=1e-6)
    assert result["images"] == 36


def test_a_second_look(fill):
    result = judged(fill(), view=fill("mirrored", card=TeacherCard("other"), strength=1.0))
    assert result["looked_at"] == ["answers", "a second look"]
    elsewhere = fill("elsewhere", bank=QuestionBank(name="x", questions=BANK.questions[:1]))
    with pytest.raises(UsageError, match="no question and picture in common"):
        judged(fill(), view=elsewhere, questions=_narrowed(elsewhere))


def test_the_truth_may_lie_beside_the_pictures(fill, folder):
    (folder / "truth.csv").write_text(
        "key,red\nred/00.png,1\n" + "".join(f"red/{i:02d}.png,1\n" for i in range(1, 11))
    )
    result = judged(fill(), data=str(folder), truth="truth.csv")
    assert result["questions"][0]["truth_agreement"] == 1
    with pytest.raises(UsageError, match=rf"no file none.csv or {folder}/none.csv"):
        judged(fill(), data=str(folder), truth="none.csv")
    (folder / "truth.csv").unlink()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"splits": ("val",)}, "--splits: .* name it too"),
        ({"view": "store"}, "--view: is the store itself"),
        ({"questions": "caltech101"}, r"never asked 50 of its 50 questions \(.*, …\)"),
    ],
)
def test_what_cannot_be_meant_is_refused(fill, monkeypatch, changes, message):
    store = fill()
    monkeypatch.chdir(store.parent)
    with pytest.raises(UsageError, match=message):
        judged(store, **changes)


def _narrowed(near: Path) -> str:
    file = near.with_name("green.txt")
    file.write_text("Is there green?\n")
    return str(file)


def test_students_do_not_learn_the_checks(fill, squares):
    store = fill(bank=with_negations(BANK), blank=True)
    catalog = replace(squares, source=squares.root.name)
    targets = read_answers(AnswersSettings(name=store), None, catalog, Silent()).targets
    assert targets.question_ids == ("red", "green", "blue")


def test_a_store_without_pictures_of_the_split_is_refused(squares, folder, tmp_path):
    extract_answers([blank_sample([])], Painter(), BANK, tmp_path / "store", source=squares.root.name)
    with pytest.raises(UsageError, match="no answers about pictures in val"):
        judged(tmp_path / "store", data=str(folder), splits=("val",))


def test_a_table_sees_no_blank_picture(folder, bank, table, tmp_path):
    asked = {"data": str(folder), "teacher": f"table:{table}", "questions": str(bank), "out": tmp_path / "s"}
    with pytest.raises(UsageError, match="sees no pictures"):
        extract(ExtractCommand.model_validate({**asked, "blank": True}))
    with pytest.raises(UsageError, match="has a negation"):
        extract(ExtractCommand.model_validate({**asked, "negations": True}))
    assert BLANK == "@blank"
