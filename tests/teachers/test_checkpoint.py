import shutil
from pathlib import Path

import huggingface_hub.constants
import pytest
import torch

from makd.errors import MakdError, UsageError
from makd.teachers.checkpoint import load_checkpoint


def test_folder_is_loaded_and_named(internvl: Path) -> None:
    checkpoint = load_checkpoint(internvl, device="cpu")
    assert checkpoint.name == internvl.name
    assert checkpoint.model.dtype == torch.float32
    assert not checkpoint.model.training
    assert checkpoint.licence == ""
    assert load_checkpoint(internvl, device="cpu", name="mine").name == "mine"


def test_revision_follows_the_content(internvl: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(internvl, tmp_path / "copy")
    (copy / "README.md").write_text("---\nlicense: cc-by-4.0\nlanguage: en\n---\n# A card\n")
    one, other = load_checkpoint(internvl, device="cpu"), load_checkpoint(copy, device="cpu")
    assert one.revision == other.revision
    assert len(one.revision) == 16
    assert other.licence == "cc-by-4.0"
    template = copy / "chat_template.jinja"
    template.write_text(template.read_text() + " ")
    assert load_checkpoint(copy, device="cpu").revision != one.revision


def test_reduced_precision_still_gives_float32_logits(fastvlm: Path) -> None:
    model = load_checkpoint(fastvlm, dtype="bfloat16", device="cpu").model
    ids = torch.tensor([[30, 31, 32]])
    logits = model(input_ids=ids).logits
    hidden = model.model(input_ids=ids).last_hidden_state
    assert logits.dtype == torch.float32
    torch.testing.assert_close(logits, hidden.float() @ model.lm_head.weight.float().T)


def test_tiles_limit_the_picture(internvl: Path) -> None:
    from PIL import Image

    picture = Image.new("RGB", (300, 100))
    lengths = []
    for tiles in (1, 2, 6):
        processor = load_checkpoint(internvl, device="cpu", tiles=tiles).processor
        lengths.append(
            processor(images=[picture], text=["<image>"], return_tensors="pt")["pixel_values"].shape[0]
        )
    assert lengths == [1, 3, 4]


def test_tiles_mean_nothing_without_tiles(fastvlm: Path) -> None:
    with pytest.raises(UsageError, match="does not cut pictures into tiles"):
        load_checkpoint(fastvlm, device="cpu", tiles=4)


def test_folder_without_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"does not hold a vision-language checkpoint .*config\.json"):
        load_checkpoint(tmp_path, device="cpu")


def test_language_model_without_eyes(tmp_path: Path) -> None:
    from transformers import Qwen2Config

    Qwen2Config(hidden_size=8, num_hidden_layers=1).save_pretrained(tmp_path)
    with pytest.raises(UsageError, match="does not hold a vision-language checkpoint"):
        load_checkpoint(tmp_path, device="cpu")


def test_hub_out_of_reach_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(
        MakdError, match=r"'nobody/nothing' is no folder here.*HF_HUB_OFFLINE forbids to fetch it"
    ) as caught:
        load_checkpoint("nobody/nothing", device="cpu")
    assert not isinstance(caught.value, UsageError)
    assert "\n" not in str(caught.value)
