"""The examples run as they stand, each in a process of its own, and their students learn."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("script", ["training_loop.py", "lightning_module.py", "huggingface_trainer.py"])
def test_an_example_trains_a_student(script: str, tmp_path: Path) -> None:
    if script == "huggingface_trainer.py" and not importlib.util.find_spec("accelerate"):
        pytest.skip("the Trainer of transformers needs accelerate")
    found = subprocess.run(
        [sys.executable, EXAMPLES / script],
        cwd=tmp_path,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "", "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert found.returncode == 0, found.stderr
    top1 = float(re.search(r"top-1 ([\d.]+)", found.stdout).group(1))
    assert top1 > 0.8, found.stdout
    assert list(tmp_path.iterdir()) == []


def test_every_example_is_run() -> None:
    scripts = {path.name for path in EXAMPLES.glob("*.py")} - {"pictures.py"}
    assert scripts == {"training_loop.py", "lightning_module.py", "huggingface_trainer.py"}
