from __future__ import annotations

import json
import keyword
import signal
import subprocess
import sys
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from makd import pipeline
from makd.cli.main import VERBS, main
from makd.errors import MakdError, UsageError
from makd.report.audit import COLUMNS

FIGURES = [column.figure for column in COLUMNS]
COMPARISON = {
    "metric": "top1",
    "seeds": [0, 1],
    "arms": {
        "base": {"top1": [0.5, 0.52], "mean": 0.51, "std": 0.014, "ci95": [0.38, 0.64]},
        "[red]hot": {"top1": [0.6, 0.6], "mean": 0.6, "std": 0.0, "ci95": [0.6, 0.6]},
    },
    "pairs": [
        {"a": "[red]hot", "b": "base", "difference": 0.09, "ci95": [0.01, 0.17], "n": 2}
        | {"p_value": 0.03, "p_holm": 0.03, "bootstrap_ci95": [0.01, 0.17]}
    ],
    "variants": {
        "base": {"control": "base", "overrides": {}},
        "[red]hot": {"control": "makd", "overrides": {}},
    },
}
EVALUATION = {
    "run": "runs/x",
    "split": "test",
    "n": 1200,
    "top1": 0.912,
    "seconds": 1.0,
    "images_per_second": 9.0,
}
EXTRACTION = {"store": "answers", "asked": 2, "answered": 1, "failed": 1, "skipped": 3, "quarantined": 0,
              "reasons": {"truncated": 1}, "seconds": 2.0, "images_per_second": 1.0}  # fmt: skip
PREDICTION = {"run": "r", "predictions": [{"image": "[b]a.jpg", "class": "cat", "probability": 0.9,
              "aspects": {}, "classes": [{"class": "cat", "probability": 0.9}]}]}  # fmt: skip
PREVIEW = {"questions": [{"id": "q1", "text": "Is it [red]?", "group": "other"}], "page": "preview.html",
           "images": [{"key": "a.jpg", "failure": None, "p_yes": [0.97], "yes_no_mass": [1.0]},
                      {"key": "b.jpg", "failure": "truncated", "p_yes": None, "yes_no_mass": None}],
           "forecast": {"images": 1000, "seconds": 7200.0, "each": 7.2, "requests": 50000,
                        "input_tokens": 90, "output_tokens": 9, "cost": 12.5}}  # fmt: skip
CHECKED = {"bank": "b", "questions": 2, "classes": 0, "embeddings": False, "findings": [], "repairs": [],
           "file": None, "left": 2}  # fmt: skip
AUDIT = {"headline": "All 1 questions look sound.", "findings": [], "page": "audit/audit.html",
         "questions": [{**dict.fromkeys(FIGURES), "id": "q1", "mean": 0.25}]}  # fmt: skip
GENERATED = {"bank": "b.yaml", "candidates_bank": "b-candidates.yaml", "exchange": "b.exchange.jsonl",
             "llm": "manual", "classes": 1200, "candidates": 100, "asked": 3, "kept_replies": 1,
             "questions": [{"id": "[b]", "text": "Is it red?", "group": "colour"}],
             "left_out": {"repeated": 2}}  # fmt: skip
CALLS: dict[str, tuple[list[str], dict[str, Any], str]] = {
    "demo": (["--quick"], COMPARISON, "The page to look at: demo/report.html"),
    "run": (
        ["d", "--teacher", "t", "--questions", "q"],
        COMPARISON,
        "[red]hot",
    ),
    "compare": (["d", "--seeds", "2"], COMPARISON, "MaKD helped: 60.0 %"),
    "questions generate": (
        ["d", "--llm", "manual"],
        GENERATED,
        "b.yaml: 1 questions for 1,200 classes, chosen of the 100 in b-candidates.yaml",
    ),
    "train": (["d", "--lr", "1"], EVALUATION, "91.2"),
    "evaluate": (["r", "d"], EVALUATION, "runs/x: 1,200 test images"),
    "predict": (["r", "a.jpg"], PREDICTION, "[b]a.jpg  cat 90.0"),
    "report": (["r"], {"reports": ["r/report.html"]}, "r/report.html"),
    "questions check": (["b"], CHECKED, "All 2 questions of b are sound"),
    "answers preview": (
        ["d", "--teacher", "t", "--questions", "q"],
        PREVIEW,
        "Asking 1 questions about 1,000 training images takes about 2 h 0 min and costs about 12.50.",
    ),
    "answers audit": (["s", "--data", "d"], AUDIT, "q1        0.25"),
    "answers extract": (["d", "--teacher", "t", "--questions", "q"], EXTRACTION, "1 x truncated"),
    "answers import": (["f", "--data", "d", "--questions", "q"], EXTRACTION, "1 images answered"),
    "answers export": (
        ["s"],
        {"file": "a.json", "images": 1200, "left_out": 3, "questions": ["Is it red?"]},
        "a.json: 1 answers about each of 1,200 images; 3 were left out",
    ),
    "answers merge": (
        ["a", "b"],
        {"store": "merged", "rows": 1200, "questions": 4, "shared": 30, "differing": 2},
        "merged: 1,200 images, 4 questions; 30 answers stood in several stores, 2 of them differed",
    ),
    "answers compact": (
        ["s"],
        {"store": "s", "rows": 1200, "superseded": 7, "parts_before": 6, "parts_after": 1},
        "s: 1,200 images in 1 parts, 6 before; 7 superseded rows are gone",
    ),
}


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch):
    """Replace a function of the pipeline by one that notes its settings, then returns or raises."""

    def replace(verb: str, result: Any) -> list[Any]:
        seen: list[Any] = []

        def act(settings: Any, progress: Any) -> dict[str, Any]:
            seen.append(settings)
            sys.stdout.write("a library's chatter\n")
            if isinstance(result, BaseException):
                raise result
            return result

        name = verb.split()[-1]
        monkeypatch.setattr(pipeline, f"{name}_" if keyword.iskeyword(name) else name, act)
        return seen

    return replace


@pytest.mark.parametrize("verb", CALLS)
def test_a_verb_calls_the_pipeline_and_prints_its_result_alone(verb, called, capfd):
    words, result, shown = CALLS[verb]
    seen = called(verb, result)
    assert main([*verb.split(), *words]) == 0
    out, err = capfd.readouterr()
    assert len(seen) == 1
    assert shown in out
    assert "chatter" not in out
    assert "chatter" in err


@pytest.mark.parametrize("verb", CALLS)
def test_json_is_one_object_and_nothing_else(verb, called, capfd):
    words, result, _ = CALLS[verb]
    called(verb, result)
    assert main([*verb.split(), *words, "--json"]) == 0
    assert json.loads(capfd.readouterr().out) == result


def test_questions_check_exits_with_1_when_it_finds_something(called, capfd):
    finding = {"question": "q1", "text": "Is it [b]nice?", "kind": "subjective", "reason": "Why.",
               "suggestion": "What.", "rewrite": None}  # fmt: skip
    called("check", {**CHECKED, "findings": [finding]})
    assert main(["questions", "check", "b"]) == 1
    out = capfd.readouterr().out
    assert "1 of 2 questions of b should be looked at." in out
    assert "Is it [b]nice?" in out
    assert main(["questions", "check", "b", "--json"]) == 1
    assert json.loads(capfd.readouterr().out)["findings"] == [finding]


def test_settings_arrive(called):
    seen = called("train", EVALUATION)
    words = "train photos --lr 0.2 --optimizer sgd --data.split-seed 4 --model resnet34 -o here --no-resume"
    assert main(words.split()) == 0
    (settings,) = seen
    assert (settings.data.name, settings.data.split_seed, settings.optimizer.lr) == ("photos", 4, 0.2)
    assert (settings.optimizer.name, settings.model.name, settings.out) == ("sgd", "resnet34", Path("here"))


def test_a_file_below_the_flags(called, tmp_path: Path):
    seen = called("train", EVALUATION)
    file = tmp_path / "settings.yaml"
    file.write_text("data: photos\nepochs: 3\nlabel_smoothing: 0.2\n")
    assert main(["train", "--config", str(file), "--epochs", "4"]) == 0
    assert (seen[0].epochs, seen[0].label_smoothing) == (4, 0.2)


def test_all_faults_in_one_message_before_anything_is_done(called, capfd, tmp_path: Path):
    seen = called("train", EVALUATION)
    file = tmp_path / "settings.yaml"
    file.write_text("optimiser: sgd\n")
    words = [
        "train",
        "--epocs",
        "3",
        "--lr",
        "fast",
        "--recipe",
        "papr",
        "--alpha",
        "--config",
        str(file),
        "--json",
    ]
    assert main(words) == 2
    out, err = capfd.readouterr()
    assert (out, seen) == ("", [])
    assert err.startswith("makd: 6 things are wrong:\n")
    for fault in (
        "--epocs: there is no such flag. Did you mean '--epochs'",
        "--lr: should be a valid number, not 'fast'.",
        "--recipe: should be 'modern' or 'paper', not 'papr'. Did you mean 'paper'?",
        "--alpha: needs a value.",
        f"{file}:optimiser: there is no such setting. Did you mean 'optimizer'",
        "DATA: is needed:",
    ):
        assert f"\n  {fault}" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["trian"], "There is no command 'trian'. Did you mean 'train'? See makd --help."),
        (["questions", "shwo"], "There is no command 'questions shwo'. Did you mean 'questions show'"),
        (["train", "d", "--jsn", "1"], "--jsn: there is no such flag. Did you mean '--json'?"),
        (
            ["train", "d", "--config", "none.yaml"],
            "none.yaml: cannot be read as YAML: No such file or directory.",
        ),
        (
            ["train", "d", "--config", "a.yaml", "--config", "b.yaml"],
            "--config: takes one file.",
        ),
        (["train", "d", "--config"], "--config: takes one file."),
        (["questions", "show", "caltech102"], "Did you mean 'caltech101'?"),
        (["train", "no/such/folder"], "no/such/folder"),
    ],
)
def test_what_is_asked_for_wrongly_exits_with_2(words, message, capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("makd: ")
    assert message in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("failure", "code", "sentence"),
    [
        (UsageError("x: there is no model 'resnet19'."), 2, "makd: x: there is no model 'resnet19'.\n"),
        (MakdError("the disk is full"), 1, "makd: the disk is full\n"),
        (ZeroDivisionError("oh"), 1, "makd: ZeroDivisionError: oh\nThis should not happen; --debug"),
        (KeyboardInterrupt(), 130, "makd: Stopped."),
    ],
)
def test_failures_are_sentences_with_their_exit_code(failure, code, sentence, called, capfd):
    called("train", failure)
    assert main(["train", "d"]) == code
    out, err = capfd.readouterr()
    assert out == ""
    assert sentence in err
    assert "Traceback" not in err


def test_ctrl_c_in_the_middle_exits_with_130():
    code = (
        "import signal, sys; from makd import pipeline; from makd.cli.main import main\n"
        "def train(settings, progress): print('at work', file=sys.stderr, flush=True); signal.pause()\n"
        "pipeline.train = train; sys.exit(main(['train', 'd', '--json']))"
    )
    with subprocess.Popen([sys.executable, "-c", code], text=True, stdout=-1, stderr=-1) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "at work\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err.splitlines() == [
        "makd: Stopped. What was finished is saved; the same command goes on (train: with --resume)."
    ]


@pytest.mark.parametrize("failure", [MakdError("bad"), ZeroDivisionError("bad")])
def test_debug_shows_where_it_came_from(failure, called, capfd):
    called("train", failure)
    assert main(["train", "d", "--debug"]) == 1
    err = capfd.readouterr().err
    assert "Traceback" in err
    assert err.rstrip().splitlines()[-1].endswith("bad")


def test_an_output_directory_that_is_not_ours_is_refused_untouched(capfd, tmp_path: Path):
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "thesis.txt").write_text("years of work")
    words = ["compare", "fieldguide", "--arms", "base", "-o", str(theirs)]
    for more in ([], ["--overwrite"]):
        assert main([*words, *more]) == 2
        assert "exists and was not made by makd" in capfd.readouterr().err
    assert [(file.name, file.read_text()) for file in theirs.iterdir()] == [("thesis.txt", "years of work")]


@pytest.mark.parametrize("words", [[], ["--help"], ["questions"], ["questions", "--help"]])
def test_the_overview_lists_the_verbs(words, capfd):
    assert main(words) == 0
    out = capfd.readouterr().out
    group = words[0] if words and words[0] in {"questions"} else ""
    for verb in VERBS:
        assert (verb.removeprefix(group).strip() in out) == verb.startswith(group)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_a_help_page(verb, capfd):
    assert main([*verb.split(), "--help"]) == 0
    assert capfd.readouterr().out.startswith(f"Usage: makd {verb}")


def test_version(capfd):
    assert main(["--version"]) == 0
    assert capfd.readouterr().out.startswith("makd 0.")


def test_info(capfd):
    assert main(["info", "--json"]) == 0
    assert {"python", "packages", "devices", "cache"} <= json.loads(capfd.readouterr().out).keys()


def test_questions_as_json(capfd):
    assert main(["questions", "list", "--json"]) == 0
    names = [bank["name"] for bank in json.loads(capfd.readouterr().out)["banks"]]
    assert "caltech101" in names
    assert main(["questions", "show", "caltech101", "--json"]) == 0
    bank = json.loads(capfd.readouterr().out)
    assert bank["name"] == "caltech101"
    assert len(bank["questions"]) == 50
    assert {"id", "text"} <= bank["questions"][0].keys()
    assert len(bank["classes"]) == 101


def test_questions_list_has_a_row_a_data_set_and_counts_its_candidates(capfd):
    assert main(["questions", "list"]) == 0
    rows = {line.split()[0]: line.split()[1:] for line in capfd.readouterr().out.splitlines() if line}
    assert rows["dtd"] == ["50", "100", "47"]
    assert rows["fieldguide"] == ["37"]
    assert "dtd-candidates" not in rows
    assert main(["questions", "list", "--json"]) == 0
    banks = {bank["name"]: bank for bank in json.loads(capfd.readouterr().out)["banks"]}
    assert banks["dtd-candidates"]["candidates"]
    assert not banks["dtd"]["candidates"]
    assert banks["fieldguide"]["classes"] is None


def test_a_bank_from_a_file_is_shown_without_classes(tmp_path, capfd):
    (tmp_path / "mine.txt").write_text("Is it red?\n")
    assert main(["questions", "show", str(tmp_path / "mine.txt"), "--json"]) == 0
    assert "classes" not in json.loads(capfd.readouterr().out)


def test_help_loads_nothing_heavy():
    code = "import sys; from makd.cli.main import main; main(['--help']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not loaded & {
        "torch",
        "transformers",
        "matplotlib",
        "scipy",
        "numpy",
        "pyarrow",
        "pydantic",
        "yaml",
    }


def test_reading_settings_loads_no_torch():
    code = (
        "import sys; from makd.cli.main import main; main(['train', '--help']); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"


def test_every_step_that_a_verb_hands_its_settings_to_is_there():
    rooms = {verb.split()[0] for verb in VERBS}
    commands = [each for room in rooms for each in import_module(f"makd.cli.{room}").COMMANDS.values()]
    steps = [each.call.args[0] for each in commands if isinstance(each.call, partial)]
    assert len(steps) == len(set(steps)) == len(pipeline.__all__)
    assert set(steps) == set(pipeline.__all__)
