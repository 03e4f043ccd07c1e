"""How well `makd questions check` tells faulty questions from sound ones.

For each set of planted faults the share that is found, by kind (at least 95 % wanted), and how many of the
sound questions beside them are objected to; then the share that is objected to of the candidates of each
packaged bank, held against the names of its classes (at most 5 % wanted; since they were mended by it, it is
0 by a test). From the repository's root:

    python -m benchmarks.question_checks [--misses]
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

from makd.questions.bank import CANDIDATES, QuestionBank
from makd.questions.checks.check import check
from makd.questions.classes import class_names, listed_names

PLANTED = sorted(Path("tests/questions").glob("planted_faults_*.yaml"))
KINDS = {
    "open": {"not-yes-no"},
    "double": {"two-questions"},
    "leak": {"class-name"},
    "beyond-picture": {"beyond-picture"},
    "subjective": {"subjective"},
    "placement": {"flip", "crop"},
    "long": {"too-long"},
    "duplicate": {"near-duplicate"},
}
"""The kinds of planted faults, and the findings that name each rightly."""


def kinds_found(fault: dict[str, Any], classes: Sequence[str]) -> set[str]:
    """Return the kinds of the findings on a planted fault, in a bank of its own."""
    texts = [fault["beside"], fault["text"]] if "beside" in fault else [fault["text"]]
    bank = QuestionBank.from_texts(texts)
    return {one.kind for one in check(bank, classes) if one.question == f"q{len(texts):02d}"}


def outcomes(planted: dict[str, Any]) -> Iterator[tuple[dict[str, Any], set[str]]]:
    """Yield each fault of a set with the kinds that were found."""
    for fault in planted["faults"]:
        classes = planted["classes"][fault["about"]] if "about" in fault else fault.get("classes", ())
        yield fault, kinds_found(fault, classes)


def objections(bank: QuestionBank, classes: Sequence[str]) -> dict[str, str]:
    """Return the reason by text of each question of a bank that is objected to."""
    text = {question.id: question.text for question in bank.questions}
    return {text.get(one.question, ""): f"{one.kind}: {one.reason}" for one in check(bank, classes)}


def sound_objected(planted: dict[str, Any]) -> tuple[dict[str, str], int]:
    """Return the objections to the sound questions of a set, a bank a subject, and how many there are."""
    banks = {about: QuestionBank.from_texts(texts) for about, texts in planted.get("sound", {}).items()}
    objected = (objections(bank, planted["classes"][about]) for about, bank in banks.items())
    return dict(chain.from_iterable(map(dict.items, objected))), sum(map(len, banks.values()))


def print_planted(planted: dict[str, Any], misses: bool) -> None:
    """Print how many faults of a set were found, by kind and in all, and the sound ones objected to."""
    by_kind: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for fault, found in outcomes(planted):
        by_kind[fault["kind"]].append((bool(found), bool(found & KINDS[fault["kind"]])))
        if misses and not by_kind[fault["kind"]][-1][1]:
            print(f"  {fault['kind']}, found {found or 'nothing'}: {fault['text']}")
    for kind, pairs in {**by_kind, "all": [*chain(*by_kind.values())]}.items():
        anyhow, rightly = (sum(column) for column in zip(*pairs, strict=True))
        print(f"{kind}: {anyhow} of {len(pairs)} found ({anyhow / len(pairs):.1%}), {rightly} by their kind")
    objected, size = sound_objected(planted)
    if size:
        print_objected("sound", objected, size, misses)


def print_objected(name: str, objected: dict[str, str], size: int, misses: bool) -> None:
    """Print how many questions were objected to, and each if asked."""
    print(f"{name}: {len(objected)} of {size} objected to ({len(objected) / size:.1%})")
    for text, reason in objected.items() if misses else ():
        print(f"  {text} — {reason}")


def main() -> None:
    """Print both figures; with --misses also each fault not found and each objection to a sound question."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--planted", type=Path, nargs="*", default=PLANTED, help="sets of faults")
    parser.add_argument(
        "--misses", action="store_true", help="print what was missed and what was objected to"
    )
    asked = parser.parse_args()
    for file in asked.planted:
        print(f"[{file.stem}]")
        print_planted(yaml.safe_load(file.read_text(encoding="utf-8")), asked.misses)
    print("[candidates of the packaged banks]")
    for name in listed_names():
        bank = QuestionBank.load(name + CANDIDATES)
        print_objected(bank.name, objections(bank, class_names(name)), len(bank), asked.misses)


if __name__ == "__main__":
    main()
