"""Whether held-out pictures stand in training too, told before the long work and kept with the results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from makd.data.samples import Catalog
from makd.progress import Progress

if TYPE_CHECKING:
    from makd.data.duplicates import Twin

_EXAMPLES = 5
_TOLD = 3


def find_duplicates(
    catalog: Catalog, how: Literal["off", "exact", "near"], progress: Progress
) -> dict[str, Any] | None:
    """Look for pictures that stand in two splits, and say so aloud where there are any.

    Args:
        catalog: with splits.
        how: `exact` compares files, `near` also looks (every picture is decoded once).
        progress: told of what is found.

    Returns:
        `same_bytes` and `same_looks`, each with the `count` of held-out pictures, `by_splits`, `other_class`
        and some `examples`; `same_looks` is None unless asked for, everything None when off.
    """
    if how == "off":
        return None
    from makd.data.duplicates import same_bytes, same_looks

    exact = same_bytes(catalog.samples)
    near = None
    if how == "near":
        known = {(twin.key, twin.of_split) for twin in exact}
        near = [t for t in same_looks(catalog.samples, progress) if (t.key, t.of_split) not in known]
    for twins, like in ((exact, "byte for byte"), (near or (), "alike to the eye")):
        if twins:
            progress.say(_sentence(twins, like))
    if near is not None and not exact and not near:
        progress.say("No picture stands in two splits, neither byte for byte nor alike to the eye.")
    return {"same_bytes": _counted(exact), "same_looks": None if near is None else _counted(near)}


def _sentence(twins: Sequence[Twin], like: str) -> str:
    counts = Counter((twin.split, twin.of_split) for twin in twins)
    where = ", ".join(f"{count:,} of {split} in {of} too" for (split, of), count in sorted(counts.items()))
    examples = ", ".join(f"{twin.key} = {twin.of}" for twin in twins[:_TOLD])
    other = sum(not twin.same_class for twin in twins)
    contradiction = f"; {other:,} of them under another class" if other else ""
    more = ", …" if len(twins) > _TOLD else ""
    return f"Pictures stand in two splits, {like}: {where} ({examples}{more}){contradiction}."


def _counted(twins: Sequence[Twin]) -> dict[str, Any]:
    by_splits = Counter(f"{twin.split} in {twin.of_split}" for twin in twins)
    return {
        "count": len({twin.key for twin in twins}),
        "by_splits": dict(sorted(by_splits.items())),
        "other_class": sum(not twin.same_class for twin in twins),
        "examples": [twin._asdict() for twin in twins[:_EXAMPLES]],
    }
