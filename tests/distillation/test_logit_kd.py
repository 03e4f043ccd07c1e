from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import softmax

from makd.distillation.logit_kd import dkd_loss, kd_loss, standardized

RNG = np.random.default_rng(0)
STUDENT, TEACHER = RNG.normal(0, 3, (6, 5)), RNG.normal(0, 3, (6, 5))
LABELS = np.array([0, 4, 2, 2, 1, 3])


def kl(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    return (p * np.log(p / q)).sum(axis=1)


def decoupled(temperature: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return TCKD, NCKD and the teacher's P(not the label) by the paper's definitions."""
    teacher, student = (softmax(z / temperature, axis=1) for z in (TEACHER, STUDENT))
    rows = np.arange(len(LABELS))
    b_teacher, b_student = (np.stack([p[rows, LABELS], 1 - p[rows, LABELS]], 1) for p in (teacher, student))
    others = np.arange(5) != LABELS[:, None]
    hat_teacher, hat_student = (p[others].reshape(6, 4) for p in (teacher, student))
    hat_teacher, hat_student = (p / p.sum(axis=1, keepdims=True) for p in (hat_teacher, hat_student))
    return kl(b_teacher, b_student), kl(hat_teacher, hat_student), b_teacher[:, 1]


@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_kd_is_hinton_s(temperature: float) -> None:
    expected = kl(softmax(TEACHER / temperature, axis=1), softmax(STUDENT / temperature, axis=1)).mean()
    found = kd_loss(torch.tensor(STUDENT), torch.tensor(TEACHER), temperature)
    assert float(found) == pytest.approx(temperature**2 * expected)


@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_dkd_is_zhao_s(temperature: float) -> None:
    tckd, nckd, _ = decoupled(temperature)
    found = dkd_loss(
        torch.tensor(STUDENT),
        torch.tensor(TEACHER),
        torch.tensor(LABELS),
        temperature,
        target=0.5,
        nontarget=3,
    )
    assert float(found) == pytest.approx(temperature**2 * (0.5 * tckd + 3 * nckd).mean())


def test_kd_is_its_decoupled_parts() -> None:
    """Zhao et al. 2022, eq. 5: KD = TCKD + (1 - p_t of the teacher) NCKD, image by image."""
    tckd, nckd, other = decoupled(2.0)
    for row, expected in enumerate(tckd + other * nckd):
        one = (torch.tensor(z[row : row + 1]) for z in (STUDENT, TEACHER))
        assert float(kd_loss(*one, 2.0)) == pytest.approx(4 * expected)


def test_dkd_leaves_out_images_without_a_label() -> None:
    student, teacher, labels = torch.tensor(STUDENT), torch.tensor(TEACHER), torch.tensor(LABELS)
    unlabelled = labels.clone()
    unlabelled[[1, 4]] = -1
    kept = [0, 2, 3, 5]
    expected = dkd_loss(student[kept], teacher[kept], labels[kept], 4.0)
    torch.testing.assert_close(dkd_loss(student, teacher, unlabelled, 4.0), expected)
    assert float(dkd_loss(student, teacher, torch.full_like(labels, -1), 4.0)) == 0


@pytest.mark.parametrize("temperature", [2.0])
def test_standardised_logits_are_z_scores(temperature: float) -> None:
    """Sun et al. 2024: (z - mean) / (standard deviation · T), softmax, KL, T²."""
    z_student, z_teacher = (
        (z - z.mean(axis=1, keepdims=True)) / z.std(axis=1, keepdims=True) for z in (STUDENT, TEACHER)
    )
    expected = kl(softmax(z_teacher / temperature, axis=1), softmax(z_student / temperature, axis=1)).mean()
    student, teacher = standardized(torch.tensor(STUDENT)), standardized(torch.tensor(TEACHER))
    assert float(kd_loss(student, teacher, temperature)) == pytest.approx(temperature**2 * expected, rel=1e-5)
    scaled = standardized(torch.tensor(3 * STUDENT + 7))
    torch.testing.assert_close(scaled, student, rtol=1e-5, atol=1e-5)


def test_gradients_are_finite_where_logits_are_extreme() -> None:
    student = torch.tensor([[200.0, -200.0, 0.0], [0.0, 0.0, 0.0]], requires_grad=True)
    teacher = torch.tensor([[-300.0, 300.0, 0.0], [0.0, 0.0, 0.0]])
    labels = torch.tensor([0, 2])
    loss = dkd_loss(student, teacher, labels, 1.0) + kd_loss(
        standardized(student), standardized(teacher), 2.0
    )
    loss.backward()
    assert loss.isfinite()
    assert student.grad.isfinite().all()
