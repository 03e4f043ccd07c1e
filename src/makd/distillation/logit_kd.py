"""Imitating the class logits of a vision teacher.

Everywhere `student` and `teacher` are logits `[B, C]` over the same classes in the same order; losses are
means over images. T is the temperature that softens both, and losses are multiplied by T², so that gradients
keep their size (Hinton, Vinyals and Dean 2015, section 2).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

_EPSILON = 1e-12
"""Keeps the gradient finite where all logits of an image are equal, as those of a fresh model may be."""


def kd_loss(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """Return T² · KL(softmax(teacher / T) || softmax(student / T)), Hinton, Vinyals and Dean 2015."""
    return temperature**2 * _divergence(
        F.log_softmax(teacher / temperature, dim=1), F.log_softmax(student / temperature, dim=1)
    )


def dkd_loss(
    student: Tensor,
    teacher: Tensor,
    labels: Tensor,
    temperature: float,
    *,
    target: float = 1.0,
    nontarget: float = 8.0,
) -> Tensor:
    """Return decoupled distillation, T² · (target · TCKD + nontarget · NCKD), Zhao et al. 2022, eq. 7.

    TCKD is the divergence of the two-way distributions (labelled class, all others together), NCKD that of
    the distributions over the other classes alone. `kd_loss` is TCKD + (teacher's P of the others) · NCKD.

    Args:
        student: `[B, C]` logits.
        teacher: `[B, C]` logits.
        labels: `[B]` int64; images without a label (-1) are left out, since no class is theirs.
        temperature: T.
        target: weight of TCKD, the paper's alpha.
        nontarget: weight of NCKD, the paper's beta.
    """
    labelled = labels >= 0
    labels = labels[labelled]
    (student_two, student_rest), (teacher_two, teacher_rest) = (
        _decoupled(logits[labelled] / temperature, labels) for logits in (student, teacher)
    )
    tckd, nckd = _divergence(teacher_two, student_two), _divergence(teacher_rest, student_rest)
    return temperature**2 * (target * tckd + nontarget * nckd)


def standardized(logits: Tensor) -> Tensor:
    """Return each image's logits with mean 0 and standard deviation 1, Sun et al. 2024, algorithm 1.

    The student then learns the relations between the teacher's logits, not their range; the temperature that
    follows is the paper's base temperature.
    """
    centred = logits - logits.mean(dim=1, keepdim=True)
    return centred / (centred.square().mean(dim=1, keepdim=True) + _EPSILON).sqrt()


def _decoupled(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Return log-probabilities `[B, 2]` of (label, the others), and `[B, C-1]` of each other among them."""
    label = F.one_hot(labels, logits.shape[1]).bool()
    rest = logits[~label].view(len(logits), logits.shape[1] - 1)
    two = torch.stack([logits[label], rest.logsumexp(dim=1)], dim=1)
    return F.log_softmax(two, dim=1), F.log_softmax(rest, dim=1)


def _divergence(teacher: Tensor, student: Tensor) -> Tensor:
    """Return the mean KL(teacher || student) of log-probabilities `[B, K]`; 0 without images."""
    return F.kl_div(student, teacher, reduction="sum", log_target=True) / max(1, len(student))
