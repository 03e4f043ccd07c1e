"""`makd answers audit`: a store's answers judged, question by question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from makd.config.commands import AuditCommand
from makd.errors import UsageError
from makd.pipeline import outputs
from makd.pipeline.catalog import open_catalog
from makd.pipeline.looks import negations, second_look
from makd.progress import Progress, Silent
from makd.questions.bank import QuestionBank
from makd.storage import write_json

if TYPE_CHECKING:
    from makd.answers.audit import Evidence
    from makd.answers.store import AnswerStore
    from makd.data.samples import Catalog
    from makd.measures.information import Floats, Labels

RESULT = "audit.json"


def audit(settings: AuditCommand, progress: Progress | None = None) -> dict[str, Any]:
    """Judge the answers of a store and write page and figures into `settings.out`.

    Returns:
        What `audit.json` holds, and where the page is.
    """
    from makd.answers.audit import audit as judge
    from makd.answers.findings import findings, headline
    from makd.answers.store import AnswerStore
    from makd.report.audit import PAGE, write_audit

    progress = progress or Silent()
    _check(settings)
    store = AnswerStore.open(settings.store)
    catalog = open_catalog(settings.data, progress) if settings.data else None
    source = catalog.source if catalog else None
    evidence, keys = _evidence(settings, store, catalog, source)
    outputs.claim(settings.out, "audit", settings, overwrite=settings.overwrite)
    figures = judge(evidence)
    found = findings(figures)
    result = {
        "store": str(settings.store),
        "source": source or ", ".join(store.sources()),
        "teacher": {name: getattr(store.manifest.teacher, name) for name in ("name", "revision", "dtype")},
        "images": len(keys),
        "classes": len(catalog.classes) if catalog else None,
        "looked_at": _looked_at(evidence),
        "headline": headline(figures, found),
        "findings": [asdict(finding) for finding in found],
        "questions": [question.plain() for question in figures],
    }
    write_json(settings.out / RESULT, result)
    return {**result, "page": str(write_audit(settings.out / PAGE, result))}


def _check(settings: AuditCommand) -> None:
    """Refuse what cannot be meant.

    Raises:
        UsageError: it is said why.
    """
    if settings.data is None and settings.splits != AuditCommand.model_fields["splits"].default:
        raise UsageError("--splits: which pictures are in a split is known from their --data; name it too.")
    if settings.view is not None and settings.view.resolve() == settings.store.resolve():
        raise UsageError("--view: is the store itself; a second look is another store about the pictures.")


def _evidence(
    settings: AuditCommand, store: AnswerStore, catalog: Catalog | None, source: str | None
) -> tuple[Evidence, tuple[str, ...]]:
    import numpy as np
    from scipy.special import expit

    from makd.answers.audit import Evidence
    from makd.answers.checks import BLANK
    from makd.answers.truth import read_truth

    bank = _bank(settings.questions, store)
    asked = store.answers(hashes=bank.hashes, source=source)
    row = {key: n for n, key in enumerate(asked.keys)}
    labels = _labels(catalog, settings.splits)
    keys = tuple(
        key for key in asked.keys if key != BLANK and (labels is None or key.split("#")[0] in labels)
    )
    if not keys:
        splits = f" in {', '.join(settings.splits)}" if catalog else ""
        raise UsageError(
            f"{settings.store} holds no answers about pictures{splits}: there is nothing to audit."
        )
    rows = [row[key] for key in keys]
    p_yes: Floats = expit(asked.log_odds.astype(np.float64))
    evidence = Evidence(
        bank.questions,
        p_yes[rows],
        asked.yes_no_mass[rows].astype(np.float64),
        labels=_as_array(labels, keys),
        negated=negations(store, keys, bank, source),
        view=second_look(settings.view, keys, bank, source),
        blank=p_yes[row[BLANK]] if BLANK in row else None,
        truth=None
        if settings.truth is None
        else read_truth(
            _beside_data(settings.truth, catalog), keys, [question.id for question in bank.questions]
        ),
    )
    return evidence, keys


def _bank(name: str | None, store: AnswerStore) -> QuestionBank:
    """Return the store's own bank, or the one that selects and orders its questions.

    Raises:
        UsageError: it has questions that the store does not know.
    """
    if name is None:
        return store.manifest.bank()
    bank = QuestionBank.load(name)
    unknown = [question.id for question in bank.questions if question.hash not in store.manifest.hashes]
    if unknown:
        some = ", ".join(unknown[:5]) + (", …" if len(unknown) > 5 else "")
        raise UsageError(
            f"--questions {name}: {store.path} was never asked {len(unknown)} of its {len(bank)} questions "
            f"({some})."
        )
    return bank


def _beside_data(truth: Path, catalog: Catalog | None) -> Path:
    """Return the table of people's answers, which may also be named as it lies in the data's folder.

    Raises:
        UsageError: there is none.
    """
    places = [truth, *([catalog.root / truth] if catalog else [])]
    for place in places:
        if place.is_file():
            return place
    raise UsageError(f"--truth: there is no file {' or '.join(map(str, places))}.")


def _labels(catalog: Catalog | None, splits: Sequence[Any]) -> dict[str, int] | None:
    if catalog is None:
        return None
    return {sample.key: -1 if sample.label is None else sample.label for sample in catalog.of(*splits)}


def _as_array(labels: dict[str, int] | None, keys: Sequence[str]) -> Labels | None:
    import numpy as np

    return None if labels is None else np.array([labels[key.split("#")[0]] for key in keys], dtype=np.int64)


def _looked_at(evidence: Evidence) -> list[str]:
    parts = {
        "answers": evidence.p_yes,
        "classes": evidence.labels,
        "negations": evidence.negated,
        "a second look": evidence.view,
        "a blank picture": evidence.blank,
        "people's answers": evidence.truth,
    }
    return [name for name, part in parts.items() if part is not None]
