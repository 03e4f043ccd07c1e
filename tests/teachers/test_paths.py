from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch

from makd.data.samples import Sample
from makd.questions.bank import Question
from makd.teachers import packing, paths
from makd.teachers.answer_tokens import find_forms
from makd.teachers.checkpoint import Checkpoint
from makd.teachers.paths import PATHS, Plan
from makd.teachers.pictures import Picture, Pictures
from makd.teachers.prompts import Prompts
from makd.teachers.selfcheck import FLOORS
from tests.teachers.by_hand import log_odds_by_hand
from tests.teachers.planted_faults import FAULTS

LIMIT = FLOORS["float32"]


class Bench:
    """A checkpoint, a plan and a batch of two pictures of equal length."""

    def __init__(
        self, checkpoint: Checkpoint, questions: Sequence[Question], samples: Sequence[Sample]
    ) -> None:
        self.checkpoint = checkpoint
        self.texts = [question.text for question in questions]
        prompts = Prompts.build(checkpoint.processor, self.texts)
        self.plan = Plan.build(prompts, find_forms(checkpoint.processor.tokenizer))
        batches = Pictures(checkpoint.processor, prompts, 32).batches(samples, 2, 0)
        self.batch = next(batch for batch in batches if isinstance(batch, list) and len(batch) == 2)

    def log_odds(
        self, path: str, plan: Plan | None = None, batch: Sequence[Picture] | None = None
    ) -> np.ndarray:
        plan = plan or self.plan
        with torch.inference_mode():
            logits = PATHS[path](self.checkpoint.model, self.checkpoint.processor, batch or self.batch, plan)
        pictures, _, vocabulary = logits.shape
        return plan.forms.score(logits.view(pictures, -1, len(plan.forms.starts), vocabulary))[0].numpy()


@pytest.fixture
def bench(
    checkpoint: Checkpoint, questions: Sequence[Question], make_samples: Callable[[int], list[Sample]]
) -> Bench:
    return Bench(checkpoint, questions, make_samples(6))


@pytest.mark.parametrize("path", PATHS)
def test_every_path_gives_what_whole_prompts_give(bench: Bench, path: str) -> None:
    got = bench.log_odds(path)
    for row, picture in zip(got, bench.batch, strict=True):
        expected = log_odds_by_hand(bench.checkpoint, picture.image, bench.texts, bench.plan.forms)
        assert np.std(expected) > 1, "the outputs do not spread, the comparison says nothing"
        np.testing.assert_allclose(row, expected, atol=LIMIT)


@pytest.mark.parametrize("path", PATHS)
def test_pictures_matter(bench: Bench, path: str) -> None:
    one, other = bench.log_odds(path)
    assert np.abs(one - other).max() > 100 * LIMIT


def test_permuted_questions_permute_answers(bench: Bench) -> None:
    order = np.random.default_rng(0).permutation(len(bench.texts))
    permuted = bench.log_odds("packed", bench.plan.asking(order.tolist()))
    np.testing.assert_allclose(permuted, bench.log_odds("packed")[:, order], atol=LIMIT)


@pytest.mark.parametrize("tokens", [8, 40])
def test_groups_give_what_one_tree_gives(bench: Bench, tokens: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = bench.log_odds("packed")
    monkeypatch.setattr(paths, "pack_groups", lambda rows: packing.pack_groups(rows, tokens))
    plan = Plan.build(bench.plan.prompts, bench.plan.forms)
    assert len(plan.packs) > 1
    np.testing.assert_allclose(bench.log_odds("packed", plan), whole, atol=LIMIT)


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_faults_exceed_the_limit_a_hundredfold(bench: Bench, fault: Callable[[Plan], Plan]) -> None:
    wrong = bench.log_odds("packed", fault(bench.plan))
    assert np.abs(wrong - bench.log_odds("plain")).max(1).min() > 100 * LIMIT
