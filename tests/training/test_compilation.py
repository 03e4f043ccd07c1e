from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from makd.config.execution import ExecutionSettings
from makd.errors import MakdError
from makd.training import compilation
from makd.training.fit import fit

Plans = Callable[..., Any]
COMPILED = ExecutionSettings(compile=True, logger=("none",))


@pytest.fixture(autouse=True)
def _forgotten() -> Any:
    yield
    torch.compiler.reset()


def test_a_compiled_student_is_the_same_student(
    make_plan: Plans, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With dropout, averaged weights and two sizes of batches; by a backend that needs no C++ compiler."""
    monkeypatch.setattr(compilation, "BACKEND", "aot_eager")
    compiled: list[Any] = []
    compile_in_place = torch.nn.Module.compile
    monkeypatch.setattr(
        torch.nn.Module,
        "compile",
        lambda model, **how: (compiled.append(how), compile_in_place(model, **how)),
    )
    plain = make_plan(tmp_path / "plain", epochs=2, batch_size=15, precision="float32")
    a = fit(plain, threads=1)
    b = fit(replace(plain, out=tmp_path / "compiled", execution=COMPILED), threads=1)
    assert [how["backend"] for how in compiled] == ["aot_eager"]
    assert b.config() == a.config()
    ours, theirs = load_file(a.weights_file), load_file(b.weights_file)
    assert ours.keys() == theirs.keys()
    for name, weight in ours.items():
        torch.testing.assert_close(theirs[name], weight, rtol=1e-4, atol=1e-5)
    state = torch.load(b.last_file, weights_only=False)["state_dict"]
    assert not [name for name in state if "_orig_mod" in name]
    assert state.keys() == torch.load(a.last_file, weights_only=False)["state_dict"].keys()


def test_what_cannot_be_compiled_is_said(
    make_plan: Plans, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_compiler(graph: Any, inputs: Any) -> Any:
        raise RuntimeError("no C++ compiler was found")

    monkeypatch.setattr(compilation, "BACKEND", without_compiler)
    plan = replace(make_plan(tmp_path / "run", epochs=1), execution=COMPILED)
    with pytest.raises(MakdError, match=r"--compile: the student cannot be compiled here .*--no-compile"):
        fit(plan, threads=1)
