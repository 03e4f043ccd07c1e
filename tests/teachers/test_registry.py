import subprocess
import sys
from pathlib import Path

import pytest

from makd.errors import UsageError
from makd.teachers.class_table import ClassTableTeacher
from makd.teachers.registry import open_teacher
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
        ("openai:gpt", "cannot be used yet"),
        ("vllm:some/model", "cannot be used yet"),
        ("feldguide", r"No teacher 'feldguide'.*Did you mean 'fieldguide'"),
        ("./not/there", r"No teacher './not/there': it is no folder"),
        ("/not/there", "it is no folder"),
        ("table:nothing", "No class table"),
    ],
)
def test_names_without_a_teacher(name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        open_teacher(name)


def test_a_file_is_no_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "table.yaml"
    path.touch()
    with pytest.raises(UsageError, match=r"is a file.*`table:.*table\.yaml`"):
        open_teacher(str(path))


def test_import_is_cheap() -> None:
    code = "import sys, makd.teachers.registry; print({'torch', 'transformers', 'PIL'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
