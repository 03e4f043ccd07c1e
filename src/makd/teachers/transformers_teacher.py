"""A multimodal LLM of the transformers library as a teacher."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from makd.data.samples import Sample
from makd.progress import Progress, Silent
from makd.questions.bank import Question
from makd.teachers.answer_tokens import AnswerTokenChoice, find_forms
from makd.teachers.base import Answer, Failure, Need, TeacherCard
from makd.teachers.batch_size import BatchSize
from makd.teachers.checkpoint import Checkpoint
from makd.teachers.heeding import REPLY_TOKENS
from makd.teachers.model_inputs import prepare, to_model
from makd.teachers.paths import TOKENS_AT_ONCE, Plan
from makd.teachers.pictures import Picture, Pictures, decode
from makd.teachers.prompts import Prompts, render, text_settings
from makd.teachers.selfcheck import CheckedEngine, MemoryExceededError

if TYPE_CHECKING:
    import torch

_WINDOW = 32


class TransformersTeacher:
    """Encodes each picture once and answers all questions behind it.

    Args:
        checkpoint: model and processor.
        answer_tokens: `forms` (all forms of yes and no) or `pair` (the tokens of "Yes" and "No" alone).
        batch_size: pictures at once; None: found by trying, up to 16,384 tokens.
        progress: where a change of path is said.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        *,
        answer_tokens: AnswerTokenChoice = "forms",
        batch_size: int | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.checkpoint = checkpoint
        self.forms = find_forms(checkpoint.processor.tokenizer, answer_tokens)
        self.batch_size = batch_size
        self.progress = progress or Silent()
        self._card = TeacherCard(
            name=checkpoint.name,
            revision=checkpoint.revision,
            licence=checkpoint.licence,
            prompt=render(checkpoint.processor, "{question}"),
            dtype=checkpoint.precision,
        )

    @property
    def card(self) -> TeacherCard:
        """Who answers, with the image settings of now: the number of tiles may have been limited."""
        return replace(self._card, image_settings=self.checkpoint.image_settings)

    @property
    def needs(self) -> Need:
        """It sees pictures, never labels."""
        return "image"

    def answer(self, samples: Iterable[Sample], questions: Sequence[Question]) -> Iterator[Answer | Failure]:
        """Yield one `Answer` or `Failure` a sample, batch by batch, reading at most two windows ahead."""
        model, processor = self.checkpoint.model, self.checkpoint.processor
        prompts = Prompts.build(processor, [question.text for question in questions])
        plan = Plan.build(prompts, self.forms)
        engine = CheckedEngine(model, processor, plan, self.progress)
        vocabulary = model.get_output_embeddings().weight.shape[0]
        sizes = BatchSize(self.batch_size, TOKENS_AT_ONCE, len(plan.rows) * vocabulary)
        pictures = Pictures(processor, prompts, window=max(_WINDOW, 2 * (self.batch_size or 0)))
        for batch in pictures.batches(samples, self.batch_size, TOKENS_AT_ONCE):
            if isinstance(batch, Failure):
                yield batch
                continue
            yield from self._answer_batch(engine, sizes, batch)

    def reply(self, sample: Sample, question: Question) -> str:
        """Return what the model says to the prompt in words."""
        import torch

        model, processor = self.checkpoint.model, self.checkpoint.processor
        text = render(processor, question.text)
        image = decode(sample)
        inputs = prepare(processor, [image], [text], **text_settings(processor, text))
        with torch.inference_mode():
            ids = model.generate(**to_model(model, inputs), max_new_tokens=REPLY_TOKENS, do_sample=False)
        said: str = processor.tokenizer.decode(
            ids[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True
        )
        return said

    def _answer_batch(
        self, engine: CheckedEngine, sizes: BatchSize, batch: list[Picture]
    ) -> Iterator[Answer | Failure]:
        """Answer a batch in parts of the size found best; what memory refuses is asked again in halves."""
        import torch

        tokens = batch[0].length + sum(len(pack.ids) for pack in engine.plan.packs)
        while batch:
            part = batch[: sizes.pictures(tokens)]
            try:
                with torch.inference_mode():
                    log_odds, mass = engine.answer(part)
            except MemoryExceededError:
                if len(part) == 1:
                    raise
                sizes.exceeded(len(part), tokens)
                continue
            sizes.answered(len(part), tokens, engine.seconds)
            batch = batch[len(part) :]
            yield from _answers(part, log_odds, mass, engine.path)


def _answers(
    batch: Sequence[Picture], log_odds: torch.Tensor, mass: torch.Tensor, path: str
) -> Iterator[Answer | Failure]:
    for picture, odds, of_forms in zip(batch, log_odds.cpu().numpy(), mass.cpu().numpy(), strict=True):
        sample = picture.sample
        if not np.isfinite(odds).all():
            yield Failure(sample.key, "the model's answers are no numbers (overflow?)", sample.instance)
            continue
        yield Answer(sample.key, odds, of_forms, path=path, instance=sample.instance)
