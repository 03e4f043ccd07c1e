"""What each command takes: its settings, in the order of its help page.

Groups that commands share stand in modules of their own, by subject.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from makd.config.answers import AnswersSettings, QualitySettings
from makd.config.asking import AskingSettings, LlmSettings, TeacherSettings
from makd.config.comparison import ComparisonSettings
from makd.config.data import DATA, DataSettings
from makd.config.execution import ExecutionSettings
from makd.config.group import Group, setting
from makd.config.training import TrainingSettings


class TrainCommand(TrainingSettings, ExecutionSettings):
    """Train a student on labels and, with an answer store, on the teacher's answers."""

    data: DataSettings = setting(..., DATA, positional=True)
    answers: AnswersSettings | None = setting(None, "answer store (none: labels only)")
    questions: str | None = setting(None, "bank that selects and orders the store's questions")
    unlabeled: Path | None = setting(None, "folder of pictures without labels, which train the aspects alone")
    out: Path = setting(Path("runs/train"), "run directory", "o")
    resume: bool = setting(False, "go on with a run that was cut off")
    overwrite: bool = setting(False, "replace what is there")


class CompareCommand(ComparisonSettings):
    """Train every arm over several seeds and compare them honestly."""

    data: DataSettings = setting(..., DATA, positional=True)
    answers: AnswersSettings | None = setting(None, "answer store")
    questions: str | None = setting(None, "bank that selects and orders the store's questions")
    teacher: TeacherSettings | None = setting(None, "who is asked for the class (--references naming)")
    out: Path = setting(Path("runs/compare"), "directory of the comparison", "o")


class RunCommand(AskingSettings, ComparisonSettings):
    """The whole road on your data: ask the teacher, train every arm, compare, report."""

    data: DataSettings = setting(..., DATA, positional=True)
    teacher: TeacherSettings = setting(
        ..., "hub id, checkpoint directory, `openai:MODEL`, `vllm:MODEL`, `table:FILE.yaml` or `fieldguide`"
    )
    questions: str = setting(..., "question bank: a file or a packaged name")
    answers: QualitySettings = setting(QualitySettings(), "how the teacher's answers are read")
    out: Path = setting(Path("runs/run"), "directory of everything that is made", "o")


class DemoCommand(Group):
    """The whole road on the embedded world: no download, some minutes."""

    quick: bool = setting(False, "a smaller demo, in at most 90 seconds")
    out: Path = setting(Path("demo"), "directory of everything that is made", "o")
    jobs: int | None = setting(None, "runs side by side (default: one a core or GPU)", ge=1)
    overwrite: bool = setting(False, "replace what is there")


class ExtractCommand(AskingSettings):
    """Ask a teacher every question about every picture; resumable."""

    data: DataSettings = setting(..., DATA, positional=True)
    teacher: TeacherSettings = setting(
        ..., "hub id, checkpoint directory, `openai:MODEL`, `vllm:MODEL`, `table:FILE.yaml` or `fieldguide`"
    )
    questions: str = setting(..., "question bank: a file or a packaged name")
    splits: tuple[Literal["train", "val", "test"], ...] = setting(
        ("train",), "splits to ask about, by commas"
    )
    unlabeled: Path | None = setting(None, "folder of pictures without labels, asked about too")
    engine: Literal["local", "ray"] = setting("local", "local, or ray: workers of a Ray cluster")
    workers: int | None = setting(None, "workers of the cluster (ray; default: one a GPU, else a node)", ge=1)
    negations: bool = setting(False, "ask each question's negation too, for `answers audit`")
    blank: bool = setting(False, "ask about a blank picture too, for `answers audit`")
    out: Path = setting(Path("answers"), "answer store", "o")
    overwrite: bool = setting(False, "replace what is there")


class CompactCommand(Group):
    """Merge the small parts of an answer store into few large ones, and index it."""

    store: Path = setting(..., "answer store", positional=True)


class ImportCommand(Group):
    """Make an answer store of the paper's JSON file, {image name: [P(yes), ...]}."""

    file: Path = setting(..., "JSON file", positional=True)
    data: DataSettings = setting(..., DATA)
    questions: str = setting(..., "bank of the questions, in the order of the file's numbers")
    teacher: str | None = setting(None, "who answered (default: known by the file alone)", min_length=1)
    out: Path = setting(Path("answers"), "answer store", "o")


class ExportCommand(Group):
    """Write a store's answers as the paper's JSON file, {image name: [P(yes), ...]}."""

    store: Path = setting(..., "answer store", positional=True)
    source: str | None = setting(None, "which data set (where the store holds several)")
    questions: str | None = setting(None, "bank that selects and orders the store's questions")
    out: Path = setting(Path("answers.json"), "JSON file", "o")
    overwrite: bool = setting(False, "replace what is there")


class MergeCommand(Group):
    """Join answer stores of one teacher: more images, more questions, or both."""

    stores: tuple[Path, ...] = setting(..., "answer stores", positional=True, min_length=2)
    out: Path = setting(Path("merged"), "the store that is made", "o")


class PreviewCommand(Group):
    """See a teacher's answers about a few training pictures, and what the full run would take."""

    data: DataSettings = setting(..., DATA, positional=True)
    teacher: TeacherSettings = setting(..., "hub id, checkpoint directory, `table:FILE.yaml` or `fieldguide`")
    questions: str = setting(..., "question bank: a file or a packaged name")
    images: int = setting(9, "pictures shown", ge=1, le=100)
    seed: int = setting(0, "seed of their draw", ge=0)
    out: Path = setting(Path("preview"), "directory of the page", "o")
    overwrite: bool = setting(False, "replace what is there")


class AuditCommand(Group):
    """Judge a store's answers, question by question."""

    store: Path = setting(..., "answer store", positional=True)
    data: DataSettings | None = setting(None, "the data that the store is about, for their classes")
    splits: tuple[Literal["train", "val", "test"], ...] = setting(
        ("train",), "splits to look at, by commas (with --data)"
    )
    questions: str | None = setting(None, "bank that selects and orders the store's questions")
    truth: Path | None = setting(
        None, "CSV of people's answers: `key` and a column a question id, of 1 and 0"
    )
    view: Path | None = setting(None, "store of a second look at the same pictures")
    out: Path = setting(Path("audit"), "directory of the page", "o")
    overwrite: bool = setting(False, "replace what is there")


class EvaluateCommand(Group):
    """Measure a trained student on a split (the first C outputs decide)."""

    run: Path = setting(..., "run directory", positional=True)
    data: DataSettings = setting(..., DATA, positional=True)
    split: Literal["train", "val", "test"] = setting("test", "which images")
    out: Path | None = setting(None, "JSON file for the figures (default: printed only)", "o")


class PredictCommand(Group):
    """Name the class of pictures."""

    run: Path = setting(..., "run directory", positional=True)
    images: tuple[Path, ...] = setting(..., "pictures", positional=True, min_length=1)
    top: int = setting(3, "classes shown a picture", ge=1)


class ReportCommand(Group):
    """Write the page of one comparison or several."""

    directories: tuple[Path, ...] = setting(..., "directories of comparisons", positional=True, min_length=1)
    out: Path | None = setting(None, "HTML file (default: report.html beside the results)", "o")


class ListQuestionsCommand(Group):
    """List the packaged question banks."""


class ShowQuestionsCommand(Group):
    """Show the questions of a bank."""

    bank: str = setting(..., "a file or a packaged name", positional=True)


class SelectQuestionsCommand(AskingSettings):
    """Keep the questions of a bank that together tell most about the classes of your training pictures."""

    bank: str = setting(..., "the candidates: a file or a packaged name", positional=True)
    data: DataSettings = setting(..., DATA)
    answers: Path = setting(..., "answer store that knows the candidates; with --pilot it is made")
    keep: int = setting(50, "how many questions", ge=1)
    pilot: bool = setting(False, "ask --teacher first, about a few training pictures of each class")
    teacher: TeacherSettings | None = setting(
        None, "hub id, checkpoint directory, `openai:MODEL`, `vllm:MODEL`, `table:FILE.yaml` or `fieldguide`"
    )
    probe_per_class: int = setting(10, "pictures of each class that are asked about (--pilot)", ge=2)
    view: Path | None = setting(None, "store of a second look at the same pictures (default: the negations)")
    confusions: Path | None = setting(
        None, "run of `train`: the classes that it confuses on validation images count as similar, too"
    )
    confusable: float = setting(
        0.3, "weight of what tells the most similar classes apart, against all classes", ge=0, le=1
    )
    within: float = setting(
        0.1, "weight of what varies within classes and is found again in a second look", ge=0
    )
    explain: bool = setting(False, "draw what the questions tell by their number, and suggest a number")
    out: Path = setting(Path("chosen.yaml"), "the bank that is made", "o")
    overwrite: bool = setting(False, "replace what is there")


class CheckCommand(Group):
    """Find the weak questions of a bank before a teacher is asked."""

    bank: str = setting(..., "a file or a packaged name", positional=True)
    data: DataSettings | None = setting(None, "data whose class names no question may give away")
    classes: Path | None = setting(
        None, "the same from a text file, one name a line, or a packaged list (default: the bank's own)"
    )
    fix: bool = setting(False, "write a bank without what can safely be dropped or rewritten")
    out: Path | None = setting(None, "the bank that --fix writes (default: BANK-fixed.yaml)", "o")
    overwrite: bool = setting(False, "replace what is there")


class GenerateCommand(Group):
    """Have an LLM write a question bank for your classes, from their names (a text file of them will do)."""

    data: DataSettings = setting(
        ..., f"{DATA}; COCO annotations, or a text file with a class a line", positional=True
    )
    llm: LlmSettings = setting(..., "`openai:MODEL`, a chat model's hub id or folder, or `manual`")
    candidates: int = setting(100, "questions written at first", ge=1)
    keep: int = setting(50, "questions chosen of them", ge=1)
    confusions: Path | None = setting(
        None, "run of `train`: ask what tells the classes apart that it confuses on validation images"
    )
    allow_fewer: bool = setting(False, "take a bank of fewer questions than --keep")
    out: Path = setting(Path("questions.yaml"), "YAML file of the bank", "o")
    overwrite: bool = setting(False, "replace what is there, and ask everything anew")


class InfoCommand(Group):
    """Show versions, devices and folders, for bug reports; and what some data hold."""

    data: DataSettings | None = setting(None, DATA, positional=True)
    prune: int | None = setting(
        None, "remove decoded pictures from the cache that were not opened for so many days (0: all)", ge=0
    )
