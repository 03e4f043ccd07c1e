"""A multimodal LLM that vLLM runs in this process, as a teacher."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from makd.data.images import quiet
from makd.data.samples import Sample
from makd.questions.bank import Question
from makd.teachers.answer_tokens import AnswerForms, AnswerTokenChoice, find_forms
from makd.teachers.base import Answer, Failure, FloatVector, Need, TeacherCard
from makd.teachers.heeding import REPLY_TOKENS
from makd.teachers.pictures import decode, image_settings
from makd.teachers.prompts import render, text_settings
from makd.teachers.vllm.engine import Engine, in_words, log_probabilities


class VllmTeacher:
    """Asks all questions about some pictures at a time; vLLM's prefix cache keeps each picture encoded.

    Prompts, forms of yes and no and what is made of them are those of `TransformersTeacher`.

    Args:
        engine: what vLLM has loaded.
        answer_tokens: `forms` (all forms of yes and no) or `pair` (the tokens of "Yes" and "No" alone).
        batch_size: pictures at once; None: as many as fill the engine.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        answer_tokens: AnswerTokenChoice = "forms",
        batch_size: int | None = None,
    ) -> None:
        self.engine, self.batch_size = engine, batch_size
        self.forms = find_forms(engine.processor.tokenizer, answer_tokens)
        self._card = TeacherCard(
            name=f"vllm:{engine.name}",
            revision=engine.revision,
            prompt=render(engine.processor, "{question}"),
            image_settings=image_settings(engine.processor),
            dtype=engine.dtype,
        )

    @property
    def card(self) -> TeacherCard:
        """Who answers."""
        return self._card

    @property
    def needs(self) -> Need:
        """It sees pictures, never labels."""
        return "image"

    def answer(self, samples: Iterable[Sample], questions: Sequence[Question]) -> Iterator[Answer | Failure]:
        """Yield one `Answer` or `Failure` a sample, some samples at a time, in their order.

        The first question of each picture goes ahead, so that the others find the picture in the cache.
        """
        rows = _rows(self.engine.processor, [question.text for question in questions], self.forms)
        remaining = iter(samples)
        size = self.batch_size or max(1, self.engine.concurrency // len(rows))
        with quiet():
            while window := list(islice(remaining, size)):
                yield from self._answer(window, rows)

    def reply(self, sample: Sample, question: Question) -> str:
        """Return what the model says to the prompt in words."""
        row = _rows(self.engine.processor, [question.text], self.forms)[0]
        prompt = {"prompt_token_ids": row, "multi_modal_data": {"image": decode(sample)}}
        return in_words(self.engine, prompt, REPLY_TOKENS)

    def _answer(self, window: Sequence[Sample], rows: Sequence[list[int]]) -> Iterator[Answer | Failure]:
        seen: list[tuple[Sample, Any]] = []
        for sample in window:
            image = decode(sample)
            if isinstance(image, str):
                yield Failure(sample.key, image, sample.instance)
            else:
                seen.append((sample, image))
        ahead = self._ask([image for _, image in seen], rows[:1])
        rest = self._ask([image for _, image in seen], rows[1:])
        for (sample, _), first, others in zip(seen, ahead, rest, strict=True):
            log_odds, mass = score(self.forms, np.array([*first, *others]))
            yield Answer(sample.key, log_odds, mass, path="vllm", instance=sample.instance)

    def _ask(self, images: Sequence[Any], rows: Sequence[list[int]]) -> list[list[list[float]]]:
        """Return `[images][rows][next tokens]` log-probabilities."""
        tokens = next_tokens(self.forms)
        prompts = [
            {"prompt_token_ids": row, "multi_modal_data": {"image": image}}
            for image in images
            for row in rows
        ]
        found = iter(log_probabilities(self.engine, prompts, tokens) if prompts else [])
        return [[next(found) for _ in rows] for _ in images]


def next_tokens(forms: AnswerForms) -> tuple[int, ...]:
    """Return every token of every form, sorted: those whose probabilities are needed."""
    return tuple(sorted({token for form in forms.yes + forms.no for token in form}))


def score(forms: AnswerForms, found: FloatVector) -> tuple[FloatVector, FloatVector]:
    """Turn log-probabilities of next tokens into log_odds and yes_no_mass, both `[Q]`.

    Args:
        forms: what counts as yes and as no.
        found: `[Q * starts, tokens]`, a question's rows together, tokens in the order of `next_tokens`.
    """
    place = {token: index for index, token in enumerate(next_tokens(forms))}
    starts = {start: index for index, start in enumerate(forms.starts)}
    by_start = found.reshape(-1, len(starts), len(place)).astype(np.float64)

    def of_word(word: Sequence[tuple[int, ...]]) -> Any:
        each = [
            np.sum([by_start[:, starts[form[:i]], place[token]] for i, token in enumerate(form)], axis=0)
            for form in word
        ]
        return np.logaddexp.reduce(np.stack(each), axis=0)

    yes, no = of_word(forms.yes), of_word(forms.no)
    mass = np.minimum(np.exp(np.logaddexp(yes, no)), 1.0)
    return (yes - no).astype(np.float32), mass.astype(np.float32)


def _rows(processor: Any, questions: Sequence[str], forms: AnswerForms) -> list[list[int]]:
    """Return `[Q * starts]` prompts as token ids, each question behind every start of an answer."""
    texts = [render(processor, question) for question in questions]
    ids = processor.tokenizer(texts, **text_settings(processor, texts[0]))["input_ids"]
    return [[*row, *start] for row in ids for start in forms.starts]
