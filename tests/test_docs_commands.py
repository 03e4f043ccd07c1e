"""What README and docs show is true: cheap commands are run, costly ones read up to their settings."""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from makd import pipeline
from makd.cli.main import main
from makd.errors import MakdError

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(language: str) -> Iterator[str]:
    """Yield the text of the blocks of a language, without their indentation."""
    for page in PAGES:
        for indent, block in re.findall(
            rf"^( *)```{language}\n(.*?)^ *```$", page.read_text(), re.DOTALL | re.MULTILINE
        ):
            yield "\n".join(line.removeprefix(indent) for line in block.splitlines())


def shown() -> Iterator[tuple[str, str]]:
    """Yield commands of ```console blocks with the output that they are said to have."""
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output.strip()


def described() -> Iterator[str]:
    """Yield the makd commands of ```sh blocks."""
    for block in blocks("sh"):
        lines = re.sub(r"\\\n\s*", "", block).splitlines()  # a backslash ends no command
        yield from (line for line in lines if line.startswith("makd "))


@pytest.mark.parametrize(("command", "output"), [*shown()])
def test_a_shown_command_prints_what_is_shown(command, output, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    program, *words = shlex.split(command)
    assert program == "makd"
    main(words)
    out, err = capfd.readouterr()
    pattern = ".*".join(re.escape(text.strip()) for text in output.split("..."))
    assert re.fullmatch(rf"\s*{pattern}\s*", out + err, re.DOTALL), out + err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [*described()])
def test_a_described_command_has_sound_settings(command, tmp_path, monkeypatch, capfd):
    def reached(settings: object, progress: object) -> None:
        raise MakdError("as far as the pipeline")

    for verb in pipeline.__all__:
        monkeypatch.setattr(pipeline, verb, reached)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "settings.yaml").write_text(next(text for text in blocks("yaml") if "split-seed" in text))
    words = shlex.split(command, comments=True)[1:]
    assert main(words) == 1, capfd.readouterr().err
    assert "as far as the pipeline" in capfd.readouterr().err


def test_the_lines_for_a_training_loop_run():
    import torch

    code = next(block for block in blocks("python") if "add_aspect_outputs" in block)
    names = {"C": 3, "Q": 2, "images": torch.rand(2, 3, 32, 32), "labels": torch.tensor([0, 2]),
             "p_yes": torch.tensor([[0.9, 0.1], [0.5, float("nan")]])}  # fmt: skip
    exec(compile(code, "README.md", "exec"), names)
    assert names["model"](names["images"]).shape == (2, 3)


@pytest.fixture
def store(tmp_path):
    """Return a compacted store of three pictures, `0.jpg` to `2.jpg`, with answers to 50 questions."""
    from makd.answers.compact import compact
    from makd.answers.extract import extract_answers
    from makd.data.samples import Sample
    from makd.questions.bank import QuestionBank
    from makd.teachers.class_table import ClassTableTeacher

    store = tmp_path / "answers"
    bank = QuestionBank.load("caltech101")
    samples = [Sample(f"{i}.jpg", tmp_path / f"{i}.jpg", 0, "airplanes") for i in range(3)]
    extract_answers(samples, ClassTableTeacher.load("caltech101"), bank, store, source="data")
    compact(store)
    bank.save(tmp_path / "questions.yaml")
    return store


def test_the_lines_that_read_a_store_run(store, monkeypatch):
    import torch

    code = next(block for block in blocks("python") if "AnswerStore.open" in block)
    code = re.sub(r"^keys = .*?$", "keys = ['2.jpg', 'unknown.jpg']", code, flags=re.MULTILINE)
    monkeypatch.chdir(store.parent)
    found: dict[str, object] = {}
    exec(compile(code, "training.md", "exec"), found)
    assert found["p_yes"].shape == (2, 50)
    assert torch.isfinite(found["p_yes"][0]).all()
    assert torch.isnan(found["p_yes"][1]).all()


def test_the_lines_for_other_programs_run(store):
    """The schema as pandas, Polars and DuckDB see it, each where it is installed."""
    programs = [*blocks("python"), *(f"import duckdb\nrows = duckdb.sql({sql!r})" for sql in blocks("sql"))]
    found: dict[str, object] = {"store": store}
    for program in (text for text in programs if "part-*" in text):
        module = re.search(r"import (pandas|polars|duckdb)", program).group(1)
        if importlib.util.find_spec(module):
            exec(compile(program.replace("'answers/", f"'{store}/"), module, "exec"), found)
    if "p_yes" in found:
        assert found["p_yes"].shape == (3, 50)
    if "means" in found:
        assert found["means"]["kind"].to_list() == ["soft"]
    if "rows" in found:
        assert len(found["rows"].fetchall()) == 3


def test_links_inside_the_project_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
