import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch

from makd.data.images import load_image
from makd.data.samples import Sample
from makd.questions.bank import Question, QuestionBank
from makd.teachers.base import Answer, Failure
from makd.teachers.checkpoint import Checkpoint, load_checkpoint
from makd.teachers.transformers_teacher import TransformersTeacher
from tests.teachers.by_hand import log_odds_by_hand
from tests.teachers.random_checkpoints import QUESTIONS

Make = Callable[[int], list[Sample]]


def answers(
    teacher: TransformersTeacher, samples: Sequence[Sample], questions: Sequence[Question]
) -> dict[str, Answer]:
    return {answer.key: answer for answer in teacher.answer(samples, questions) if isinstance(answer, Answer)}


def test_answers_are_those_of_the_plain_protocol(
    checkpoint: Checkpoint, questions: Sequence[Question], make_samples: Make
) -> None:
    samples = make_samples(6)
    teacher = TransformersTeacher(checkpoint)
    given = answers(teacher, samples, questions)
    assert len(given) == len(samples)
    for sample in samples:
        answer = given[sample.key]
        assert answer.path == "packed"
        assert answer.kind == "soft"
        assert answer.log_odds.dtype == answer.yes_no_mass.dtype == np.float32
        assert ((answer.yes_no_mass >= 0) & (answer.yes_no_mass <= 1)).all()
        expected = log_odds_by_hand(checkpoint, load_image(sample.path), QUESTIONS, teacher.forms)
        np.testing.assert_allclose(answer.log_odds, expected, atol=1e-3)


def test_order_of_samples_and_batches_does_not_matter(
    checkpoint: Checkpoint, questions: Sequence[Question], make_samples: Make
) -> None:
    samples = make_samples(6)
    together = answers(TransformersTeacher(checkpoint), samples, questions)
    alone = answers(TransformersTeacher(checkpoint, batch_size=1), samples[::-1], questions)
    for key, answer in together.items():
        np.testing.assert_allclose(answer.log_odds, alone[key].log_odds, atol=1e-3)


def test_pair_is_the_softmax_over_the_two_logits(
    internvl: Path, questions: Sequence[Question], make_samples: Make
) -> None:
    checkpoint = load_checkpoint(internvl, dtype="float32", device="cpu")
    teacher = TransformersTeacher(checkpoint, answer_tokens="pair")
    (sample,) = make_samples(1)
    answer = answers(teacher, [sample], questions)[sample.key]
    yes, no = checkpoint.processor.tokenizer.convert_tokens_to_ids(["Yes", "No"])
    text = teacher.card.prompt.replace("{question}", QUESTIONS[0])
    inputs = checkpoint.processor(images=[load_image(sample.path)], text=[text], return_tensors="pt")
    with torch.no_grad():
        logits = checkpoint.model(**inputs).logits[0, -1]
    expected = torch.softmax(logits[[yes, no]], 0)[0].item()
    assert 1 / (1 + np.exp(-answer.log_odds[0])) == pytest.approx(expected, rel=1e-3)


def test_broken_pictures_become_failures(
    checkpoint: Checkpoint, questions: Sequence[Question], make_samples: Make, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n nothing more")
    samples = make_samples(2)
    outcomes = list(
        TransformersTeacher(checkpoint).answer(
            [samples[0], Sample("broken.png", broken), samples[1]], questions
        )
    )
    assert [type(outcome) for outcome in outcomes].count(Answer) == 2
    (failure,) = (outcome for outcome in outcomes if isinstance(outcome, Failure))
    assert failure.key == "broken.png"
    assert failure.reason


def test_overflow_is_a_failure(internvl: Path, questions: Sequence[Question], make_samples: Make) -> None:
    checkpoint = load_checkpoint(internvl, dtype="float32", device="cpu")
    with torch.no_grad():
        checkpoint.model.lm_head.weight[0] = torch.nan
    (failure,) = TransformersTeacher(checkpoint).answer(make_samples(1), questions)
    assert failure == Failure("0.png", "the model's answers are no numbers (overflow?)")


def test_it_never_needs_a_label(checkpoint: Checkpoint) -> None:
    assert TransformersTeacher(checkpoint).needs == "image"


def test_card_says_what_makes_answers_comparable(checkpoint: Checkpoint) -> None:
    card = TransformersTeacher(checkpoint).card
    assert "{question}" in card.prompt
    assert card.prompt.startswith("<|user|><image>")
    assert card.dtype == "float32"
    assert card.image_settings["size"]
    json.dumps(asdict(card))


def test_bfloat16_gives_unrounded_logits_near_those_of_float32(
    internvl: Path, questions: Sequence[Question], make_samples: Make
) -> None:
    samples = make_samples(2)
    exact, rounded = (
        answers(TransformersTeacher(load_checkpoint(internvl, dtype=dtype, device="cpu")), samples, questions)
        for dtype in ("float32", "bfloat16")
    )
    for key in exact:
        assert np.abs(exact[key].log_odds - rounded[key].log_odds).max() < 1
        coarse = torch.from_numpy(rounded[key].log_odds).bfloat16().float().numpy()
        assert (coarse != rounded[key].log_odds).any()


def test_no_samples_no_answers(checkpoint: Checkpoint, questions: Sequence[Question]) -> None:
    assert list(TransformersTeacher(checkpoint).answer([], questions)) == []


def test_one_question(checkpoint: Checkpoint, make_samples: Make) -> None:
    bank = QuestionBank.from_texts(["Is it red?"])
    (sample,) = make_samples(1)
    teacher = TransformersTeacher(checkpoint)
    answer = answers(teacher, [sample], bank.questions)[sample.key]
    expected = log_odds_by_hand(checkpoint, load_image(sample.path), ["Is it red?"], teacher.forms)
    np.testing.assert_allclose(answer.log_odds, expected, atol=1e-3)
