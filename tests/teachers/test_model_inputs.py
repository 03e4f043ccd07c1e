from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from makd.teachers import model_inputs


def inputs(pictures: int = 2, tokens: int = 5) -> dict[str, Any]:
    """What a model with cross-attention takes: 3 tiles a picture, in one row."""
    return {
        "input_ids": torch.arange(pictures * tokens).view(pictures, tokens),
        "attention_mask": torch.ones(pictures, tokens, dtype=torch.long),
        "looks": torch.tensor([[0, 0, 1, 1, 1]] * pictures)[:, :, None].expand(-1, -1, 3),
        "kinds": torch.tensor([[0, 2, 2, 0, 0]] * pictures),
        "pixels": torch.arange(pictures * 3.0),
        "names": [f"{picture}" for picture in range(pictures)],
    }


def test_inputs_with_the_shape_of_ids_belong_to_tokens() -> None:
    assert model_inputs.of_tokens(inputs()) == ["input_ids", "attention_mask", "looks", "kinds"]


def test_split_and_join_are_opposites() -> None:
    whole = inputs()
    shares = model_inputs.split(whole, 2)
    assert shares[1]["pixels"].tolist() == [3, 4, 5]
    assert shares[1]["names"] == ["1"]
    joined = model_inputs.join(shares)
    assert joined.keys() == whole.keys()
    assert joined["names"] == whole["names"]
    assert all(torch.equal(joined[name], whole[name]) for name in whole if name != "names")


def test_what_cannot_be_divided_is_refused() -> None:
    with pytest.raises(ValueError, match="different sizes"):
        model_inputs.split(inputs() | {"pixels": torch.arange(5)}, 2)


def test_shape_tells_apart_what_cannot_be_joined() -> None:
    one, other = model_inputs.split(inputs(), 2)
    assert model_inputs.shape(one) == model_inputs.shape(other)
    assert model_inputs.shape(one)[0] == 5
    more_tiles = one | {"looks": one["looks"].repeat(1, 1, 2)}
    assert model_inputs.shape(more_tiles) != model_inputs.shape(other)


def test_cutting_and_adding_at_the_end() -> None:
    cut = model_inputs.without_end(inputs(), 2)
    assert cut["input_ids"].tolist() == [[0, 1, 2], [5, 6, 7]]
    assert cut["pixels"].shape == (6,)
    longer = model_inputs.with_end(cut, torch.tensor([[70, 71], [80, 81]]))
    assert longer["input_ids"].tolist() == [[0, 1, 2, 70, 71], [5, 6, 7, 80, 81]]
    assert longer["attention_mask"].all()
    assert longer["looks"][:, 3:].all()


def test_behind_a_prefix_the_last_token_is_gone_on_with() -> None:
    more = model_inputs.behind(inputs(), 4, rows=2)
    assert list(more) == ["looks"], "ids and mask are given anew, kinds are plain text again"
    assert more["looks"].shape == (4, 4, 3)
    assert more["looks"].all()


def test_positions_go_on_behind_the_prefix_or_where_the_model_says() -> None:
    model = nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1))
    assert model_inputs.positions_behind(model, inputs()).tolist() == [[5], [5]]
    model[1].rope_deltas = torch.tensor([[-2], [1]])
    assert model_inputs.positions_behind(model, inputs()).tolist() == [[3], [6]]


def test_only_numbers_that_are_no_counts_take_the_models_type() -> None:
    model = SimpleNamespace(device=torch.device("cpu"), dtype=torch.bfloat16)
    moved = model_inputs.to_model(model, inputs() | {"crops": [torch.zeros(2)]})
    assert moved["pixels"].dtype == moved["crops"][0].dtype == torch.bfloat16
    assert moved["input_ids"].dtype == torch.long
    assert moved["names"] == ["0", "1"]


def test_what_only_training_needs_is_left_out() -> None:
    def processor(**given: Any) -> dict[str, Any]:
        assert given["images"] == [["a"], ["b"]]
        return {"input_ids": torch.zeros(2, 3), "labels": torch.zeros(2, 3)}

    assert list(model_inputs.prepare(processor, ["a", "b"], ["?", "!"])) == ["input_ids"]
