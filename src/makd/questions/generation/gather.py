"""Candidates as they come from an LLM: group of classes by group, and topped up until there are enough."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from makd.progress import Progress
from makd.questions.generation import prompts
from makd.questions.generation.classes import CHARACTERS, in_groups, sampled
from makd.questions.generation.exchange import Exchange
from makd.questions.generation.parsing import Draft, read_questions, said
from makd.questions.generation.wording import as_question, fault, normal_form

PER_REQUEST = 50
"""Questions asked for by one prompt at most: longer replies are cut by many servers."""

_TOP_UPS = 12
_BARREN = 3
_KNOWN_CHARACTERS = 12_000
_SHOWN = 120


@dataclass
class Pool:
    """Candidates as they come; `add` judges drafts."""

    drafts: dict[str, Draft] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)

    def add(self, drafts: Sequence[Draft], most: int) -> Counter[str]:
        """Add what is new and can be asked, up to `most` in all; return why others were left out."""
        reasons: Counter[str] = Counter()
        for draft in drafts:
            text = as_question(draft.text)
            reason = fault(text) or ("repeated" if normal_form(text) in self.drafts else None)
            if reason is None and len(self.drafts) < most:
                self.drafts[normal_form(text)] = draft._replace(text=text)
            elif reason is not None:
                reasons[reason] += 1
        self.left_out += reasons
        return reasons

    @property
    def texts(self) -> list[str]:
        """The candidates as questions, in the order in which they came."""
        return [draft.text for draft in self.drafts.values()]


def gather(
    exchange: Exchange,
    pool: Pool,
    classes: Sequence[str],
    number: int,
    pairs: Sequence[prompts.Pair],
    progress: Progress,
) -> None:
    """Fill the pool: the pairs, each group of classes once, then top-ups until there are `number`."""
    groups = in_groups(sampled(classes, number * CHARACTERS // 2))
    if len(groups) > 1:
        named = sum(map(len, groups))
        progress.say(
            f"{named:,} of {len(classes):,} classes are named, in {len(groups)} groups, one a request."
        )
    note = ""
    if pairs:
        wanted = min(PER_REQUEST, math.ceil(number / 4))
        prompt = prompts.telling_apart(wanted, pairs, [], note)
        note, _ = _ask(exchange, pool, "pairs", prompt, wanted, progress)
    top_ups = barren = 0
    place = 0
    while len(pool.drafts) < number and top_ups < _TOP_UPS and barren < _BARREN:
        first = place < len(groups)
        lacking = number - len(pool.drafts)
        wanted = min(PER_REQUEST, math.ceil(lacking / (len(groups) - place)) if first else lacking)
        known = _recent(pool.texts)
        prompt = prompts.candidates(wanted, groups[place % len(groups)], known, note)
        before = len(pool.drafts)
        note, fresh = _ask(exchange, pool, "candidates", prompt, wanted, progress)
        top_ups += fresh and not first
        barren = 0 if len(pool.drafts) > before else barren + fresh
        place += 1


def _ask(
    exchange: Exchange, pool: Pool, step: str, prompt: str, wanted: int, progress: Progress
) -> tuple[str, bool]:
    """Put one prompt; return what the next one should say about the reply, and whether it was asked now.

    No more than was wanted is taken, so that each group of classes has its share.
    """
    reply = exchange.ask(step, prompt, prompts.CANDIDATES_SCHEMA)
    drafts = read_questions(reply.text)
    reasons = pool.add(drafts, len(pool.drafts) + wanted)
    progress.say(f"{exchange.llm.name}: {len(pool.drafts)} candidates.")
    if not drafts:
        return "The reply before this one held no question. Keep to the form below.", reply.fresh
    if reasons.total() * 2 > len(drafts):
        why = ", ".join(reasons)
        return f"Most questions of the reply before this one could not be used ({why}).", reply.fresh
    return "", reply.fresh


def _recent(texts: Sequence[str]) -> list[str]:
    """Return the latest of the texts, as many as fit a prompt beside the classes."""
    kept: list[str] = []
    for text in reversed(texts):
        if sum(map(len, kept)) + len(text) > _KNOWN_CHARACTERS:
            break
        kept.append(text)
    return kept[::-1]


def too_few(exchange: Exchange, pool: Pool, keep: int) -> str:
    """Return what to tell the user when fewer than `keep` candidates came."""
    found = len(pool.drafts)
    reasons = ", ".join(f"{count} {reason}" for reason, count in pool.left_out.items())
    begins = " ".join(said(exchange.last).split())[:_SHOWN]
    requests = exchange.fresh + exchange.repeated
    fewer = f", --keep {found} or --allow-fewer takes these" if found else ""
    return (
        f"{exchange.llm.name} gave {found} usable questions in {requests} replies, {keep} are needed"
        f"{f' (left out: {reasons})' if reasons else ''}. "
        f"{f'Its last reply begins: {begins!r}' if begins else 'Its last reply is empty'}. "
        f"All that it said is kept in {exchange.path}: the same command goes on from there, another --llm "
        f"may give more{fewer}."
    )
