"""How far an aspect output is from the teacher's answer, one number for each image and question.

Everywhere `logits` are the student's `[B, Q]`, `p_yes` the teacher's P(yes) `[B, Q]` in [0, 1], and the
result is `[B, Q]`. With a temperature T both sides are softened, `sigmoid(logit / T)`, and what comes out is
multiplied by T², so that gradients keep their size (Hinton, Vinyals and Dean 2015, section 2); the student's
own log-odds stay those of T = 1. The paper (arXiv 2501.13341) is `bce` with T = 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

from makd.errors import MakdError, did_you_mean

MOST_CERTAIN = 1e-6
"""P(yes) is kept so far from 0 and 1 where log-odds are computed from it: they lie within ±13.8."""

AspectLoss: TypeAlias = Callable[[Tensor, Tensor], Tensor]


def bce(logits: Tensor, p_yes: Tensor) -> Tensor:
    """Return the binary cross-entropy."""
    return F.binary_cross_entropy_with_logits(logits, p_yes, reduction="none")


def kl(logits: Tensor, p_yes: Tensor) -> Tensor:
    """Return KL(teacher || student) of the two Bernoulli distributions, in nats.

    It is `bce` less the teacher's entropy: 0 when the student agrees, and of the same gradient.
    """
    entropy = -(torch.xlogy(p_yes, p_yes) + torch.xlogy(1 - p_yes, 1 - p_yes))
    return bce(logits, p_yes) - entropy


def mse(logits: Tensor, p_yes: Tensor) -> Tensor:
    """Return the squared difference of the probabilities."""
    return (logits.sigmoid() - p_yes).square()


def log_odds_mse(logits: Tensor, p_yes: Tensor) -> Tensor:
    """Return the squared difference of the log-odds."""
    return (logits - log_odds(p_yes)).square()


ASPECT_LOSSES: dict[str, AspectLoss] = {"bce": bce, "kl": kl, "mse": mse, "log-odds": log_odds_mse}


def pick_aspect_loss(name: str) -> AspectLoss:
    """Return the loss of that name.

    Raises:
        MakdError: there is none.
    """
    if name not in ASPECT_LOSSES:
        known = ", ".join(ASPECT_LOSSES)
        raise MakdError(f"No aspect loss {name!r}; there are {known}.{did_you_mean(name, ASPECT_LOSSES)}")
    return ASPECT_LOSSES[name]


def at_temperature(loss: AspectLoss, logits: Tensor, p_yes: Tensor, temperature: float) -> Tensor:
    """Return T² · `loss` of both sides at temperature T; T cancels out of `log_odds_mse`."""
    if temperature == 1.0:
        return loss(logits, p_yes)
    softened = (log_odds(p_yes) / temperature).sigmoid()
    return temperature**2 * loss(logits / temperature, softened)


def log_odds(p_yes: Tensor) -> Tensor:
    """Return log P(yes) - log P(no), within ±log(1 / `MOST_CERTAIN` - 1)."""
    return p_yes.logit(eps=MOST_CERTAIN)


def held_at_bounds(logits: Tensor, p_yes: Tensor, bounds: Tensor) -> Tensor:
    """Return `logits` that go no further than a bound: beyond it any loss is what it is at the bound.

    A student beyond a bound contradicts nothing that the teacher said, so it gets no gradient; before it, the
    bound is learnt like a value. That is the loss against the nearest distribution that the answer allows
    (label relaxation, Lienen and Hüllermeier 2021).

    Args:
        logits: `[B, Q]`.
        p_yes: `[B, Q]`, without NaN.
        bounds: `[B, Q]`, 1 where the truth is `p_yes` or more, -1 where it is `p_yes` or less, 0 where it is
            `p_yes`.
    """
    limit = log_odds(p_yes)
    held = torch.where(bounds > 0, torch.minimum(logits, limit), logits)
    return torch.where(bounds < 0, torch.maximum(logits, limit), held)
