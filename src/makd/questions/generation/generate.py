"""From class names to questions: candidates, the best of them, and what each still lacks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from makd.errors import MakdError
from makd.progress import Progress, Silent
from makd.questions.bank import Question
from makd.questions.generation import prompts
from makd.questions.generation.classes import sampled
from makd.questions.generation.exchange import Exchange
from makd.questions.generation.gather import PER_REQUEST, Pool, gather, too_few
from makd.questions.generation.parsing import Draft, read_choice, read_questions
from makd.questions.generation.wording import (
    as_question,
    fault,
    group_of,
    guessed_group,
    normal_form,
    short_id,
)

_TRIES = 3


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
    pool = Pool()
    gather(exchange, pool, classes, candidates, pairs, progress)
    found = len(pool.drafts)
    if found < keep and not (allow_fewer and found):
        raise MakdError(too_few(exchange, pool, keep))
    if found < candidates:
        progress.say(f"{exchange.llm.name} gave {found} usable candidates, {candidates} were asked for.")
    chosen = _choose(exchange, pool.texts, classes, min(keep, found), pairs, progress)
    drafts = list(pool.drafts.values())
    drafts = _negated(exchange, drafts, [drafts[place] for place in chosen], progress)
    questions = _questions(drafts)
    return Written(tuple(questions[place] for place in chosen), questions, dict(pool.left_out))


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
    while len(texts) > number > len(chosen) and attempts < _TRIES:
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
