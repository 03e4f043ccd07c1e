"""RandAugment (arXiv 1909.13719) on uint8 pictures, from uniform numbers that are handed in.

Operations and their greatest strength are those of `torchvision.transforms.v2.RandAugment`; how a policy is
written, and what its numbers mean, is timm's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from makd.config.policies import RandPolicy

if TYPE_CHECKING:
    from torch import Tensor

Operation: TypeAlias = Callable[[Any, float], Any]

FILL = [124.0, 116.0, 104.0]
"""What comes in from outside a picture: the mean colour of ImageNet."""

_DRAWS = 4  # whether, which, which way, how strongly


def draws_for(policy: RandPolicy) -> int:
    """Return how many uniform numbers a picture takes."""
    return _DRAWS * policy.operations


def rand_augment(pixels: Tensor, policy: RandPolicy, draws: NDArray[np.float64]) -> Tensor:
    """Change each picture by operations of its own.

    Args:
        pixels: `[B, 3, S, S]` uint8; changed in place.
        policy: how many operations, how strong.
        draws: `[B, draws_for(policy)]` uniform in [0, 1).
    """
    for i, of_picture in enumerate(draws.reshape(len(pixels), policy.operations, _DRAWS).tolist()):
        for whether, which, way, strength in of_picture:
            if whether < policy.probability:
                operation, signed = OPERATIONS[int(which * len(OPERATIONS))]
                level = _level(policy, strength)
                pixels[i] = operation(pixels[i], -level if signed and way < 0.5 else level)
    return pixels


def _level(policy: RandPolicy, uniform: float) -> float:
    """Return the strength of an operation, from 0 to 1: the magnitude with its normal spread, cut off."""
    from scipy.special import ndtri

    spread = policy.spread * float(ndtri(uniform)) if policy.spread and uniform else 0.0
    return min(max(policy.magnitude + spread, 0.0), 10.0) / 10


def _moved(image: Any, degrees: float = 0.0, shift: tuple[float, float] = (0, 0)) -> Any:
    """Turn a picture about its middle, or move it by pixels right and down."""
    return _affine(image, degrees, shift, (0, 0), None)


def _sheared(image: Any, right: float, down: float) -> Any:
    """Slant a picture, its upper left corner in place."""
    return _affine(image, 0.0, (0, 0), (right, down), [0.0, 0.0])


def _affine(
    image: Any,
    degrees: float,
    shift: tuple[float, float],
    shear: tuple[float, float],
    center: list[float] | None,
) -> Any:
    from torchvision.transforms.v2 import InterpolationMode
    from torchvision.transforms.v2 import functional as F

    return F.affine(
        image,
        angle=degrees,
        translate=[int(part) for part in shift],
        scale=1.0,
        shear=[math.degrees(math.atan(part)) for part in shear],
        interpolation=InterpolationMode.BILINEAR,
        fill=FILL,
        center=center,
    )


def _by_name(name: str, argument: Callable[[float], float] | None) -> Operation:
    """Return torchvision's function `name`, of what `argument` makes of a level."""

    def apply(image: Any, level: float) -> Any:
        from torchvision.transforms.v2 import functional as F

        function = getattr(F, name)
        return function(image, argument(level)) if argument else function(image)

    return apply


_SHIFT = 150 / 331
OPERATIONS: tuple[tuple[Operation, bool], ...] = (
    (lambda image, level: image, False),
    (lambda image, level: _sheared(image, 0.3 * level, 0), True),
    (lambda image, level: _sheared(image, 0, 0.3 * level), True),
    (lambda image, level: _moved(image, shift=(_SHIFT * level * image.shape[-1], 0)), True),
    (lambda image, level: _moved(image, shift=(0, _SHIFT * level * image.shape[-2])), True),
    (lambda image, level: _moved(image, -30 * level), True),
    (_by_name("adjust_brightness", lambda level: 1 + 0.9 * level), True),
    (_by_name("adjust_saturation", lambda level: 1 + 0.9 * level), True),
    (_by_name("adjust_contrast", lambda level: 1 + 0.9 * level), True),
    (_by_name("adjust_sharpness", lambda level: 1 + 0.9 * level), True),
    (_by_name("posterize", lambda level: round(8 - 4 * level)), False),
    (_by_name("solarize", lambda level: 255 * (1 - level)), False),
    (_by_name("autocontrast", None), False),
    (_by_name("equalize", None), False),
)
"""What may be done to a picture at a level, and whether it has two directions."""
