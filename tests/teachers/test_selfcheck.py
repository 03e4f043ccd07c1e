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

Ask = Callable[..., dict[str, Answer]]
Paths = dict[str, Any]


@pytest.fixture(scope="module")
def model(internvl: Any) -> Checkpoint:
    return load_checkpoint(internvl, dtype="float32", device="cpu")


@pytest.fixture
def ask(model: Checkpoint, questions: Sequence[Question], heard: Recorder) -> Ask:
    """Return a function that has the model answer about samples, and gives the answers by key."""

    def ask(
        samples: Sequence[Sample],
        *,
        asked: Sequence[Question] = questions,
        batch_size: int | None = 2,
        progress: Recorder = heard,
    ) -> dict[str, Answer]:
        teacher = TransformersTeacher(model, batch_size=batch_size, progress=progress)
        answers = [answer for answer in teacher.answer(samples, asked) if isinstance(answer, Answer)]
        return {answer.key: answer for answer in answers}

    return ask


@pytest.fixture
def replace_paths(monkeypatch: pytest.MonkeyPatch) -> Callable[[Paths], None]:
    """Return a function that puts others in the place of all paths; the first one is tried first."""
    return lambda paths: monkeypatch.setattr(selfcheck, "PATHS", paths)


@pytest.fixture
def plain(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Return a function that asks by the plain path alone, and keeps what is said to itself."""

    def plainly(samples: Sequence[Sample]) -> dict[str, Answer]:
        with monkeypatch.context() as patch:
            patch.setattr(selfcheck, "PATHS", {"plain": PATHS["plain"]})
            return ask(samples, progress=Recorder())

    return plainly


def same(one: dict[str, Answer], other: dict[str, Answer]) -> bool:
    return one.keys() == other.keys() and all(
        np.allclose(one[key].log_odds, other[key].log_odds, atol=1e-3) for key in one
    )


def faulty(fault: Callable[[Plan], Plan], path: str = "packed") -> Paths:
    def wrong(model: Any, processor: Any, pictures: Any, plan: Plan) -> torch.Tensor:
        return PATHS[path](model, processor, pictures, fault(plan))

    return {**PATHS, "packed": wrong}


def test_sound_path_is_kept(ask, make_samples, heard):
    answers = ask(make_samples(6))
    assert {answer.path for answer in answers.values()} == {"packed"}
    assert heard.lines == []


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_fault_makes_it_step_down(ask, plain, replace_paths, make_samples, heard, fault):
    samples = make_samples(4)
    expected = plain(samples)
    replace_paths(faulty(fault))
    answers = ask(samples)
    assert {answer.path for answer in answers.values()} == {"shared-prefix"}
    assert same(answers, expected)
    assert len(heard.lines) == 1
    assert "packed path differs from the plain one by" in heard.lines[0]


def test_refusing_paths_lead_to_the_plain_one(ask, replace_paths, make_samples, heard):
    def refusing(*_: Any) -> torch.Tensor:
        raise RuntimeError("no masks\nat all")

    replace_paths({**PATHS, "packed": refusing, "shared-prefix": refusing})
    answers = ask(make_samples(2))
    assert {answer.path for answer in answers.values()} == {"plain"}
    assert [line.split(" path ")[0] for line in heard.lines] == [
        "The teacher's packed",
        "The teacher's shared-prefix",
    ]
    assert "fails on this model (RuntimeError: no masks)" in heard.lines[0]


def test_not_a_number_is_no_agreement(ask, replace_paths, make_samples):
    def nothing(*arguments: Any) -> torch.Tensor:
        return torch.full_like(PATHS["packed"](*arguments), torch.nan)

    replace_paths({**PATHS, "packed": nothing})
    assert {a.path for a in ask(make_samples(2)).values()} == {"shared-prefix"}


def test_fault_that_begins_at_a_greater_length_is_found(ask, replace_paths, make_samples, heard, monkeypatch):
    lengths: list[int] = []

    def limited(model: Any, processor: Any, pictures: Any, plan: Plan) -> torch.Tensor:
        lengths.append(pictures[0].length)
        wrong = FAULTS[0](plan) if pictures[0].length > min(lengths) else plan
        return PATHS["packed"](model, processor, pictures, wrong)

    replace_paths({**PATHS, "packed": limited})
    monkeypatch.setattr("makd.teachers.transformers_teacher._WINDOW", 2)
    samples = make_samples(6)
    samples = [samples[5], samples[4], *samples[:4]]  # the smallest picture and the largest come together
    first, *others = [*samples[:1], *samples[2:], samples[1]]
    answers = ask([first, *others], batch_size=1)
    assert len(set(lengths)) > 1
    assert "differs" in heard.lines[0]
    assert answers[others[-1].key].path == "shared-prefix"


def test_checks_become_rare(ask, replace_paths, make_samples, questions):
    compared: list[int] = []

    def counting(model: Any, processor: Any, pictures: Any, plan: Plan) -> torch.Tensor:
        compared.append(len(plan.prompts.texts))
        return PATHS["plain"](model, processor, pictures, plan)

    replace_paths({**PATHS, "plain": counting})
    same_size = [make_samples(1)[0]] * 40
    ask(same_size, asked=questions[:6], batch_size=1)
    assert [number for number in compared if number > 1] == [6] * 3  # at 0, 4, 20 pictures


def test_a_noisy_plain_path_loosens_the_limit_to_ten_floors_at_most(ask, replace_paths, make_samples, heard):
    def noisy(model: Any, processor: Any, pictures: Any, plan: Plan) -> torch.Tensor:
        logits = PATHS["plain"](model, processor, pictures, plan)
        logits[..., plan.forms.yes[0][0]] += 5.0 if len(plan.prompts.texts) > 1 else 0.0
        return logits

    replace_paths({**PATHS, "plain": noisy})
    ask(make_samples(1))
    assert "(limit 0.01)" in heard.lines[0]


def test_failing_plain_path_is_an_error(ask, replace_paths, make_samples):
    def broken(*_: Any) -> torch.Tensor:
        raise ValueError("no such layer")

    replace_paths({"plain": broken})
    with pytest.raises(MakdError, match=r"cannot answer \(ValueError: no such layer\)"):
        ask(make_samples(1))


def test_lack_of_memory_names_the_settings(ask, replace_paths, make_samples, heard):
    def greedy(*_: Any) -> torch.Tensor:
        raise torch.OutOfMemoryError("out of memory")

    replace_paths({**PATHS, "packed": greedy})
    with pytest.raises(MakdError, match=r"--teacher.batch-size"):
        ask(make_samples(1))
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
    ask, replace_paths, make_samples, heard, error, batch_size
):
    sizes: list[int] = []

    def greedy(model: Any, processor: Any, pictures: Any, plan: Plan) -> torch.Tensor:
        sizes.append(len(pictures))
        if len(pictures) > 1:
            raise error
        return PATHS["packed"](model, processor, pictures, plan)

    samples = [sample for sample in make_samples(12) if sample.key in {f"{i}.png" for i in (0, 2, 6, 8)}]
    expected = ask(samples, batch_size=1)
    replace_paths({**PATHS, "packed": greedy})
    answers = ask(samples, batch_size=batch_size)
    assert same(answers, expected)
    assert {answer.path for answer in answers.values()} == {"packed"}
    assert sizes == [4, 2, 1, 1, 1, 1]
    assert heard.lines == []


def test_plain_path_goes_on_in_smaller_passes_where_memory_ends(ask, plain, replace_paths, make_samples):
    def greedy(model: Any, processor: Any, pictures: Any, plan: Plan) -> torch.Tensor:
        if plan.tokens > 1000:
            raise MemoryError
        return PATHS["plain"](model, processor, pictures, plan)

    expected = plain(make_samples(1))
    replace_paths({"plain": greedy})
    assert same(ask(make_samples(1)), expected)
