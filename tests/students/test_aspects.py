from __future__ import annotations

from typing import ClassVar

import pytest
import timm
import torch
from torch import nn

from makd.distillation.multi_aspect import MultiAspectLoss
from makd.errors import UsageError
from makd.students.aspects import add_aspect_outputs, strip_aspect_outputs
from makd.students.classifier import classifier_layers

MODELS = [
    ("resnet18", 32, {"channels": [16, 16, 32, 32]}),
    ("resnet34", 32, {"channels": [16, 16, 32, 32]}),
    ("mobilenetv1_100", 32, {}),
    ("mobilenetv3_small_050", 32, {}),
    ("mobilenetv4_conv_small", 32, {}),
    ("efficientnet_b0", 32, {}),
    ("convnext_atto", 32, {"depths": [1, 1, 1, 1]}),
    ("vit_tiny_patch16_224", 32, {"img_size": 32, "depth": 2}),
]
OTHER_HEADS = [
    ("resnetv2_50", 32, {"layers": [1, 1, 1, 1], "channels": [16, 16, 32, 32]}),  # a 1 x 1 convolution
    ("convnext_atto", 32, {"depths": [1, 1, 1, 1], "head_hidden_size": 24}),  # norm, hidden layer, linear
    ("inception_next_atto", 32, {}),  # hidden layer, norm, linear
    ("efficientvit_b0", 32, {}),  # a sequence
    ("deit_tiny_distilled_patch16_224", 32, {"img_size": 32, "depth": 1}),  # two heads, averaged
    ("levit_128s", 64, {"img_size": 64}),  # two heads, each with a norm of its own
    ("repvit_m0_9", 32, {}),  # two such heads in one module
    ("crossvit_tiny_240", 240, {"depth": [[1, 1, 0]]}),  # two heads of unlike width
]


def plain(name: str = "test_resnet", classes: int = 5, **kwargs: object) -> nn.Module:
    torch.manual_seed(0)
    return timm.create_model(name, num_classes=classes, **kwargs).eval()


def shapes(model: nn.Module) -> dict[str, torch.Size]:
    return {key: value.shape for key, value in model.state_dict().items()}


@pytest.mark.parametrize(("name", "size", "kwargs"), MODELS + OTHER_HEADS)
def test_stripping_undoes_adding(name: str, size: int, kwargs: dict[str, object]) -> None:
    model = plain(name, **kwargs)
    full = add_aspect_outputs(model, 7)
    stripped = strip_aspect_outputs(full, 5)
    images = torch.randn(2, 3, size, size)
    with torch.inference_mode():
        assert full(images).shape == (2, 12)
        torch.testing.assert_close(stripped(images), full(images)[:, :5])
        torch.testing.assert_close(stripped(images), model(images), rtol=0, atol=0)
    assert shapes(stripped) == shapes(model)
    assert stripped.num_classes == 5
    assert full.num_classes == 12


@pytest.mark.parametrize(("name", "size", "kwargs"), MODELS + OTHER_HEADS)
def test_classes_and_aspects_train_together(name: str, size: int, kwargs: dict[str, object]) -> None:
    full = add_aspect_outputs(plain(name, **kwargs), 3).train()
    labels, p_yes = torch.tensor([0, 4]), torch.tensor([[0.9, 0.2, 0.1], [0.1, 0.7, float("nan")]])
    MultiAspectLoss(alpha=4)(full(torch.randn(2, 3, size, size)), labels, p_yes).backward()
    for layer in classifier_layers(full).values():
        moved = layer.weight.grad.flatten(1).abs().sum(dim=1)
        assert len(moved) == 8
        assert (moved > 0).all()


def test_both_leave_the_given_model_alone() -> None:
    model = plain()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    full = add_aspect_outputs(model, 3)
    stripped = strip_aspect_outputs(full, 5)
    with torch.no_grad():
        full.get_classifier().weight.zero_()
        stripped.get_classifier().weight.zero_()
    assert model.get_classifier().out_features == 5
    assert full.get_classifier().out_features == 8
    assert all(value.equal(before[key]) for key, value in model.state_dict().items())


def test_aspect_rows_differ_from_each_other_and_spread_like_class_rows() -> None:
    model = plain(classes=200)
    rows = add_aspect_outputs(model, 400).get_classifier().weight[200:].detach()
    assert rows.unique(dim=0).shape[0] == 400
    assert float(rows.std()) == pytest.approx(float(model.get_classifier().weight.detach().std()), rel=0.05)


def test_the_new_rows_train() -> None:
    model = add_aspect_outputs(plain(), 2)
    model(torch.randn(2, 3, 64, 64))[:, 5:].sum().backward()
    assert float(model.get_classifier().weight.grad[5:].abs().sum()) > 0


def test_two_heads_each_get_rows_of_their_own() -> None:
    full = add_aspect_outputs(plain("deit_tiny_distilled_patch16_224", depth=1), 4)
    first, second = classifier_layers(full).values()
    assert first.weight.shape == second.weight.shape == (9, 192)
    assert not first.weight[5:].equal(second.weight[5:])


class TwoSided(nn.Module):
    """An auxiliary head that `get_classifier` hides and `pretrained_cfg` names, as in VOLO."""

    num_classes = 5
    pretrained_cfg: ClassVar[dict[str, object]] = {"classifier": ("head", "aux_head")}

    def __init__(self) -> None:
        super().__init__()
        self.head, self.aux_head = nn.Linear(4, 5), nn.Linear(4, 5)

    def get_classifier(self) -> nn.Module:
        return self.head

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(x) + 0.5 * self.aux_head(x)


def test_an_auxiliary_head_gets_rows_too() -> None:
    model, x = TwoSided(), torch.randn(2, 4)
    full = add_aspect_outputs(model, 3)
    assert full(x).shape == (2, 8)
    assert torch.equal(strip_aspect_outputs(full, 5)(x), model(x))


def test_a_classifier_that_does_not_end_in_a_linear_layer_is_refused() -> None:
    model = plain()
    model.fc = nn.Sequential(nn.Linear(model.num_features, 20), nn.MaxPool1d(4))
    with pytest.raises(UsageError, match=r"must end in a Linear layer .* but it has Sequential"):
        add_aspect_outputs(model, 2)


def test_a_model_without_get_classifier_is_refused() -> None:
    with pytest.raises(UsageError, match="no get_classifier"):
        add_aspect_outputs(nn.Sequential(nn.Linear(3, 3)), 2)


def test_stripping_more_classes_than_outputs_is_refused() -> None:
    with pytest.raises(UsageError, match="Cannot keep 6 class outputs of a model that has 5"):
        strip_aspect_outputs(plain(), 6)
