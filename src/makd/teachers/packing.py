"""All questions behind one picture in a single sequence: a token tree that is attended along its branches.

Questions start alike ("Does the animal have …"), so equal beginnings are kept once: a node is a token, a row
is a path from the root, and a token sees the picture's prefix, its ancestors and itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Pack:
    """Rows of tokens that share a prefix, merged into S tokens.

    Attributes:
        ids: `[S]` token ids, parents before children.
        depths: `[S]` place in its own row, from 0: positions restart behind the prefix for each row.
        visible: `[S, S]` whether the token of the line sees the token of the column.
        ends: `[R]` where each row's last token stands.
    """

    ids: npt.NDArray[np.int64]
    depths: npt.NDArray[np.int64]
    visible: npt.NDArray[np.bool_]
    ends: npt.NDArray[np.int64]

    def mask(self, prefix: int, dtype: torch.dtype, device: torch.device) -> Tensor:
        """Return the additive attention mask `[1, 1, S, prefix + S]`: 0 where seen, else the least number."""
        import torch

        hidden = np.pad(~self.visible, ((0, 0), (prefix, 0)))
        mask = torch.zeros(hidden.shape, dtype=dtype, device=device)
        return mask.masked_fill_(torch.from_numpy(hidden).to(device), torch.finfo(dtype).min)[None, None]


def pack(rows: Sequence[Sequence[int]]) -> Pack:
    """Merge rows of token ids, none empty, into a tree of their common beginnings."""
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
    return Pack(np.array(ids), visible.sum(1) - 1, visible, np.array(ends))
