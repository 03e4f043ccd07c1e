"""Ways to be silently wrong, planted into a plan to see that the self-check finds them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from makd.teachers.packing import Pack
from makd.teachers.paths import Plan


def _in_each(plan: Plan, wrong: Callable[[Pack], dict[str, Any]]) -> Plan:
    return replace(plan, packs=tuple(replace(pack, **wrong(pack)) for pack in plan.packs))


def leaking(plan: Plan) -> Plan:
    """Every token sees all before it, other questions too."""
    return _in_each(plan, lambda pack: {"visible": np.tri(len(pack.ids), dtype=bool)})


def shifted(plan: Plan) -> Plan:
    """Positions run on through the sequence instead of starting again behind the prefix."""
    return _in_each(plan, lambda pack: {"depths": np.arange(len(pack.ids))})


def late(plan: Plan) -> Plan:
    """Positions start one too late."""
    return _in_each(plan, lambda pack: {"depths": pack.depths + 1})


def swapped(plan: Plan) -> Plan:
    """Two questions' answers are exchanged."""
    starts = len(plan.forms.starts)

    def exchanged(pack: Pack) -> dict[str, Any]:
        ends = pack.ends.reshape(-1, starts)
        return {"ends": ends[[1, 0, *range(2, len(ends))]].ravel()}

    return _in_each(plan, exchanged)


def early(plan: Plan) -> Plan:
    """Answers are read one token before the end."""

    def parents(pack: Pack) -> dict[str, Any]:
        above = np.array([np.flatnonzero(row)[-2] if row.sum() > 1 else 0 for row in pack.visible])
        return {"ends": above[pack.ends]}

    return _in_each(plan, parents)


FAULTS = (leaking, shifted, late, swapped, early)
