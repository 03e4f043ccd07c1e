from __future__ import annotations

import numpy as np
import pytest
import torch

from makd.distillation.multi_aspect import MultiAspectLoss, aspect_loss
from makd.errors import MakdError

NAN = float("nan")


@pytest.fixture
def case() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Four images, three classes, two questions."""
    outputs = torch.randn(4, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    p_yes = torch.tensor([[0.9, 0.2], [0.5, 1.0], [0.0, 0.3], [0.7, 0.6]], dtype=torch.float64)
    return outputs, torch.tensor([0, 2, 1, 2]), p_yes


def cross_entropy(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(labels)), labels]


def binary_cross_entropy(logits: np.ndarray, p: np.ndarray) -> np.ndarray:
    yes = 1 / (1 + np.exp(-logits))
    return -(p * np.log(yes) + (1 - p) * np.log(1 - yes))


def test_the_closed_form(case: tuple[torch.Tensor, torch.Tensor, torch.Tensor]) -> None:
    outputs, labels, p_yes = (tensor.numpy() for tensor in case)
    label = cross_entropy(outputs[:, :3], labels).mean()
    aspect = binary_cross_entropy(outputs[:, 3:], p_yes).mean()
    parts = MultiAspectLoss(alpha=4).parts(*case)
    assert float(parts["label"]) == pytest.approx(label)
    assert float(parts["aspect"]) == pytest.approx(aspect)
    assert float(MultiAspectLoss(alpha=4)(*case)) == pytest.approx(label + 4 * aspect)


def test_missing_answers_count_for_nothing(case: tuple[torch.Tensor, torch.Tensor, torch.Tensor]) -> None:
    outputs, labels, p_yes = case
    p_yes[0, 1] = p_yes[2, 0] = NAN
    outputs.requires_grad_()
    loss = MultiAspectLoss().parts(outputs, labels, p_yes)["aspect"]
    answered = ~p_yes.isnan().numpy()
    entries = binary_cross_entropy(outputs[:, 3:].detach().numpy(), p_yes.numpy())
    assert loss.item() == pytest.approx(entries[answered].mean())
    loss.backward()
    gradient = outputs.grad[:, 3:].numpy()
    assert np.array_equal(gradient != 0, answered)


def test_images_without_label_learn_through_aspects_alone(
    case: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
) -> None:
    outputs, labels, p_yes = case
    labels[1] = labels[3] = -1
    parts = MultiAspectLoss().parts(outputs.requires_grad_(), labels, p_yes)
    expected = cross_entropy(outputs.detach().numpy()[[0, 2], :3], labels.numpy()[[0, 2]]).mean()
    assert parts["label"].item() == pytest.approx(expected)
    parts["loss"].backward()
    assert not outputs.grad[1, :3].any()
    assert outputs.grad[1, 3:].all()


def test_nothing_known_gives_no_loss(case: tuple[torch.Tensor, torch.Tensor, torch.Tensor]) -> None:
    outputs, labels, p_yes = case
    assert float(MultiAspectLoss()(outputs, torch.full_like(labels, -1), torch.full_like(p_yes, NAN))) == 0


def test_no_questions_is_the_cross_entropy(case: tuple[torch.Tensor, torch.Tensor, torch.Tensor]) -> None:
    outputs, labels, _ = case
    parts = MultiAspectLoss(label_smoothing=0.1).parts(outputs, labels, torch.empty(4, 0))
    assert set(parts) == {"loss", "label"}
    expected = torch.nn.functional.cross_entropy(outputs, labels, label_smoothing=0.1)
    torch.testing.assert_close(parts["loss"], expected)


def test_shapes_that_do_not_fit_are_printed() -> None:
    with pytest.raises(MakdError, match=r"\[4, 5\].*\[3\].*\[4, 2\]"):
        MultiAspectLoss()(torch.zeros(4, 5), torch.zeros(3, dtype=torch.int64), torch.zeros(4, 2))
    with pytest.raises(MakdError, match=r"\[4, 2\].*\[4, 2\]"):
        MultiAspectLoss()(torch.zeros(4, 2), torch.zeros(4, dtype=torch.int64), torch.zeros(4, 2))
    with pytest.raises(MakdError, match=r"\[4, 3\].*\[4, 1\]"):
        aspect_loss(torch.zeros(4, 3), torch.zeros(4, 1))


def test_weights_decide_how_much_a_question_counts(
    case: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
) -> None:
    outputs, labels, p_yes = case
    p_yes[0, 1] = NAN
    entries = binary_cross_entropy(outputs[:, 3:].numpy(), p_yes.numpy())
    weights = np.array([3.0, 0.5])
    there = ~np.isnan(entries)
    expected = np.nansum(entries * weights) / (there * weights).sum()
    for scale in (1.0, 10.0):
        loss = MultiAspectLoss(weights=torch.tensor(scale * weights))
        assert float(loss.parts(outputs, labels, p_yes)["aspect"]) == pytest.approx(expected)
    nothing = MultiAspectLoss(weights=torch.zeros(2, dtype=torch.float64))
    assert float(nothing.parts(outputs, labels, p_yes)["aspect"]) == 0
