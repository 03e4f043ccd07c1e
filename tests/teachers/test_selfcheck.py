from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch

from makd.data.samples import Sample
from makd.errors import MakdError
from makd.questions.bank import Question
from makd.teachers import selfcheck
from makd.teachers.base import Answer
from makd.teachers.checkpoint import Checkpoint, load_checkpoint
from makd.teachers.paths import PATHS, Plan
from makd.teachers.transformers_teacher import TransformersTeacher
from tests.recorder import Recorder
from tests.teachers.planted_faults import FAULTS


@pytest.fixture(scope="module")
def model(internvl: Any) -> Checkpoint:
    return load_checkpoint(internvl, dtype="float32", device="cpu")


def ask(
    model: Checkpoint,
    samples: Sequence[Sample],
    questions: Sequence[Question],
    heard: Recorder,
    batch_size: int | None = 2,
) -> dict[str, Answer]:
    teacher = TransformersTeacher(model, batch_size=batch_size, progress=heard)
    answers = [answer for answer in teacher.answer(samples, questions) if isinstance(answer, Answer)]
    return {answer.key: answer for answer in answers}


def plain(monkeypatch: pytest.MonkeyPatch, *arguments: Any) -> dict[str, Answer]:
    with monkeypatch.context() as patch:
        patch.setattr(selfcheck, "PATHS", {"plain": PATHS["plain"]})
        return ask(*arguments)


def same(one: dict[str, Answer], other: dict[str, Answer]) -> bool:
    return one.keys() == other.keys() and all(
        np.allclose(one[key].log_odds, other[key].log_odds, atol=1e-3) for key in one
    )


def faulty(fault: Callable[[Plan], Plan], path: str = "packed") -> dict[str, Any]:
    def wrong(model: Any, processor: Any, pictures: Any, plan: Plan) -> torch.Tensor:
        return PATHS[path](model, processor, pictures, fault(plan))

    return {**PATHS, "packed": wrong}


def test_sound_path_is_kept(
    model: Checkpoint, questions: Any, make_samples: Callable[[int], list[Sample]], heard: Recorder
) -> None:
    answers = ask(model, make_samples(6), questions, heard)
    assert {answer.path for answer in answers.values()} == {"packed"}
    assert heard.lines == []


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_fault_makes_it_step_down(
    model: Checkpoint,
    questions: Any,
    make_samples: Callable[[int], list[Sample]],
    heard: Recorder,
    monkeypatch: pytest.MonkeyPatch,
    fault: Callable[[Plan], Plan],
) -> None:
    samples = make_samples(4)
    expected = plain(monkeypatch, model, samples, questions, Recorder())
    monkeypatch.setattr(selfcheck, "PATHS", faulty(fault))
    answers = ask(model, samples, questions, heard)
    assert {answer.path for answer in answers.values()} == {"shared-prefix"}
    assert same(answers, expected)
    assert len(heard.lines) == 1
    assert "packed path differs from the plain one by" in heard.lines[0]


def test_refusing_paths_lead_to_the_plain_one(
    model: Checkpoint,
    questions: Any,
    make_samples: Callable[[int], list[Sample]],
    heard: Recorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refusing(*_: Any) -> torch.Tensor:
        raise RuntimeError("no masks\nat all")

    monkeypatch.setattr(selfcheck, "PATHS", {**PATHS, "packed": refusing, "shared-prefix": refusing})
    answers = ask(model, make_samples(2), questions, heard)
    assert {answer.path for answer in answers.values()} == {"plain"}
    assert [line.split(" path ")[0] for line in heard.lines] == [
        "The teacher's packed",
        "The teacher's shared-prefix",
    ]
    assert "fails on this model (RuntimeError: no masks)" in heard.lines[0]


def test_not_a_number_is_no_agreement(
    model: Checkpoint,
    questions: Any,
    make_samples: Callable[[int], list[Sample]],
    heard: Recorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nothing(*arguments: Any) -> torch.Tensor:
        return torch.full_like(PATHS["packed"](*arguments), torch.nan)

    monkeypatch.setattr(selfcheck, "PATHS", {**PATHS, "packed": nothing})
    assert {a.path for a in ask(model, make_samples(2), questions, heard).values()} == {"shared-prefix"}


def test_fault_that_begins_at_a_greater_length_is_found(
    model: Checkpoint,
    questions: Any,
    make_samples: Callable[[int], list[Sample]],
    heard: Recorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lengths: list[int] = []

    def limited(model: Any, processor: Any, pictures: Any, plan: Plan) -> torch.Tensor:
        lengths.append(pictures[0].length)
        wrong = FAULTS[0](plan) if pictures[0].length > min(lengths) else plan
        return PATHS["packed"](model, processor, pictures, wrong)

    monkeypatch.setattr(selfcheck, "PATHS", {**PATHS, "packed": limited})
    monkeypatch.setattr("makd.teachers.transformers_teacher._WINDOW", 2)
    samples = make_samples(6)
    samples = [samples[5], samples[4], *samples[:4]]  # the smallest picture and the largest come together
    first, *others = [*samples[:1], *samples[2:], samples[1]]
    answers = ask(model, [first, *others], questions, heard, batch_size=1)
    assert len(set(lengths)) > 1
    assert "differs" in heard.lines[0]
    assert answers[others[-1].key].path == "shared-prefix"


def test_checks_become_rare(
    model: Checkpoint,
    questions: Any,
    make_samples: Callable[[int], list[Sample]],
    heard: Recorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[int] = []

    def counting(model: Any, processor: Any, pictures: Any, plan: Plan) -> torch.Tensor:
        compared.append(len(plan.prompts.texts))
        return PATHS["plain"](model, processor, pictures, plan)

    monkeypatch.setattr(selfcheck, "PATHS", {**PATHS, "plain": counting})
    same_size = [make_samples(1)[0]] * 40
    ask(model, same_size, questions[:6], heard, batch_size=1)
    assert [number for number in compared if number > 1] == [6] * 3  # at 0, 4, 20 pictures


def test_a_noisy_plain_path_loosens_the_limit_to_ten_floors_at_most(
    model: Checkpoint,
    questions: Any,
    make_samples: Callable[[int], list[Sample]],
    heard: Recorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def noisy(model: Any, processor: Any, pictures: Any, plan: Plan) -> torch.Tensor:
        logits = PATHS["plain"](model, processor, pictures, plan)
        logits[..., plan.forms.yes[0][0]] += 5.0 if len(plan.prompts.texts) > 1 else 0.0
        return logits

    monkeypatch.setattr(selfcheck, "PATHS", {**PATHS, "plain": noisy})
    ask(model, make_samples(1), questions, heard)
    assert "(limit 0.01)" in heard.lines[0]


def test_failing_plain_path_is_an_error(
    model: Checkpoint,
    questions: Any,
    make_samples: Callable[[int], list[Sample]],
    heard: Recorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: Any) -> torch.Tensor:
        raise ValueError("no such layer")

    monkeypatch.setattr(selfcheck, "PATHS", {"plain": broken})
    with pytest.raises(MakdError, match=r"cannot answer \(ValueError: no such layer\)"):
        ask(model, make_samples(1), questions, heard)


def test_lack_of_memory_names_the_settings(
    model: Checkpoint,
    questions: Any,
    make_samples: Callable[[int], list[Sample]],
    heard: Recorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def greedy(*_: Any) -> torch.Tensor:
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(selfcheck, "PATHS", {**PATHS, "packed": greedy})
    with pytest.raises(MakdError, match=r"--teacher.batch-size"):
        ask(model, make_samples(1), questions, heard)
    assert heard.lines == []


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("out of memory"),
        MemoryError(),
        RuntimeError(
            "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"
        ),
    ],
)
@pytest.mark.parametrize("batch_size", [None, 4])
def test_lack_of_memory_halves_the_batch_and_loses_nothing(
    model: Checkpoint,
    questions: Any,
    make_samples: Callable[[int], list[Sample]],
    heard: Recorder,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    batch_size: int | None,
) -> None:
    sizes: list[int] = []

    def greedy(model: Any, processor: Any, pictures: Any, plan: Plan) -> torch.Tensor:
        sizes.append(len(pictures))
        if len(pictures) > 1:
            raise error
        return PATHS["packed"](model, processor, pictures, plan)

    samples = [sample for sample in make_samples(12) if sample.key in {f"{i}.png" for i in (0, 2, 6, 8)}]
    expected = ask(model, samples, questions, heard, batch_size=1)
    monkeypatch.setattr(selfcheck, "PATHS", {**PATHS, "packed": greedy})
    answers = ask(model, samples, questions, heard, batch_size=batch_size)
    assert same(answers, expected)
    assert {answer.path for answer in answers.values()} == {"packed"}
    assert sizes == [4, 2, 1, 1, 1, 1]
    assert heard.lines == []


def test_plain_path_goes_on_in_smaller_passes_where_memory_ends(
    model: Checkpoint,
    questions: Any,
    make_samples: Callable[[int], list[Sample]],
    heard: Recorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def greedy(model: Any, processor: Any, pictures: Any, plan: Plan) -> torch.Tensor:
        if plan.tokens > 1000:
            raise MemoryError
        return PATHS["plain"](model, processor, pictures, plan)

    expected = plain(monkeypatch, model, make_samples(1), questions, heard)
    monkeypatch.setattr(selfcheck, "PATHS", {"plain": greedy})
    assert same(ask(model, make_samples(1), questions, heard), expected)
