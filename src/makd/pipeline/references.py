"""`--references`: what the teacher alone reaches, by naming the class or by a linear model on its answers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from makd.config.asking import AskingSettings
from makd.data.samples import Catalog, Sample, Split
from makd.errors import UsageError
from makd.pipeline.extract import ask
from makd.pipeline.worlds import World
from makd.progress import Progress
from makd.questions.bank import Question, QuestionBank
from makd.questions.generation.classes import readable
from makd.storage import write_json

if TYPE_CHECKING:
    from makd.evaluation.references import Answers, Outcome
    from makd.teachers.base import Teacher
    from makd.training.targets import Targets

QUESTION = "Is this a photo of a {}?"


def check_references(asked: Sequence[str], worlds: Sequence[World], teacher: Teacher | None) -> None:
    """Refuse references that cannot be had, before anything is trained.

    Raises:
        UsageError: there is no teacher to ask, it sees no pictures or is another one than the store's; or the
            store lacks answers about val and test images.
    """
    answered = worlds[0].answered
    check_naming(asked, worlds[0].catalog.classes, teacher)
    if "naming" in asked and teacher and answered and answered.teacher.name != teacher.card.name:
        raise UsageError(
            f"--references naming: the answers are those of {answered.teacher.name!r}, --teacher is "
            f"{teacher.card.name!r}. Name the teacher that answered, or leave naming out."
        )
    if "linear" in asked:
        for world in worlds:
            _check_held_out(world)


def check_naming(asked: Sequence[str], classes: Sequence[str], teacher: Teacher | None) -> None:
    """Refuse to have the class named where that cannot be.

    Raises:
        UsageError: there is no teacher to ask, it sees no pictures, or classes read alike.
    """
    if "naming" not in asked:
        return
    if teacher is None:
        raise UsageError("--references naming: name the multimodal LLM that is asked, by --teacher.")
    if teacher.needs == "label":
        raise UsageError(
            f"--references naming: {teacher.card.name} is handed the class, so it cannot be asked for it."
        )
    class_questions(classes)


def judge_references(
    asked: Sequence[str],
    worlds: Sequence[World],
    out: Path,
    *,
    teacher: Teacher | None,
    asking: AskingSettings,
    labelling: Mapping[str, Any] | None = None,
    progress: Progress,
) -> dict[str, Any]:
    """Return the reference rows asked for, each with its figures and its cost.

    Args:
        asked: `naming`, `linear`; see `check_references`.
        worlds: pictures and answers of each repetition.
        out: directory of the comparison; the answers to class questions are kept in its `naming`.
        teacher: who is asked for the class.
        asking: when asking stops.
        labelling: what the answers cost: `seconds`, `images`; None when not known.
        progress: told of the asking.
    """
    from makd.evaluation.references import tabulate_reference

    distinct = list({id(world): world for world in worlds}.values())
    rows: dict[str, Any] = {}
    if "naming" in asked and teacher is not None:
        outcomes, cost = _naming([world.catalog for world in distinct], out, teacher, asking, progress)
        rows["naming"] = {**tabulate_reference(outcomes), "question": QUESTION.format("{class}"), **cost}
    if "linear" in asked:
        rows["linear"] = _linear(distinct, labelling)
    return rows


def class_questions(classes: Sequence[str]) -> QuestionBank:
    """Return the questions whether a picture shows each class, in the classes' order.

    Raises:
        UsageError: two classes read alike.
    """
    texts = [QUESTION.format(readable(name)) for name in classes]
    if twins := sorted({text for text in texts if texts.count(text) > 1}):
        raise UsageError(
            f"--references naming: several classes would be asked for by the same question, {twins[0]!r}."
        )
    width = len(str(len(texts)))
    questions = tuple(Question(id=f"class{i:0{width}d}", text=text) for i, text in enumerate(texts))
    return QuestionBank(name="classes", source="class names", questions=questions)


def _naming(
    catalogs: Sequence[Catalog], out: Path, teacher: Teacher, asking: AskingSettings, progress: Progress
) -> tuple[list[Outcome], dict[str, Any]]:
    """Ask for every class about every test image; the highest log-odds name the class."""
    import numpy as np

    from makd.answers.store import AnswerStore
    from makd.evaluation.references import Outcome

    record, store = out / "naming.json", out / "naming"
    cost = json.loads(record.read_text()) if record.is_file() else {"labelling_seconds": 0.0, "images": 0}
    outcomes = []
    for catalog in catalogs:
        bank = class_questions(catalog.classes)
        samples = _labelled(catalog, "test")
        place = store / catalog.source if len({one.source for one in catalogs}) > 1 else store
        progress.say(
            f"{teacher.card.name} is asked for {len(bank)} classes about {len(samples)} test images."
        )
        summary = ask(samples, teacher, bank, place, source=catalog.source, asking=asking, progress=progress)
        cost["labelling_seconds"] += summary["seconds"]
        cost["images"] += summary["answered"]
        write_json(record, cost)
        answers = AnswerStore.open(place).answers(hashes=bank.hashes, source=catalog.source)
        row = {key: n for n, key in enumerate(answers.keys)}
        scores = np.full((len(samples), len(bank)), np.nan)
        found = [(n, row[sample.key]) for n, sample in enumerate(samples) if sample.key in row]
        scores[[n for n, _ in found]] = answers.log_odds[[r for _, r in found]]
        outcomes.append(Outcome(scores, _labels(samples)))
    return outcomes, {**cost, "questions": len(catalogs[0].classes), "training_seconds": 0.0}


def _linear(worlds: Sequence[World], labelling: Mapping[str, Any] | None) -> dict[str, Any]:
    from makd.evaluation.references import linear_model, tabulate_reference

    fitted = [
        linear_model(*(_answers(world, split) for split in ("train", "val", "test"))) for world in worlds
    ]
    catalogs = [world.catalog for world in worlds]
    images = len({(c.source, sample.key) for c in catalogs for sample in c.of("train", "val", "test")})
    rate = labelling["seconds"] / labelling["images"] if labelling and labelling.get("images") else None
    return {
        **tabulate_reference([one.outcome for one in fitted]),
        "strength": [one.strength for one in fitted],
        "training_seconds": sum(one.seconds for one in fitted),
        "labelling_seconds": None if rate is None else rate * images,
        "images": images,
        "questions": len(worlds[0].answered.targets.question_ids) if worlds[0].answered else 0,
    }


def _answers(world: World, split: Split) -> Answers:
    import numpy as np

    from makd.evaluation.references import Answers

    samples = _labelled(world.catalog, split)
    rows = _targets(world).rows([sample.key for sample in samples]).astype(np.float64)
    answered = np.isfinite(rows).any(axis=1) if split == "train" else np.ones(len(rows), dtype=bool)
    return Answers(rows[answered], _labels(samples)[answered])


def _check_held_out(world: World) -> None:
    import numpy as np

    for split in ("val", "test"):
        samples = _labelled(world.catalog, split)
        rows = _targets(world).rows([sample.key for sample in samples])
        lacking = int(np.isnan(rows).all(axis=1).sum())
        if 2 * lacking > len(samples):
            raise UsageError(
                f"--references linear: the store lacks answers about {lacking} of {len(samples)} {split} "
                "images. Ask about them: `makd answers extract … --splits train,val,test`."
            )


def _targets(world: World) -> Targets:
    if world.answered is None:
        raise UsageError("--references linear: a linear model on answers needs --answers.")
    return world.answered.targets


def _labelled(catalog: Catalog, split: Split) -> list[Sample]:
    return [sample for sample in catalog.of(split) if sample.label is not None]


def _labels(samples: Sequence[Sample]) -> Any:
    import numpy as np

    return np.array([sample.label for sample in samples], dtype=np.int64)
