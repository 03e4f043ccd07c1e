"""`makd compare`: every arm over several seeds, judged side by side; `makd report`: its page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from makd.config.settings import CompareCommand, ComparisonSettings, DataSettings, ReportCommand
from makd.pipeline import outputs
from makd.pipeline.catalog import open_catalog, pick_task
from makd.pipeline.train import asked_bank, training_settings
from makd.progress import Progress, Silent

if TYPE_CHECKING:
    from pathlib import Path

    from makd.answers.store import AnswerStore
    from makd.data.samples import Catalog
    from makd.questions.bank import QuestionBank


def compare(settings: CompareCommand, progress: Progress | None = None) -> dict[str, Any]:
    """Train and compare the arms, write results and page to `settings.out`, return the results."""
    from makd.answers.store import AnswerStore

    progress = progress or Silent()
    store = AnswerStore.open(settings.answers) if settings.answers else None
    bank = asked_bank(store, settings.questions) if store else None
    outputs.claim(settings.out, "compare", settings, overwrite=settings.overwrite)
    catalog = open_catalog(settings.data, progress, settings.out / "split.csv")
    return compare_arms(settings, settings.data, catalog, store, bank, settings.out, progress=progress)


def compare_arms(
    settings: ComparisonSettings,
    data: DataSettings,
    catalog: Catalog,
    store: AnswerStore | None,
    bank: QuestionBank | None,
    out: Path,
    *,
    labelling: dict[str, Any] | None = None,
    progress: Progress,
) -> dict[str, Any]:
    """Compare the arms on a catalog; write `results.json`, the runs and `report.html` under `out`."""
    from makd.evaluation.arms import parse_arms
    from makd.evaluation.compare import compare as compare_runs
    from makd.report.page import write_report
    from makd.training.targets import Targets

    targets = Targets.from_answers(store.answers(hashes=bank.hashes), bank) if store and bank else None
    teacher = store.manifest.teacher if store else None
    arms = parse_arms(settings.arms, settings.arm, teacher=teacher)
    results = compare_runs(
        pick_task(data),
        catalog,
        targets,
        arms,
        training_settings(settings),
        seeds=settings.seeds,
        out=out,
        metric=settings.metric,
        jobs=settings.jobs,
        labelling=labelling,
        progress=progress,
    )
    page = write_report(out)
    progress.say(f"report: {page}")
    return results


def report(settings: ReportCommand, progress: Progress | None = None) -> dict[str, Any]:
    """Write the page of each comparison; return where the pages are."""
    from makd.report.page import write_report

    pages = [write_report(directory, settings.out) for directory in settings.directories]
    return {"reports": [str(page) for page in pages]}
