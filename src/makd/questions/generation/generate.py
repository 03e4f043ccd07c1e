"""From class names to questions: candidates, the best of them, and what each still lacks."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from makd.errors import MakdError
from makd.progress import Progress, Silent
from makd.questions.bank import Question
from makd.questions.generation import prompts
from makd.questions.generation.classes import CHARACTERS, in_groups, sampled
from makd.questions.generation.exchange import Exchange
from makd.questions.generation.parsing import Draft, read_choice, read_questions, said
from makd.questions.generation.wording import (
    as_question,
    fault,
    group_of,
    guessed_group,
    normal_form,
    short_id,
)

PER_REQUEST = 50
"""Questions asked for by one prompt at most: longer replies are cut by many servers."""

_TOP_UPS = 12
_BARREN = 3
_KNOWN_CHARACTERS = 12_000
_SHOWN = 120


class Written(NamedTuple):
    """What came of a generation.

    Attributes:
        kept: the questions chosen, best first.
        candidates: all of them, in the order in which they came.
        left_out: how many drafts were no candidates, by reason.
    """

    kept: tuple[Question, ...]
    candidates: tuple[Question, ...]
    left_out: dict[str, int]


@dataclass
class _Pool:
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
        return [draft.text for draft in self.drafts.values()]


def write_questions(
    exchange: Exchange,
    classes: Sequence[str],
    *,
    candidates: int,
    keep: int,
    pairs: Sequence[prompts.Pair] = (),
    allow_fewer: bool = False,
    progress: Progress = Silent(),
) -> Written:
    """Have an LLM write `candidates` questions about classes and choose `keep` of them.

    Args:
        exchange: the LLM, and where all that it says is kept.
        classes: readable names.
        candidates: N, questions to begin with.
        keep: Q, questions to end with, at most N.
        pairs: of classes that a trained model confuses; a quarter of the candidates is asked for them.
        allow_fewer: whether a bank of fewer than `keep` questions will do.
        progress: told what comes, and what is lacking.

    Raises:
        MakdError: the LLM gives no reply, or too few questions.
    """
    pool = _Pool()
    _gather(exchange, pool, classes, candidates, pairs, progress)
    found = len(pool.drafts)
    if found < keep and not (allow_fewer and found):
        raise MakdError(_too_few(exchange, pool, keep))
    if found < candidates:
        progress.say(f"{exchange.llm.name} gave {found} usable candidates, {candidates} were asked for.")
    chosen = _choose(exchange, pool.texts, classes, min(keep, found), pairs, progress)
    drafts = list(pool.drafts.values())
    drafts = _negated(exchange, drafts, [drafts[place] for place in chosen], progress)
    questions = _questions(drafts)
    return Written(tuple(questions[place] for place in chosen), questions, dict(pool.left_out))


def _gather(
    exchange: Exchange,
    pool: _Pool,
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
    exchange: Exchange, pool: _Pool, step: str, prompt: str, wanted: int, progress: Progress
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


def _choose(
    exchange: Exchange,
    texts: Sequence[str],
    classes: Sequence[str],
    number: int,
    pairs: Sequence[prompts.Pair],
    progress: Progress,
) -> list[int]:
    """Return the places of `number` texts; those that the LLM leaves open follow the candidates' order."""
    chosen: list[int] = []
    shown = sampled(classes)
    attempts = 0
    while len(texts) > number > len(chosen) and attempts < _BARREN:
        left = [place for place in range(len(texts)) if place not in chosen]
        prompt = prompts.choice(
            number - len(chosen), [texts[p] for p in left], shown, len(classes) - len(shown), pairs
        )
        reply = exchange.ask("choice", prompt, prompts.CHOICE_SCHEMA)
        places = read_choice(reply.text, [texts[place] for place in left])
        chosen += [left[place] for place in places][: number - len(chosen)]
        attempts += reply.fresh
    if len(chosen) < number < len(texts):
        progress.say(
            f"{exchange.llm.name} chose {len(chosen)} of {number} questions; "
            "the rest follow the candidates' order."
        )
    return (chosen + [place for place in range(len(texts)) if place not in chosen])[:number]


def _negated(
    exchange: Exchange, drafts: Sequence[Draft], kept: Sequence[Draft], progress: Progress
) -> list[Draft]:
    """Return the drafts with sound negations alone; those that kept ones lack are asked for once."""
    known = {draft.text: _negation(draft.text, draft.negation) for draft in drafts}
    lacking = [draft.text for draft in kept if known[draft.text] is None]
    for start in range(0, len(lacking), PER_REQUEST):
        texts = lacking[start : start + PER_REQUEST]
        reply = exchange.ask("negations", prompts.negations(texts), prompts.NEGATIONS_SCHEMA)
        found = read_questions(reply.text)
        by_text = {normal_form(draft.text): draft.negation for draft in found}
        if not any(by_text.values()) and len(found) == len(texts):  # the negations alone, in order
            by_text = {normal_form(text): draft.text for text, draft in zip(texts, found, strict=True)}
        known |= {text: _negation(text, by_text.get(normal_form(text))) for text in texts}
    without = sum(known[draft.text] is None for draft in kept)
    if without:
        progress.say(
            f"{without} of {len(kept)} questions have no negation; write them into the bank if you can."
        )
    return [draft._replace(negation=known[draft.text]) for draft in drafts]


def _negation(text: str, negation: str | None) -> str | None:
    if negation is None or fault(negation := as_question(negation)) is not None:
        return None
    return None if normal_form(negation) == normal_form(text) else negation


def _questions(drafts: Sequence[Draft]) -> tuple[Question, ...]:
    questions: list[Question] = []
    taken: set[str] = set()
    for place, draft in enumerate(drafts, 1):
        id_ = short_id(draft.text, place, taken)
        taken.add(id_)
        group = group_of(draft.group or "")
        questions.append(
            Question(
                id=id_,
                text=draft.text,
                group=group if group not in (None, "other") else guessed_group(draft.text),
                negation=draft.negation,
            )
        )
    return tuple(questions)


def _recent(texts: Sequence[str]) -> list[str]:
    """Return the latest of the texts, as many as fit a prompt beside the classes."""
    kept: list[str] = []
    for text in reversed(texts):
        if sum(map(len, kept)) + len(text) > _KNOWN_CHARACTERS:
            break
        kept.append(text)
    return kept[::-1]


def _too_few(exchange: Exchange, pool: _Pool, keep: int) -> str:
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
