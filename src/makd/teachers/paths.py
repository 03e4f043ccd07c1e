"""Three ways to the same logits, from the fastest to the one that is right by definition."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from makd.teachers.answer_tokens import AnswerForms, Tokens
from makd.teachers.model_inputs import Inputs, behind, join, positions_behind, prepare, to_model, with_end
from makd.teachers.packing import Pack, pack_groups
from makd.teachers.pictures import Picture
from makd.teachers.prompts import Prompts, text_settings

if TYPE_CHECKING:
    from torch import Tensor

TOKENS_AT_ONCE = 16384
"""Tokens that one forward pass takes at most where makd chooses the batch."""


@dataclass(frozen=True)
class Plan:
    """What is asked of every picture.

    Attributes:
        prompts: the questions' prompts.
        forms: what counts as an answer; with its S starts, each question is asked in S rows.
        rows: `[Q * S]` tokens behind the shared prefix: question, turn end, start of an answer.
        packs: the rows merged into few sequences.
        tokens: what one pass of the slower paths takes at most, if that is more than one row.
    """

    prompts: Prompts
    forms: AnswerForms
    rows: tuple[Tokens, ...]
    packs: tuple[Pack, ...]
    tokens: int = TOKENS_AT_ONCE

    @classmethod
    def build(cls, prompts: Prompts, forms: AnswerForms) -> Plan:
        """Lay out rows and packed sequence for a bank."""
        rows = tuple(suffix + start for suffix in prompts.suffixes for start in forms.starts)
        return cls(prompts, forms, rows, pack_groups(rows))

    def asking(self, questions: Sequence[int]) -> Plan:
        """Return the plan of some of the questions alone, by index."""
        texts = tuple(self.prompts.texts[q] for q in questions)
        some = Prompts(texts, tuple(self.prompts.suffixes[q] for q in questions))
        return replace(Plan.build(some, self.forms), tokens=self.tokens)


Path: TypeAlias = Callable[[Any, Any, Sequence[Picture], Plan], "Tensor"]
"""(model, processor, pictures of equal prefix length, plan) -> next-token logits `[B, Q * S, V]`."""


def packed(model: Any, processor: Any, pictures: Sequence[Picture], plan: Plan) -> Tensor:
    """Encode picture and instruction once, then all rows of the picture in few packed sequences behind it."""
    import torch

    prefix = _prefix(model, pictures)
    cache = model(**prefix, use_cache=True, logits_to_keep=1).past_key_values
    start = positions_behind(model, prefix)
    length = prefix["input_ids"].shape[1]
    every: list[Tensor] = []
    for pack in plan.packs:
        if every:
            cache.crop(length - cache.get_seq_length())
        every.append(_behind(model, prefix, cache, start, pack))
    if len(every) == 1:
        return every[0]
    order = np.argsort(np.concatenate([pack.places for pack in plan.packs]))
    return torch.cat(every, 1)[:, torch.from_numpy(order).to(model.device)]


def _behind(model: Any, prefix: Inputs, cache: Any, start: Tensor, pack: Pack) -> Tensor:
    """Return the logits `[B, R, V]` at the ends of a pack's rows behind a cached prefix."""
    import torch

    batch, length = prefix["input_ids"].shape
    ids, depths, ends = (
        torch.from_numpy(part).to(model.device) for part in (pack.ids, pack.depths, pack.ends)
    )
    logits: Tensor = model(
        input_ids=ids.expand(batch, -1),
        position_ids=start + depths,
        attention_mask=pack.mask(length, model.dtype, model.device),
        past_key_values=cache,
        use_cache=True,
        logits_to_keep=ends,
        **behind(prefix, len(ids)),
    ).logits
    return logits if logits.shape[1] == len(ends) else logits[:, ends]


def shared_prefix(model: Any, processor: Any, pictures: Sequence[Picture], plan: Plan) -> Tensor:
    """Encode picture and instruction once, then each row as a batch entry behind a copy of the cache."""
    import torch

    every: list[Tensor] = []
    for picture in pictures:
        prefix = _prefix(model, [picture])
        cache = model(**prefix, use_cache=True, logits_to_keep=1).past_key_values
        start = positions_behind(model, prefix)
        found: dict[int, Tensor] = {}
        for places in _alike([len(row) for row in plan.rows], picture.length, plan.tokens):
            ids = torch.tensor([plan.rows[place] for place in places], device=model.device)
            copied = copy.deepcopy(cache)
            copied.reorder_cache(ids.new_zeros(len(places)))  # states of linear attention too
            seen = prefix["attention_mask"].new_ones(len(places), picture.length + ids.shape[1])
            logits = model(
                input_ids=ids,
                position_ids=start + torch.arange(ids.shape[1], device=model.device).expand_as(ids),
                attention_mask=seen,
                past_key_values=copied,
                use_cache=True,
                logits_to_keep=1,
                **behind(prefix, ids.shape[1], len(ids)),
            ).logits[:, -1]
            found.update(zip(places, logits, strict=True))
        every.append(torch.stack([found[place] for place in range(len(plan.rows))]))
    return torch.stack(every)


def plain(model: Any, processor: Any, pictures: Sequence[Picture], plan: Plan) -> Tensor:
    """One full pass over picture and question for every row; nothing is shared, packed or padded."""
    import torch

    every: list[Tensor] = []
    lengths = [(len(suffix), len(start)) for suffix in plan.prompts.suffixes for start in plan.forms.starts]
    for picture in pictures:
        found: dict[int, Tensor] = {}
        for places in _alike(lengths, picture.length, plan.tokens):
            logits = model(**_full(model, processor, picture, plan, places), logits_to_keep=1).logits[:, -1]
            found.update(zip(places, logits, strict=True))
        every.append(torch.stack([found[place] for place in range(len(plan.rows))]))
    return torch.stack(every)


PATHS: dict[str, Path] = {"packed": packed, "shared-prefix": shared_prefix, "plain": plain}


def _prefix(model: Any, pictures: Sequence[Picture]) -> Inputs:
    """Join what the model takes for the prefixes of several pictures."""
    inputs = [picture.inputs for picture in pictures if picture.inputs is not None]
    if len(inputs) < len(pictures):
        raise ValueError("the prompts share no part that holds the picture")
    return to_model(model, join(inputs))


def _full(model: Any, processor: Any, picture: Picture, plan: Plan, places: Sequence[int]) -> Inputs:
    """Let the processor build whole prompts from picture and text; add each row's start of an answer."""
    import torch

    starts = plan.forms.starts
    texts = [plan.prompts.texts[place // len(starts)] for place in places]
    settings = text_settings(processor, texts[0])
    answer = torch.tensor([starts[place % len(starts)] for place in places], dtype=torch.long)
    return to_model(
        model, with_end(prepare(processor, [picture.image] * len(texts), texts, **settings), answer)
    )


def _alike(lengths: Sequence[Any], prefix: int, tokens: int) -> Iterator[list[int]]:
    """Yield places of equal length (or lengths), as many as fit one pass, so that nothing needs padding."""
    places: dict[Any, list[int]] = defaultdict(list)
    for place, length in enumerate(lengths):
        places[length].append(place)
    for length, group in places.items():
        row = sum(length) if isinstance(length, tuple) else length
        size = max(1, tokens // (prefix + row))
        yield from (group[i : i + size] for i in range(0, len(group), size))
