import json
from pathlib import Path

import pytest

from makd.errors import UsageError
from makd.teachers.architecture import converted, refuse_foreign_code


def folder_of(config: dict[str, object], tmp_path: Path) -> Path:
    (tmp_path / "config.json").write_text(json.dumps(config))
    return tmp_path


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("OpenGVLab/InternVL2_5-8B", "OpenGVLab/InternVL2_5-8B-MPO-hf"),
        ("OpenGVLab/InternVL2_5-8B-MPO", "OpenGVLab/InternVL2_5-8B-MPO-hf"),
        ("OpenGVLab/InternVL3-1B", "OpenGVLab/InternVL3-1B-hf"),
        ("OpenGVLab/InternVL3_5-4B", "OpenGVLab/InternVL3_5-4B-HF"),
        ("somebody/my-finetune", "OpenGVLab/InternVL3-8B-hf"),
    ],
)
def test_first_internvl_format_is_refused_with_the_converted_name(
    name: str, instead: str, tmp_path: Path
) -> None:
    config = {"model_type": "internvl_chat", "auto_map": {"AutoModel": "modeling.InternVL"}}
    assert f"{instead}," in converted(name)
    with pytest.raises(UsageError, match="runs on code of its own; take"):
        refuse_foreign_code(folder_of(config, tmp_path), name, trust_remote_code=True)


def test_code_of_a_checkpoint_runs_only_when_allowed(tmp_path: Path) -> None:
    folder = folder_of({"model_type": "newest_vlm", "auto_map": {"AutoModel": "m.M"}}, tmp_path)
    with pytest.raises(UsageError, match=r"allow the code to run with --teacher\.trust-remote-code"):
        refuse_foreign_code(folder, "a/b", trust_remote_code=False)
    refuse_foreign_code(folder, "a/b", trust_remote_code=True)


def test_what_transformers_knows_passes_whatever_else_the_folder_offers(tmp_path: Path) -> None:
    refuse_foreign_code(
        folder_of({"model_type": "internvl", "auto_map": {"AutoModel": "m.M"}}, tmp_path), "a/b", False
    )
    refuse_foreign_code(tmp_path / "nowhere", "a/b", False)
