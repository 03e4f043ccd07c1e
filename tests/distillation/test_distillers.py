from __future__ import annotations

import pytest
import timm
import torch
from torch import nn

from makd.distillation.distillers import AttentionDistiller, LogitDistiller, VisionTeacher
from makd.distillation.feature_kd import attention_transfer
from makd.distillation.logit_kd import dkd_loss, kd_loss, standardized
from makd.errors import MakdError, UsageError
from makd.students.aspects import add_aspect_outputs

LABELS = torch.tensor([0, 2, 1, -1])


class Linear(nn.Module):
    """A teacher of 3 classes whose logits are the first pixels, and which counts how it was used."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(()))
        self.dropout = nn.Dropout(0.9)
        self.seen: list[torch.Tensor] = []

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.seen.append(images)
        return self.dropout(images[:, :, 0, 0]) * self.weight


@pytest.fixture
def images() -> torch.Tensor:
    return torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def student() -> nn.Module:
    torch.manual_seed(0)
    return add_aspect_outputs(timm.create_model("test_resnet", num_classes=3), 2).eval()


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("decoupled", [False, True])
def test_logits_are_imitated_by_the_class_outputs_alone(
    student: nn.Module, images: torch.Tensor, decoupled: bool, standardize: bool
) -> None:
    teacher = VisionTeacher(Linear(), ("a", "b", "c"), 32)
    distil = LogitDistiller(teacher, 2.0, decoupled, standardize, target=0.5, nontarget=3.0)
    outputs, distance = distil(student, images, LABELS)
    torch.testing.assert_close(outputs, student(images))
    ours, theirs = outputs[:, :3], images[:, :, 0, 0]
    if standardize:
        ours, theirs = standardized(ours), standardized(theirs)
    expected = kd_loss(ours, theirs, 2.0)
    if decoupled:
        expected = dkd_loss(ours, theirs, LABELS, 2.0, target=0.5, nontarget=3.0)
    torch.testing.assert_close(distance, expected)
    distance.backward()
    assert teacher.model.weight.grad is None
    head = student.get_classifier().weight.grad
    assert head[:3].any()
    assert not head[3:].any()
    student.zero_grad()


def test_the_teacher_sees_the_student_s_view_in_its_own_normalisation(images: torch.Tensor) -> None:
    teacher = VisionTeacher(Linear(), (), 32)
    assert teacher.view(images) is images
    theirs = VisionTeacher(Linear(), (), 32, scale=(2.0, 3.0, 4.0), shift=(0.0, 1.0, -1.0)).view(images)
    torch.testing.assert_close(theirs[:, 1], 3 * images[:, 1] + 1)
    assert VisionTeacher(Linear(), (), 48).view(images).shape == (4, 3, 48, 48)
    flat = VisionTeacher(Linear(), (), 16).view(torch.full_like(images, 0.5))
    torch.testing.assert_close(flat, torch.full((4, 3, 16, 16), 0.5))


@pytest.mark.parametrize("name", ["test_resnet", "test_vit"])
def test_attention_is_that_of_the_last_stages_in_one_pass(
    student: nn.Module, images: torch.Tensor, name: str
) -> None:
    torch.manual_seed(1)
    size = 160 if name == "test_vit" else 32
    teacher = VisionTeacher(timm.create_model(name, num_classes=7), (), size)
    outputs, distance = AttentionDistiller(teacher)(student, images, LABELS)
    torch.testing.assert_close(outputs, student(images))
    stages = min(4, len(student.feature_info), len(teacher.model.feature_info))
    features = [
        model.forward_intermediates(view, intermediates_only=True)[-stages:]
        for model, view in ((student, images), (teacher.model, teacher.view(images)))
    ]
    torch.testing.assert_close(distance, attention_transfer(*features))
    assert distance > 0


@pytest.mark.parametrize("name", ["test_efficientnet", "test_convnext", "test_vit"])
def test_looking_at_features_changes_no_output(name: str) -> None:
    torch.manual_seed(0)
    model = add_aspect_outputs(timm.create_model(name, num_classes=3), 2).eval()
    images = torch.randn(2, 3, 160, 160)
    outputs, distance = AttentionDistiller(VisionTeacher(model, (), 160))(model, images, LABELS[:2])
    torch.testing.assert_close(outputs, model(images))
    assert float(distance) == 0


def test_a_student_with_too_few_outputs_is_refused(images: torch.Tensor) -> None:
    distil = LogitDistiller(VisionTeacher(Linear(), (), 32), 2.0)
    with pytest.raises(MakdError, match=r"\[4, 2\].*\[4, 3\]"):
        distil(nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 2)), images, LABELS)


def test_a_model_without_features_is_refused(student: nn.Module, images: torch.Tensor) -> None:
    with pytest.raises(UsageError, match="Linear shows no features"):
        AttentionDistiller(VisionTeacher(Linear(), (), 32))(student, images, LABELS)
