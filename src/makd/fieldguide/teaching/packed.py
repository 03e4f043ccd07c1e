"""Training sequences: one picture, then several questions that see it and themselves, not each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from makd.fieldguide.attributes import ASPECTS
from makd.fieldguide.teaching.checkpoint import ASSISTANT, END, IMAGE, IMAGE_TOKENS, USER
from makd.fieldguide.wordings import FILLER, INSTRUCTIONS, WORDINGS

NO_LABEL = -100


@dataclass(frozen=True, slots=True)
class Packed:
    """A batch of packed sequences.

    Attributes:
        ids: `[B, L]` tokens, padded at the end.
        positions: `[B, L]`, starting again behind the prefix for each question.
        mask: `[B, 1, L, L]` true where a token (row) may look at a token (column).
        labels: `[B, L]` the next token where it is learnt, `NO_LABEL` elsewhere.
    """

    ids: torch.Tensor
    positions: torch.Tensor
    mask: torch.Tensor
    labels: torch.Tensor


class Packer:
    """Draws questions and wordings for pictures and packs them.

    The share `denied` of the questions is put the other way round; in the share `strewn` of them stand some
    words without bearing.
    """

    def __init__(
        self, tokenizer: object, rng: np.random.Generator, denied: float = 0.08, strewn: float = 0.2
    ) -> None:
        def encode(text: str) -> list[int]:
            ids: list[int] = tokenizer.encode(text, add_special_tokens=False)  # type: ignore[attr-defined]
            return ids

        self._rng, self._share_denied, self._share_strewn = rng, denied, strewn
        self._end, self._assistant = encode(END), encode(ASSISTANT)
        self._yes, self._no = encode("Yes"), encode("No")
        start = encode(USER + IMAGE * IMAGE_TOKENS)
        self._prefixes = [start + encode(f"{text}\n" if text else "") for text in INSTRUCTIONS]
        self._asked = [[encode(text) for text in WORDINGS[aspect.id].asked] for aspect in ASPECTS]
        self._denied = [[encode(text) for text in WORDINGS[aspect.id].denied] for aspect in ASPECTS]
        self._filler = sorted({token for word in FILLER.split() for token in encode(f" {word}")})

    def pack(
        self,
        truth: torch.Tensor,
        questions: int,
        hardness: float = 1.0,
        often: npt.NDArray[np.float64] | None = None,
        yes: npt.NDArray[np.float64] | None = None,
    ) -> Packed:
        """Put `questions` random questions to each of B pictures with true answers `[B, Q]`.

        `hardness` from 0 to 1 scales the shares of denied questions and of those with strewn words;
        `often`, `[Q]`, how often each question is drawn (sum 1); with `yes`, `[Q]`, the share of pictures
        with the answer yes, its two answers come about equally often.
        """
        rows = []
        for row in truth.numpy() > 0.5:
            chance = often if yes is None else _evened(row, yes, often)
            rows.append(self._row(row, questions, hardness, chance))
        return _collate(rows, self._end[0])

    def pack_bank(self, truth: torch.Tensor) -> Packed:
        """Put every question, as the bank words it behind the engine's instruction, to each of B pictures."""
        rows = []
        for row in truth.numpy() > 0.5:
            spans = [_Span(self._prefixes[0], [])]
            for asked, yes in zip(self._asked, row, strict=True):
                spans.append(_Span(asked[0] + self._assistant, self._yes if yes else self._no))
            rows.append(spans)
        return _collate(rows, self._end[0])

    def _row(
        self,
        truth: npt.NDArray[np.bool_],
        questions: int,
        hardness: float,
        often: npt.NDArray[np.float64] | None,
    ) -> list[_Span]:
        # half of the pictures hear the engine's own instruction
        which = 0 if self._rng.random() < 0.5 else int(self._rng.integers(len(self._prefixes)))
        spans = [_Span(self._prefixes[which], [])]
        for index in self._rng.choice(len(ASPECTS), questions, replace=False, p=often):
            denied = self._rng.random() < self._share_denied * hardness
            wordings = self._denied[index] if denied else self._asked[index]
            words = self._strew(wordings[self._rng.integers(len(wordings))], hardness)
            answer = self._yes if truth[index] != denied else self._no
            spans.append(_Span(words + self._assistant, answer))
        return spans

    def _strew(self, words: Sequence[int], hardness: float) -> list[int]:
        strewn = list(words)
        if self._rng.random() < self._share_strewn * hardness:
            for _ in range(self._rng.integers(1, 4)):
                token = self._filler[self._rng.integers(len(self._filler))]
                strewn.insert(int(self._rng.integers(len(strewn) + 1)), token)
        return strewn


def _evened(
    truth: npt.NDArray[np.bool_], yes: npt.NDArray[np.float64], often: npt.NDArray[np.float64] | None
) -> npt.NDArray[np.float64]:
    """Return `[Q]` chances with which the rarer answer of a question is met as often as the other."""
    chance = np.where(truth, 1 / yes, 1 / (1 - yes)) * (1.0 if often is None else often)
    evened: npt.NDArray[np.float64] = chance / chance.sum()
    return evened


@dataclass(frozen=True, slots=True)
class _Span:
    """The prefix (no answer) or one question with its answer."""

    words: Sequence[int]
    answer: Sequence[int]


def _collate(rows: Sequence[Sequence[_Span]], end: int) -> Packed:
    length = max(sum(len(span.words) + len(span.answer) for span in row) for row in rows)
    ids = np.full((len(rows), length), end)
    positions = np.zeros((len(rows), length), dtype=np.int64)
    blocks = np.full((len(rows), length), -1)
    labels = np.full((len(rows), length), NO_LABEL)
    for index, row in enumerate(rows):
        at, prefix = 0, len(row[0].words)
        for block, span in enumerate(row):
            here = slice(at, at + len(span.words) + len(span.answer))
            ids[index, here] = [*span.words, *span.answer]
            blocks[index, here] = block
            positions[index, here] = np.arange(here.stop - at) + (prefix if block else 0)
            if span.answer:
                labels[index, here.stop - 2 : here.stop] = [span.answer[0], end]
            at = here.stop
    seen = torch.from_numpy((blocks[:, None, :] == 0) | (blocks[:, None, :] == blocks[:, :, None]))
    mask = seen.tril() | torch.eye(length, dtype=torch.bool)
    return Packed(torch.from_numpy(ids), torch.from_numpy(positions), mask[:, None], torch.from_numpy(labels))
