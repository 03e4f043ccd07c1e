from __future__ import annotations

import pickle
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from safetensors.torch import save_file

from makd.errors import UsageError
from makd.students.build import build_student
from makd.students.weights import load_weights
from tests.recorder import Recorder


def saved(folder: Path, name: str = "test_resnet", **kwargs: Any) -> tuple[Path, dict[str, torch.Tensor]]:
    torch.manual_seed(1)
    state = timm.create_model(name, num_classes=7, **kwargs).state_dict()
    file = folder / "model.safetensors"
    save_file(state, file)
    return file, state


def test_all_but_a_classifier_of_other_classes_is_taken_and_said(tmp_path: Path, heard: Recorder) -> None:
    file, state = saved(tmp_path)
    torch.manual_seed(0)
    fresh = build_student("test_resnet", classes=4, questions=3)
    torch.manual_seed(0)
    student = build_student("test_resnet", classes=4, questions=3, weights=file, progress=heard)
    for name, tensor in student.state_dict().items():
        assert tensor.equal(fresh.state_dict()[name] if name.startswith("fc.") else state[name]), name
    (line,) = heard.lines
    assert f"{len(state) - 2} of {len(state)} tensors come from {file}" in line
    assert "left out for their shape: " in line
    assert f"fc.weight [7, {state['fc.weight'].shape[1]}] instead of [4, " in line


def test_a_classifier_of_as_many_classes_is_taken(tmp_path: Path) -> None:
    file, state = saved(tmp_path)
    student = build_student("test_resnet", classes=7, questions=2, weights=file)
    assert student.get_classifier().weight[:7].equal(state["fc.weight"])


def test_tensors_saved_by_torch_are_read_with_or_without_wrapping(tmp_path: Path) -> None:
    _, state = saved(tmp_path)
    wrapped = {"epoch": 3, "state_dict": {f"module.{name}": tensor for name, tensor in state.items()}}
    for content in (state, wrapped):
        file = tmp_path / "weights.pth"
        torch.save(content, file)
        student = build_student("test_resnet", classes=4, weights=file)
        assert student.conv1[0].weight.equal(state["conv1.0.weight"])


def test_what_is_missing_and_what_is_of_no_use_is_named(tmp_path: Path, heard: Recorder) -> None:
    _, state = saved(tmp_path)
    state["wings.weight"] = state.pop("conv1.0.weight")
    torch.save(state, tmp_path / "weights.pth")
    load_weights(timm.create_model("test_resnet", num_classes=7), tmp_path / "weights.pth", heard)
    assert "not in it: conv1.0.weight" in heard.lines[0]
    assert "of no use: wings.weight" in heard.lines[0]


def test_position_embeddings_are_brought_to_the_size_at_hand(tmp_path: Path) -> None:
    file, state = saved(tmp_path, "vit_tiny_patch16_224", depth=1, img_size=64)
    student = build_student(
        "vit_tiny_patch16_224", classes=2, weights=file, kwargs={"depth": 1, "img_size": 32}
    )
    assert student.pos_embed.shape == (1, 5, 192)
    assert student.pos_embed[:, :1].equal(state["pos_embed"][:, :1])  # that of the class token
    assert float(student.pos_embed[:, 1:].detach().std()) > 0
    assert student.blocks[0].attn.qkv.weight.equal(state["blocks.0.attn.qkv.weight"])


def test_a_pickle_that_holds_more_than_tensors_is_not_run(tmp_path: Path) -> None:
    class Harm:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "harmed",)

    for name, save in (("a.pth", torch.save), ("b.bin", lambda o, f: Path(f).write_bytes(pickle.dumps(o)))):
        save({"conv1.weight": Harm()}, tmp_path / name)
        with pytest.raises(
            UsageError, match=r"--model\.weights: .* cannot be read as safetensors or as tensors"
        ):
            build_student("test_resnet", classes=2, weights=tmp_path / name)
    assert not (tmp_path / "harmed").exists()


def test_what_holds_more_than_tensors_is_refused_whatever_timm_does_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = timm.models.load_state_dict
    monkeypatch.setattr(timm.models, "load_state_dict", partial(read, weights_only=False))
    torch.save({"state_dict": {}, "made_at": tmp_path}, tmp_path / "weights.pth")
    with pytest.raises(UsageError, match="cannot be read as safetensors or as tensors"):
        build_student("test_resnet", classes=2, weights=tmp_path / "weights.pth")


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    file, _ = saved(tmp_path, "vit_tiny_patch16_224", depth=1, img_size=32)
    with pytest.raises(UsageError, match="holds no weights of ResNet"):
        build_student("test_resnet", classes=2, weights=file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--model\.weights: there is no file .*none\.pth"):
        build_student("test_resnet", classes=2, weights=tmp_path / "none.pth")
