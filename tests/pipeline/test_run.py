from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from makd.errors import UsageError
from makd.pipeline import run
from makd.pipeline.run import DEMO, QUICK
from tests.recorder import Recorder


@pytest.mark.slow
def test_the_whole_road_leaves_everything_and_is_not_walked_twice(
    road: Callable[..., Any], heard: Recorder
) -> None:
    settings = road()
    results = run(settings, heard)
    assert set(results["arms"]) == {"base", "signature", "permuted"}
    assert json.loads((settings.out / "results.json").read_text()) == results
    assert (settings.out / "report.html").is_file()
    assert (settings.out / "questions.yaml").is_file()
    assert results["cost"]["images_asked"] == results["splits"]["train"]
    assert results["duplicates"]["same_bytes"]["count"] == 0

    files = {
        file: file.stat().st_mtime_ns
        for place in ("runs", "answers")
        for file in (settings.out / place).rglob("*")
        if file.is_file()
    }
    again = run(road(), heard)
    assert {file: file.stat().st_mtime_ns for file in files} == files
    assert again["arms"] == results["arms"]
    assert again["cost"]["labelling_seconds"] >= results["cost"]["labelling_seconds"]
    assert "6 of 6 runs are there already." in heard.lines


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"arms": ["makd"]}, "signature"),
        ({"arms": ["bass"]}, "Did you mean 'base'"),
        ({"model": "resnet19"}, "resnet18"),
        ({"metric": "top?"}, r"not 'top\?'\. Did you mean 'top"),
        ({"questions": "colors"}, "No question bank 'colors'"),
        ({"data": "/nowhere/pictures"}, "nowhere"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_written(
    road: Callable[..., Any], changes: dict[str, Any], message: str
) -> None:
    settings = road(**changes)
    with pytest.raises(UsageError, match=message):
        run(settings)
    assert not settings.out.exists()


def test_another_teacher_of_an_existing_output_is_refused(
    road: Callable[..., Any], table: Path, tmp_path: Path
) -> None:
    settings = road()
    (settings.out).mkdir()
    (settings.out / "config.yaml").write_text("command: run\nteacher: {name: somebody}\n")
    with pytest.raises(UsageError, match=r"teacher\.name: somebody there"):
        run(settings)


def test_the_demo_is_the_road_on_the_embedded_world() -> None:
    for settings in (DEMO, QUICK):
        assert settings["data"] == settings["teacher"] == settings["questions"] == "fieldguide"
        assert {"base", "makd", "shuffled", "random"} <= set(settings["arms"])
    assert DEMO["seeds"] == 3
