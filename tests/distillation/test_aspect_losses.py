from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import special, stats

from makd.distillation.aspect_losses import ASPECT_LOSSES, at_temperature, log_odds, pick_aspect_loss
from makd.distillation.multi_aspect import MultiAspectLoss, aspect_loss
from makd.errors import MakdError

NAN = float("nan")
P_YES = np.array([[0.9, 0.2, 0.5], [1e-4, 0.7, 0.999]])
LOGITS = np.array([[2.0, -0.3, 0.4], [-1.0, 3.0, -2.0]])


def published(name: str, temperature: float) -> np.ndarray:
    """Return the losses by their definitions, from probabilities that scipy computes."""
    teacher = special.expit(special.logit(P_YES) / temperature)
    student = special.expit(LOGITS / temperature)
    scale = temperature**2
    match name:
        case "bce":
            return -scale * (teacher * np.log(student) + (1 - teacher) * np.log(1 - student))
        case "kl":
            pairs = np.stack([teacher, 1 - teacher]), np.stack([student, 1 - student])
            return scale * stats.entropy(*pairs, axis=0)
        case "mse":
            return scale * (teacher - student) ** 2
    return (special.logit(P_YES) - LOGITS) ** 2


@pytest.mark.parametrize("temperature", [1.0, 3.0])
@pytest.mark.parametrize("name", [*ASPECT_LOSSES])
def test_the_definitions(name: str, temperature: float) -> None:
    logits, p_yes = torch.tensor(LOGITS), torch.tensor(P_YES)
    found = at_temperature(pick_aspect_loss(name), logits, p_yes, temperature)
    np.testing.assert_allclose(found, published(name, temperature), rtol=1e-9)
    mean = aspect_loss(logits, p_yes, loss=name, temperature=temperature)
    assert float(mean) == pytest.approx(published(name, temperature).mean())


@pytest.mark.parametrize("temperature", [1.0, 4.0])
@pytest.mark.parametrize("name", ["kl", "mse", "log-odds"])
def test_who_agrees_pays_nothing(name: str, temperature: float) -> None:
    logits = torch.linspace(-9, 9, 19, dtype=torch.float64)[None]
    assert float(aspect_loss(logits, logits.sigmoid(), loss=name, temperature=temperature)) < 1e-12


def test_kl_and_bce_have_one_gradient() -> None:
    gradients = []
    for name in ("kl", "bce"):
        logits = torch.tensor(LOGITS, requires_grad=True)
        aspect_loss(logits, torch.tensor(P_YES), loss=name, temperature=2.0).backward()
        gradients.append(logits.grad)
    torch.testing.assert_close(*gradients)


@pytest.mark.parametrize("name", [*ASPECT_LOSSES])
def test_certain_and_missing_answers_leave_finite_losses_and_gradients(name: str) -> None:
    logits = torch.zeros(1, 3, requires_grad=True)
    loss = aspect_loss(logits, torch.tensor([[0.0, 1.0, NAN]]), loss=name, temperature=2.0)
    loss.backward()
    assert loss.isfinite()
    assert logits.grad[0, :2].abs().min() > 0.05
    assert logits.grad[0, 2] == 0
    assert float(log_odds(torch.tensor(1.0))) == pytest.approx(-float(log_odds(torch.tensor(0.0))), rel=1e-2)


@pytest.mark.parametrize("temperature", [1.0, 2.0])
@pytest.mark.parametrize("name", [*ASPECT_LOSSES])
def test_a_bound_is_one_sided(name: str, temperature: float) -> None:
    """Bounds of yes and no, with a student before and beyond each; the last column is a value."""
    p_yes = torch.tensor([[0.9, 0.9, 0.1, 0.1, 0.9]], dtype=torch.float64)
    logits = torch.tensor([[1.0, 5.0, -1.0, -5.0, 5.0]], dtype=torch.float64, requires_grad=True)
    bounds = torch.tensor([[1, 1, -1, -1, 0]])
    aspect_loss(logits, p_yes, bounds=bounds, loss=name, temperature=temperature).backward()
    found, logits.grad = logits.grad, None
    aspect_loss(logits, p_yes, loss=name, temperature=temperature).backward()
    assert found[0, [1, 3]].tolist() == [0.0, 0.0]
    torch.testing.assert_close(found[0, [0, 2, 4]], logits.grad[0, [0, 2, 4]])
    assert logits.grad[0, [1, 3]].all()


def test_the_direction_of_a_bound_does_not_hang_on_its_side() -> None:
    """A calibrated answer may be below one half and still a bound from below."""
    logits = torch.tensor([[1.0, -3.0]], requires_grad=True)
    aspect_loss(logits, torch.tensor([[0.3, 0.3]]), bounds=torch.tensor([[1, 1]])).backward()
    assert logits.grad[0, 0] == 0
    assert logits.grad[0, 1] < 0


def test_the_whole_loss_takes_loss_temperature_and_bounds() -> None:
    outputs = torch.randn(4, 5, generator=torch.Generator().manual_seed(0))
    labels, p_yes = torch.tensor([0, 2, 1, -1]), torch.rand(4, 2)
    bounds = torch.tensor([[1, 0]]).expand(4, 2)
    whole = MultiAspectLoss(3.0, aspect="mse", temperature=2.0)
    parts = whole.parts(outputs, labels, p_yes, bounds)
    aspect = aspect_loss(outputs[:, 3:], p_yes, bounds=bounds, loss="mse", temperature=2.0)
    torch.testing.assert_close(parts["aspect"], aspect)
    torch.testing.assert_close(whole(outputs, labels, p_yes, bounds), parts["label"] + 3 * aspect)


def test_refusals() -> None:
    with pytest.raises(MakdError, match="bce, kl, mse, log-odds"):
        MultiAspectLoss(aspect="mae")
    with pytest.raises(MakdError, match=r"\[4, 2\].*bounds \[4, 1\]"):
        aspect_loss(torch.zeros(4, 2), torch.zeros(4, 2), bounds=torch.zeros(4, 1))
