"""Many questions behind one picture in a single sequence: a token tree that is attended along its branches.

Questions start alike ("Does the animal have …"), so equal beginnings are kept once: a node is a token, a row
is a path from the root, and a token sees the picture's prefix, its ancestors and itself. A large bank makes
several trees: attention within a tree costs the square of its size, hidden or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import torch
    from torch import Tensor


GROUP = 512
"""Tokens of one tree, about. Measured on a CPU behind 878 tokens: a token costs least in trees of 280 to 500,
and 1.42 times as much in one of 2,400."""


@dataclass(frozen=True, eq=False)
class Pack:
    """Rows of tokens that share a prefix, merged into S tokens.

    Attributes:
        ids: `[S]` token ids, parents before children.
        depths: `[S]` place in its own row, from 0: positions restart behind the prefix for each row.
        visible: `[S, S]` whether the token of the line sees the token of the column.
        ends: `[R]` where each row's last token stands.
        places: `[R]` which of the rows of the bank these are.
    """

    ids: npt.NDArray[np.int64]
    depths: npt.NDArray[np.int64]
    visible: npt.NDArray[np.bool_]
    ends: npt.NDArray[np.int64]
    places: npt.NDArray[np.int64]

    def mask(self, prefix: int, dtype: torch.dtype, device: torch.device) -> Tensor:
        """Return the additive attention mask `[1, 1, S, prefix + S]`: 0 where seen, else the least number.

        The last few are kept, since pictures come in batches of equal prefix.
        """
        return _mask(self, prefix, dtype, device)


@lru_cache(maxsize=4)
def _mask(pack: Pack, prefix: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    import torch

    hidden = np.pad(~pack.visible, ((0, 0), (prefix, 0)))
    mask = torch.zeros(hidden.shape, dtype=dtype, device=device)
    return mask.masked_fill_(torch.from_numpy(hidden).to(device), torch.finfo(dtype).min)[None, None]


def pack_groups(rows: Sequence[Sequence[int]], tokens: int = GROUP) -> tuple[Pack, ...]:
    """Divide rows, neighbours in the tree together, among trees of equal size, about `tokens` at most."""
    whole = pack(rows)
    number = ceil(len(whole.ids) / tokens)
    if number == 1:
        return (whole,)
    groups: list[list[int]] = [[]]
    filled = 0
    before: tuple[int, ...] = ()
    for place in sorted(range(len(rows)), key=lambda place: tuple(rows[place])):
        row = tuple(rows[place])
        if filled >= len(groups) * len(whole.ids) / number:
            groups.append([])
        shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(row, before, strict=False)))
        filled += len(row) - shared
        before = row
        groups[-1].append(place)
    return tuple(pack([rows[place] for place in group], group) for group in groups)


def pack(rows: Sequence[Sequence[int]], places: Sequence[int] | None = None) -> Pack:
    """Merge rows of token ids, none empty, into a tree of their common beginnings.

    `places` says which rows of the bank they are; by default all of it.
    """
    children: dict[tuple[int, int], int] = {}
    ids: list[int] = []
    parents: list[int] = []
    ends: list[int] = []
    for row in rows:
        node = -1
        for token in row:
            parent, node = node, children.setdefault((node, token), len(ids))
            if node == len(ids):
                ids.append(token)
                parents.append(parent)
        ends.append(node)
    visible = np.eye(len(ids), dtype=np.bool_)
    for node, parent in enumerate(parents):
        if parent >= 0:
            visible[node] |= visible[parent]
    return Pack(
        np.array(ids), visible.sum(1) - 1, visible, np.array(ends), np.array(places or range(len(rows)))
    )
