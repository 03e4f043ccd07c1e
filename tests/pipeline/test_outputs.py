from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from makd.config.commands import AuditCommand, CompareCommand, DemoCommand, RunCommand
from makd.config.data import DataSettings
from makd.config.group import Group
from makd.config.merge import validated
from makd.errors import UsageError
from makd.pipeline import outputs


def _settings(**changes: object) -> DemoCommand:
    return DemoCommand.model_validate({"out": "x", **changes})


def test_a_new_output_is_made_and_taken_up_again(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    outputs.claim(out, "demo", _settings(), overwrite=False)
    (out / "work").write_text("half done")
    outputs.claim(out, "demo", _settings(jobs=2), overwrite=False)  # jobs do not change the result
    assert (out / "work").read_text() == "half done"


def test_what_was_cut_off_in_its_first_write_is_nothing(tmp_path: Path) -> None:
    (tmp_path / ".config.yaml.x1.tmp.yaml").write_text("comm")
    assert outputs.is_new(tmp_path)
    (tmp_path / "thesis.tex").write_text("years of work")
    assert not outputs.is_new(tmp_path)


@pytest.mark.parametrize(
    "settings",
    [
        CompareCommand.model_validate({"data": "photos", "answers": "store", "arm": ("a: alpha=2",)}),
        CompareCommand.model_validate({"data": "photos", "optimizer": {"name": "sgd", "lr": 0.1}}),
        RunCommand.model_validate({"data": "photos", "teacher": "T", "questions": "q", "alpha": 30}),
    ],
)
def test_what_is_left_is_a_file_of_the_same_settings(settings: Group, tmp_path: Path) -> None:
    outputs.claim(tmp_path, "compare", settings, overwrite=False)
    assert "vision_teacher: null" in (tmp_path / outputs.CONFIG).read_text()
    assert validated(type(settings), {}, tmp_path / outputs.CONFIG) == settings


def test_other_settings_are_refused_with_what_differs_and_nothing_is_touched(tmp_path: Path) -> None:
    outputs.claim(tmp_path, "demo", _settings(), overwrite=False)
    before = (tmp_path / outputs.CONFIG).read_bytes()
    with pytest.raises(UsageError, match="quick: False there, True asked for"):
        outputs.claim(tmp_path, "demo", _settings(quick=True), overwrite=False)
    assert (tmp_path / outputs.CONFIG).read_bytes() == before


def test_what_makd_did_not_make_is_left_alone_even_by_overwrite(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    for overwrite in (False, True):
        with pytest.raises(UsageError, match="not made by makd"):
            outputs.claim(tmp_path, "demo", _settings(), overwrite=overwrite)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_a_config_of_something_else_is_no_licence_to_remove_it(tmp_path: Path) -> None:
    (tmp_path / outputs.CONFIG).write_text("title: my site\n")
    with pytest.raises(UsageError, match="not made by makd"):
        outputs.claim(tmp_path, "demo", _settings(), overwrite=True)
    assert (tmp_path / outputs.CONFIG).exists()


def test_overwrite_replaces_what_makd_made(tmp_path: Path) -> None:
    outputs.claim(tmp_path, "demo", _settings(), overwrite=False)
    (tmp_path / "work").write_text("old")
    outputs.claim(tmp_path, "demo", _settings(quick=True), overwrite=True)
    assert not (tmp_path / "work").exists()
    assert "quick: true" in (tmp_path / outputs.CONFIG).read_text()


def test_an_output_of_another_command_is_refused_by_its_name(tmp_path: Path) -> None:
    outputs.claim(tmp_path, "demo", _settings(), overwrite=False)
    with pytest.raises(UsageError, match=r"was made by makd demo\. Choose"):
        outputs.claim(tmp_path, "run", _settings(), overwrite=False)


def test_what_differs_is_said_briefly(tmp_path: Path) -> None:
    audited = AuditCommand(store=Path("a"), data=DataSettings(name="photos"))
    outputs.claim(tmp_path, "audit", audited, overwrite=False)
    with pytest.raises(UsageError, match=r"\(data: photos there, none asked for\)"):
        outputs.claim(tmp_path, "audit", AuditCommand(store=Path("a")), overwrite=False)


def test_only_an_output_without_content_is_given_up(tmp_path: Path) -> None:
    for name in ("empty", "full"):
        outputs.claim(tmp_path / name, "demo", _settings(), overwrite=False)
    (tmp_path / "full" / "work").write_text("done")
    for name in ("empty", "full"):
        outputs.release(tmp_path / name)
    assert [entry.name for entry in tmp_path.iterdir()] == ["full"]


def test_a_file_in_the_place_of_the_output_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "out"
    file.write_text("a file")
    with pytest.raises(UsageError, match="is a file"):
        outputs.claim(file, "demo", _settings(), overwrite=True)
    assert file.read_text() == "a file"


def test_what_may_change_is_taken_over(tmp_path: Path) -> None:
    from makd.config.commands import CompareCommand

    def claim(**changes: object) -> None:
        settings = CompareCommand.model_validate({"data": "photos", "out": tmp_path / "out", **changes})
        outputs.claim(settings.out, "compare", settings, overwrite=False, may_change={"arms", "seeds"})

    claim(arms=["base"])
    claim(arms=["base", "makd"], seeds=5)
    kept = yaml.safe_load((tmp_path / "out" / "config.yaml").read_text())
    assert (kept["arms"], kept["seeds"]) == (["base", "makd"], 5)
    with pytest.raises(UsageError, match=r"alpha: 4\.0 there, 9\.0 asked for"):
        claim(arms=["base"], alpha=9.0)
    assert yaml.safe_load((tmp_path / "out" / "config.yaml").read_text()) == kept
