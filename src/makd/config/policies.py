"""RandAugment as timm writes it: `rand-m9-n2-mstd0.5`."""

from __future__ import annotations

import re
from typing import NamedTuple

_PARTS = re.compile(r"rand((-[a-z]+[0-9.]+)*)")
_PART = re.compile(r"([a-z]+)([0-9.]+)")


class RandPolicy(NamedTuple):
    """How pictures are changed at random (RandAugment, arXiv 1909.13719).

    Attributes:
        magnitude: how strongly, from 0 to 10 (`m`).
        operations: how many, one after another (`n`).
        spread: standard deviation of the magnitude (`mstd`).
        probability: that a drawn operation is carried out (`p`).
    """

    magnitude: float = 10.0
    operations: int = 2
    spread: float = 0.0
    probability: float = 0.5


def rand_policy(text: str) -> RandPolicy | None:
    """Read a policy in timm's words; None for an empty one.

    Operations grow stronger with their magnitude, as with timm's `inc1`; it may be written, and is so anyway.

    Raises:
        ValueError: it is none, or out of range.
    """
    if not text:
        return None
    expected = "should be such as rand-m9-n2-mstd0.5-p0.5 (m from 0 to 10)"
    parts = _PARTS.fullmatch(text)
    if parts is None:
        raise ValueError(expected)
    try:
        given = {name: float(value) for name, value in _PART.findall(parts[1])}
    except ValueError as error:
        raise ValueError(expected) from error
    given.pop("inc", None)
    if unknown := given.keys() - {"m", "n", "mstd", "p"}:
        raise ValueError(f"{expected}; {min(unknown)!r} is not known")
    default = RandPolicy()
    policy = RandPolicy(
        given.get("m", default.magnitude),
        int(given.get("n", default.operations)),
        given.get("mstd", default.spread),
        given.get("p", default.probability),
    )
    if policy.magnitude > 10 or policy.operations < 1 or policy.probability > 1:
        raise ValueError(f"{expected}, n at least 1, p at most 1")
    return policy
