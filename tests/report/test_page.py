from __future__ import annotations

import copy
import json
import re
import shutil
from dataclasses import asdict
from html.parser import HTMLParser

import pytest
from PIL import Image

from makd.errors import UsageError
from makd.evaluation import summary
from makd.evaluation.arm_definitions import parse_arms
from makd.evaluation.compare import compare, run_directory
from makd.evaluation.repetitions import alike
from makd.report.examples import pick_examples
from makd.report.page import write_report, write_reports
from makd.storage import write_json
from makd.teachers.base import TeacherCard
from tests import fake_runs

VOID = {"meta", "br", "img"}


class Reader(HTMLParser):
    """Reads a page strictly: every tag is closed in turn, every id is unique."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.addresses, self.tables, self.svgs = [], [], [], [], 0
        self.text = ""
        self.feed(text)
        assert self.open == []
        assert len(self.ids) == len(set(self.ids))

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        given = dict(attrs)
        self.ids += [given["id"]] if "id" in given else []
        self.addresses += [given[name] for name in ("src", "href", "xlink:href") if name in given]
        self.svgs += tag == "svg"
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in {"td", "th"}:
            self.tables[-1][-1].append("")

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "svg" not in self.open and "style" not in self.open:
            self.text += data
        if "td" in self.open:
            self.tables[-1][-1][-1] += data


@pytest.fixture(scope="module", autouse=True)
def _in_this_process():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("makd.evaluation.compare.carry_out", fake_runs.carry_out)
        yield


def leave(out, catalog, answers, arms, spent, *, seeds=1, **more):
    """Leave the results of a comparison."""
    repetitions = alike(range(seeds), catalog, answers, arms)
    task, settings = fake_runs.FakeTask(), fake_runs.SETTINGS
    results = compare(task, repetitions, arms, settings, out=out, jobs=1, fit=fake_runs.fit)
    results["cost"] |= spent
    write_json(out / "results.json", results | more)


@pytest.fixture(scope="module")
def comparison(tmp_path_factory):
    root = tmp_path_factory.mktemp("comparison")
    catalog = fake_runs.make_catalog(root)
    for sample in catalog.of("train"):
        sample.path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (12, 12), (200, 10, 10)).save(sample.path)
    answers = fake_runs.make_answers(catalog)
    teacher = TeacherCard("some/mllm-8B", "abc", "MIT", "Look. {question}")
    arms = parse_arms(("base", "makd", "shuffled", "random"), ("wide: alpha=15",), teacher=teacher)
    spent = {"labelling_seconds": 90.0, "images_asked": 60}
    examples = pick_examples(catalog, answers, n=3)
    leave(root / "out", catalog, answers, arms, spent, seeds=3, teacher=asdict(teacher), examples=examples)
    return root / "out"


@pytest.fixture
def results(comparison):
    return json.loads((comparison / "results.json").read_text())


def page(directory):
    return write_report(directory).read_text(encoding="utf-8")


def test_the_page_says_what_the_results_say(comparison, results):
    html = page(comparison)
    read = Reader(html)
    for sentence in summary.sentences(results):
        assert sentence in read.text
    arms, pairs, *others = read.tables
    assert [row[1:] for row in arms[1:]] == [list(row[1:]) for row in summary.rows(results)]
    assert [row[0] for row in arms[1:]] == [
        "baselabels alone",
        "makdthe teacher's answers about each image",
        "shuffledanswers exchanged within each class",
        "randomrandom answers",
        "widethe teacher's answers about each image; alpha 15",
    ]
    for row, pair in zip(pairs[1:], results["pairs"], strict=True):
        shown = [float(figure.replace("\N{MINUS SIGN}", "-")) for figure in (row[1], row[3].split(" to ")[0])]
        expected = [100 * pair["difference"], 100 * pair["bootstrap_ci95"][0]]
        assert shown == pytest.approx(expected, abs=0.051)
    assert len(others) == 2 + 2
    assert "1 min 30 s for 60 images and 3 questions" in read.text


def test_the_page_needs_nothing_else(comparison):
    read = Reader(page(comparison))
    assert all(address.startswith(("data:image/", "#")) for address in read.addresses)
    html = page(comparison)
    assert not re.search(r"https?:|//www|@import|<script|<link", html)
    assert set(re.findall(r"url\(([^)]*)\)", html)) <= {f"#{identity}" for identity in read.ids}
    assert sum(address.startswith("data:image/") for address in read.addresses) == 3


def test_the_page_tells_how_the_first_run_was_computed(comparison, tmp_path):
    shutil.copytree(comparison, tmp_path / "out")
    file = run_directory(tmp_path / "out", "base", 0).environment_file
    write_json(file, json.loads(file.read_text()) | {"device": "cpu", "precision": "bfloat16"})
    text = Reader(page(tmp_path / "out")).text
    assert "devicecpuprecisionbfloat16makd" in text


def test_figures_take_the_page_s_colour(comparison):
    html = page(comparison)
    assert Reader(html).svgs == 2 + 2 + 4
    assert "currentColor" in html
    assert "#010203" not in html


def test_what_people_name_is_escaped(comparison, results, tmp_path):
    bad = "<script>alert('x')</script>"
    changed = copy.deepcopy(results)
    changed["data"] = changed["teacher"]["name"] = changed["teacher"]["prompt"] = bad
    changed["questions"][0]["text"] = bad
    changed["examples"][0] |= {"class": bad, "key": bad}
    changed["examples"][0]["answers"][0]["text"] = bad
    write_json(tmp_path / "results.json", changed)
    html = page(tmp_path)
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 7
    Reader(html)


def test_runs_pictures_and_settings_may_be_gone(results, tmp_path):
    changed = copy.deepcopy(results)
    for example in changed["examples"]:
        example["path"] = "/nowhere/at/all.png"
    write_json(tmp_path / "results.json", changed)
    read = Reader(page(tmp_path))
    assert read.text.count("no picture") == 3
    assert read.svgs == 2 + 2
    assert "To repeat it" not in read.text


def test_one_seed_of_labels_alone(tmp_path):
    arms = parse_arms(("base",), teacher=None)
    spent = {"labelling_seconds": None, "images_asked": None}
    leave(tmp_path / "out", fake_runs.make_catalog(tmp_path), None, arms, spent, teacher=None, examples=[])
    read = Reader(page(tmp_path / "out"))
    assert "No arm learns" in read.text
    assert read.svgs == 1 + 3


def test_how_to_repeat_it(comparison):
    (comparison / "config.yaml").write_text("command: run\n")
    try:
        assert "makd run --config out/config.yaml --out out-again" in Reader(page(comparison)).text
    finally:
        (comparison / "config.yaml").unlink()


def test_several_comparisons_on_one_page(comparison, tmp_path):
    out = write_reports([comparison, comparison], tmp_path / "all.html")
    read = Reader(out.read_text(encoding="utf-8"))
    assert read.svgs == 2 * (2 + 2 + 4)


def test_an_unfinished_comparison_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"holds no finished comparison: there is no results\.json"):
        write_report(tmp_path)
    (tmp_path / "results.json").write_text("{")
    with pytest.raises(UsageError, match="is not JSON"):
        write_report(tmp_path)
    assert not (tmp_path / "report.html").exists()


@pytest.mark.parametrize("vary", ["none", "split"])
def test_the_page_says_what_tuning_has_seen(results, tmp_path, vary):
    arms = {"base": {"chosen": {}}, "makd": {"chosen": {"alpha": 8.0}}}
    write_json(tmp_path / "results.json", results | {"vary": vary, "tuning": {"trials": 2, "arms": arms}})
    text = " ".join(Reader(page(tmp_path)).text.split())
    assert "on the validation images of the first run" in text
    assert "base as given; makd alpha 8." in text
    assert ("some of which judge other runs" in text) == (vary == "split")
