"""How well `makd questions check` tells faulty questions from sound ones.

Two figures: the share of planted faults that it finds, by kind (at least 95 % wanted), and the share of
questions that it objects to in the unfiltered candidates of each packaged bank (at most 5 %). From the
repository's root:

    python -m benchmarks.question_checks [--misses]
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

from makd.questions.bank import QuestionBank
from makd.questions.checks.check import check

FAULTS = Path("tests/questions/planted_faults.yaml")
BANKS = Path("src/makd/questions/banks")
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


def kinds_found(fault: dict[str, Any]) -> set[str]:
    """Return the kinds of the findings on a planted fault, in a bank of its own."""
    texts = [fault["beside"], fault["text"]] if "beside" in fault else [fault["text"]]
    bank = QuestionBank.from_texts(texts)
    return {one.kind for one in check(bank, fault.get("classes", ())) if one.question == f"q{len(texts):02d}"}


def objections(file: Path) -> dict[str, str]:
    """Return the reason by text of each question of a bank that is objected to."""
    bank = QuestionBank.load(file)
    text = {question.id: question.text for question in bank.questions}
    return {text.get(one.question, ""): f"{one.kind}: {one.reason}" for one in check(bank)}


def main() -> None:
    """Print both figures; with --misses also each fault not found and each objection to a candidate."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--faults", type=Path, default=FAULTS)
    parser.add_argument("--banks", type=Path, default=BANKS, help="folder of NAME-candidates.yaml")
    parser.add_argument(
        "--misses", action="store_true", help="print what was missed and what was objected to"
    )
    asked = parser.parse_args()
    outcome: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for fault in yaml.safe_load(asked.faults.read_text(encoding="utf-8")):
        found = kinds_found(fault)
        outcome[fault["kind"]].append((bool(found), bool(found & KINDS[fault["kind"]])))
        if asked.misses and not outcome[fault["kind"]][-1][1]:
            print(f"  {fault['kind']}, found {found or 'nothing'}: {fault['text']}")
    for kind, pairs in {**outcome, "all": [*chain(*outcome.values())]}.items():
        anyhow, rightly = (sum(column) for column in zip(*pairs, strict=True))
        print(f"{kind}: {anyhow} of {len(pairs)} found ({anyhow / len(pairs):.1%}), {rightly} by their kind")
    for file in sorted(asked.banks.glob("*-candidates.yaml")):
        objected = objections(file)
        size = len(QuestionBank.load(file))
        print(f"{file.stem}: {len(objected)} of {size} objected to ({len(objected) / size:.1%})")
        for text, reason in objected.items() if asked.misses else ():
            print(f"  {text} — {reason}")


if __name__ == "__main__":
    main()
