from __future__ import annotations

import pytest
import timm
import torch
from torch import nn

from makd.errors import UsageError
from makd.students.aspects import add_aspect_outputs, strip_aspect_outputs

MODELS = [
    ("resnet18", 64, {"channels": [16, 16, 32, 32]}),
    ("mobilenetv1_100", 64, {}),
    ("mobilenetv3_small_050", 64, {}),
    ("mobilenetv4_conv_small", 64, {}),
    ("efficientnet_b0", 64, {}),
    ("convnext_atto", 64, {"depths": [1, 1, 1, 1]}),
    ("vit_tiny_patch16_224", 32, {"img_size": 32, "depth": 2}),
]


def plain(name: str = "test_resnet", classes: int = 5, **kwargs: object) -> nn.Module:
    torch.manual_seed(0)
    return timm.create_model(name, num_classes=classes, **kwargs).eval()


def shapes(model: nn.Module) -> dict[str, torch.Size]:
    return {key: value.shape for key, value in model.state_dict().items()}


@pytest.mark.parametrize(("name", "size", "kwargs"), MODELS)
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


@pytest.mark.parametrize("name", ["deit_tiny_distilled_patch16_224", "resnetv2_50"])
def test_several_or_other_classifiers_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="one Linear layer"):
        add_aspect_outputs(timm.create_model(name, num_classes=3), 2)


def test_a_model_without_get_classifier_is_refused() -> None:
    with pytest.raises(UsageError, match="no get_classifier"):
        add_aspect_outputs(nn.Sequential(nn.Linear(3, 3)), 2)


def test_stripping_more_classes_than_outputs_is_refused() -> None:
    with pytest.raises(UsageError, match="Cannot keep 6 class outputs of a model that has 5"):
        strip_aspect_outputs(plain(), 6)
