"""Imitating where a vision teacher looks: attention transfer, Zagoruyko and Komodakis 2017."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from makd.errors import MakdError


def attention_map(features: Tensor, height: int, width: int) -> Tensor:
    """Return `[B, height · width]`: the sum over channels of squared features, scaled to length 1.

    Args:
        features: `[B, D, H, W]`, at least as fine as what is asked for; finer ones are averaged.
        height: of the map.
        width: of the map.
    """
    squared = features.square().sum(dim=1)
    return F.normalize(F.adaptive_avg_pool2d(squared, (height, width)).flatten(1), dim=1)


def attention_transfer(student: Sequence[Tensor], teacher: Sequence[Tensor]) -> Tensor:
    """Return ½ · sum over stages of ‖attention map of the student - of the teacher‖₂, mean over images.

    It is the second term of eq. 2 of Zagoruyko and Komodakis (2017) with p = 2, before their beta. Where the
    two models differ in resolution, the finer map is averaged to the coarser one's.

    Args:
        student: features `[B, D, H, W]`, one a stage; numbers of channels may differ.
        teacher: the same of the teacher.

    Raises:
        MakdError: there are not as many stages of the one as of the other, or none.
    """
    if len(student) != len(teacher) or not student:
        raise MakdError(
            f"attention transfer needs the same stages of both models, but has {len(student)} of the student "
            f"and {len(teacher)} of the teacher."
        )
    distances = []
    for ours, theirs in zip(student, teacher, strict=True):
        height, width = (min(sides) for sides in zip(ours.shape[2:], theirs.shape[2:], strict=True))
        difference = attention_map(ours, height, width) - attention_map(theirs, height, width)
        distances.append(torch.linalg.vector_norm(difference, dim=1).mean())
    return 0.5 * torch.stack(distances).sum()
