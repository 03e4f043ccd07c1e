"""All rules, held against every question of a bank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from makd.questions.bank import QuestionBank
from makd.questions.checks.content import by_wording
from makd.questions.checks.english import is_english
from makd.questions.checks.finding import KINDS, Finding
from makd.questions.checks.form import too_long, two_questions
from makd.questions.checks.leaks import class_name
from makd.questions.checks.likeness import Similarity, near_duplicates
from makd.questions.checks.names import ClassNames
from makd.questions.checks.open_ended import not_yes_no
from makd.questions.checks.terms import own_terms
from makd.questions.checks.visible import not_shown


def check(bank: QuestionBank, classes: Sequence[str] = (), embed: Similarity | None = None) -> list[Finding]:
    """Return what is wrong with the questions of a bank, in their order; nothing when all are sound.

    The rules know English wordings. A bank in another language gets one finding that says so, and only what
    needs no grammar is looked at: names of classes, and questions that are repeated.

    Args:
        bank: the questions.
        classes: names of the classes that no question may give away.
        embed: cosines of the questions' meanings (`likeness.embeddings`); None: n-grams alone.
    """
    names = ClassNames(classes)
    texts = [question.text for question in bank.questions]
    english = is_english(texts)
    own, subjects = own_terms(texts)
    found: dict[int, list[Finding]] = {
        place: (_of_form(text, own) if english else [])
        + [hit for hit in [class_name(text, names, subjects)] if hit]
        for place, text in enumerate(texts)
    }
    for later, earlier, finding in near_duplicates(texts, embed):
        original = bank.questions[earlier].id
        found[later].append(replace(finding, reason=finding.reason.replace("asks.", f"asks ({original}).")))
    order = list(KINDS)
    findings = [
        replace(finding, question=bank.questions[place].id)
        for place, hits in found.items()
        for finding in sorted(hits, key=lambda hit: order.index(hit.kind))
    ]
    return findings if english else [_NOT_ENGLISH, *findings]


def _of_form(text: str, own: frozenset[str]) -> list[Finding]:
    single = (not_yes_no(text), two_questions(text), too_long(text))
    told = [finding for finding in single if finding] + by_wording(text)
    return told or [unknown for unknown in [not_shown(text, own)] if unknown]


_NOT_ENGLISH = Finding(
    "",
    "not-english",
    "Most questions are not in English, and the rules know English wordings only.",
    "Have the bank read by somebody who knows its language, or check its English translation; "
    "only class names and repetitions were looked for.",
)
