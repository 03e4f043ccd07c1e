import re
import subprocess
import sys
from pathlib import Path

import pytest

from makd.config.asking import TeacherSettings
from makd.errors import UsageError
from makd.teachers.class_table import ClassTableTeacher
from makd.teachers.registry import OPENERS, open_teacher, options_of
from makd.teachers.transformers_teacher import TransformersTeacher


def test_folder(fastvlm: Path) -> None:
    teacher = open_teacher(str(fastvlm), device="cpu", dtype="auto", answer_tokens="pair")
    assert isinstance(teacher, TransformersTeacher)
    assert teacher.card.dtype == "float32"
    assert len(teacher.forms.yes) == 1


def test_packaged_table() -> None:
    teacher = open_teacher("table:caltech101")
    assert isinstance(teacher, ClassTableTeacher)
    assert teacher.needs == "label"


def test_fieldguide_keeps_its_name(fastvlm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("makd.fieldguide.teacher_path", lambda: fastvlm, raising=False)
    assert open_teacher("fieldguide", device="cpu").card.name == "fieldguide"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("feldguide", r"No teacher 'feldguide'.*Did you mean 'fieldguide'"),
        ("./not/there", r"No teacher './not/there': it is no folder"),
        ("/not/there", "it is no folder"),
        ("table:nothing", "No class table"),
    ],
)
def test_names_without_a_teacher(name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        open_teacher(name)


def test_an_option_of_another_kind_is_refused() -> None:
    with pytest.raises(UsageError) as refusal:
        open_teacher("table:caltech101", tiles=2, revision=None)
    assert str(refusal.value) == (
        "--teacher.tiles means nothing to table:caltech101; it is an option of a checkpoint folder, "
        "a hub id (OWNER/NAME) or `fieldguide`."
    )


def test_an_option_that_nobody_takes_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"there is no such option\. Did you mean 'revision'"):
        open_teacher("fieldguide", revison="main")


def test_every_option_has_a_setting_and_every_setting_is_an_option() -> None:
    options = {key for kind in OPENERS.values() for step in kind.steps() for key in options_of(step)}
    assert options == set(TeacherSettings.model_fields) - {"name"}
    assert all(field.default is None for key, field in TeacherSettings.model_fields.items() if key != "name")


def test_help_tells_the_defaults_that_the_signatures_hold() -> None:
    defaults: dict[str, object] = {}
    for kind in OPENERS.values():
        for step in kind.steps():
            defaults |= {key: value for key, value in options_of(step).items() if value not in (None, False)}
    for key, default in defaults.items():
        told = str(TeacherSettings.model_fields[key].description)
        assert re.search(rf"\[.*\b{re.escape(str(default))}\b.*\]", told), f"{key}: {told} ({default})"


def test_a_file_is_no_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "table.yaml"
    path.touch()
    with pytest.raises(UsageError, match=r"is a file.*`table:.*table\.yaml`"):
        open_teacher(str(path))


def test_import_is_cheap() -> None:
    code = "import sys, makd.teachers.registry; print({'torch', 'transformers', 'PIL'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
