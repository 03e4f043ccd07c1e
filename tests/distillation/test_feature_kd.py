from __future__ import annotations

import numpy as np
import pytest
import torch

from makd.distillation.feature_kd import attention_transfer
from makd.errors import MakdError


def random_features(*shapes: tuple[int, ...]) -> list[torch.Tensor]:
    stream = torch.Generator().manual_seed(0)
    return [torch.randn(shape, generator=stream, dtype=torch.float64) for shape in shapes]


def published(student: list[np.ndarray], teacher: list[np.ndarray]) -> float:
    """Zagoruyko and Komodakis 2017, eq. 2 without the cross-entropy, at beta = 1 and p = 2."""
    total = 0.0
    for ours, theirs in zip(student, teacher, strict=True):
        images = []
        for a, b in zip(ours, theirs, strict=True):
            q_a, q_b = ((np.abs(x) ** 2).sum(axis=0).ravel() for x in (a, b))
            images.append(np.linalg.norm(q_a / np.linalg.norm(q_a) - q_b / np.linalg.norm(q_b)))
        total += np.mean(images)
    return total / 2


def test_the_published_formula() -> None:
    student = random_features((3, 4, 8, 8), (3, 6, 4, 4))
    teacher = random_features((3, 16, 8, 8), (3, 32, 4, 4))
    expected = published([f.numpy() for f in student], [f.numpy() for f in teacher])
    assert float(attention_transfer(student, teacher)) == pytest.approx(expected)


def test_the_finer_map_is_averaged_to_the_coarser() -> None:
    coarse, fine = random_features((2, 3, 4, 4), (2, 5, 8, 8))
    squared = (fine.numpy() ** 2).sum(axis=1, keepdims=True).reshape(2, 1, 4, 2, 4, 2).mean(axis=(3, 5))
    expected = published([coarse.numpy()], [np.sqrt(squared)])
    assert float(attention_transfer([coarse], [fine])) == pytest.approx(expected)
    assert float(attention_transfer([fine], [coarse])) == pytest.approx(expected)


def test_equal_and_dark_features_leave_finite_gradients() -> None:
    features = torch.zeros(2, 3, 4, 4)
    features[1] = 1.0
    student = features.clone().requires_grad_()
    loss = attention_transfer([student], [features])
    loss.backward()
    assert float(loss.detach()) == 0
    assert student.grad.isfinite().all()


def test_stages_that_do_not_pair_are_refused() -> None:
    with pytest.raises(MakdError, match="1 of the student and 2 of the teacher"):
        attention_transfer(random_features((1, 2, 2, 2)), random_features((1, 2, 2, 2), (1, 2, 2, 2)))
