"""Ways to be silently wrong, planted into a plan to see that the self-check finds them."""

from dataclasses import replace

import numpy as np

from makd.teachers.paths import Plan


def leaking(plan: Plan) -> Plan:
    """Every token sees all before it, other questions too."""
    return replace(plan, packed=replace(plan.packed, visible=np.tri(len(plan.packed.ids), dtype=bool)))


def shifted(plan: Plan) -> Plan:
    """Positions run on through the sequence instead of starting again behind the prefix."""
    return replace(plan, packed=replace(plan.packed, depths=np.arange(len(plan.packed.ids))))


def late(plan: Plan) -> Plan:
    """Positions start one too late."""
    return replace(plan, packed=replace(plan.packed, depths=plan.packed.depths + 1))


def swapped(plan: Plan) -> Plan:
    """Two questions' answers are exchanged."""
    starts = len(plan.forms.starts)
    ends = plan.packed.ends.reshape(-1, starts)[[1, 0, *range(2, len(plan.prompts.texts))]].ravel()
    return replace(plan, packed=replace(plan.packed, ends=ends))


def early(plan: Plan) -> Plan:
    """Answers are read one token before the end."""
    parents = np.array([np.flatnonzero(row)[-2] if row.sum() > 1 else 0 for row in plan.packed.visible])
    return replace(plan, packed=replace(plan.packed, ends=parents[plan.packed.ends]))


FAULTS = (leaking, shifted, late, swapped, early)
