import numpy as np
import pytest
import torch

from makd.teachers.packing import Pack, pack, pack_groups

ROWS = [(5, 6, 7), (5, 6, 8, 9), (5, 7), (6, 7), (5, 6, 7)]


def branch(packed: Pack, end: int) -> list[int]:
    """The tokens that the token at `end` sees, in order of depth."""
    seen = np.flatnonzero(packed.visible[end])
    return packed.ids[seen[np.argsort(packed.depths[seen])]].tolist()


def test_each_end_sees_its_own_row_and_nothing_else() -> None:
    packed = pack(ROWS)
    assert [tuple(branch(packed, end)) for end in packed.ends] == ROWS
    assert [packed.depths[end] for end in packed.ends] == [len(row) - 1 for row in ROWS]


def test_common_beginnings_are_kept_once_and_parents_come_first() -> None:
    packed = pack(ROWS)
    assert len(packed.ids) == len({row[:i] for row in ROWS for i in range(1, len(row) + 1)})
    assert not np.triu(packed.visible, 1).any()


def test_random_rows_are_found_again() -> None:
    rng = np.random.default_rng(0)
    rows = [tuple(rng.integers(0, 3, rng.integers(1, 8)).tolist()) for _ in range(60)]
    packed = pack(rows)
    assert [tuple(branch(packed, end)) for end in packed.ends] == rows


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_mask_shows_prefix_and_ancestors(dtype: torch.dtype) -> None:
    packed = pack(ROWS)
    mask = packed.mask(4, dtype, torch.device("cpu"))
    size = len(packed.ids)
    assert mask.shape == (1, 1, size, 4 + size)
    assert mask.dtype == dtype
    assert (mask[..., :4] == 0).all()
    assert ((mask[0, 0, :, 4:] == 0).numpy() == packed.visible).all()
    assert mask.min() == torch.finfo(dtype).min


@pytest.mark.parametrize("tokens", [3, 20, 50])
def test_groups_divide_the_rows_evenly(tokens: int) -> None:
    rng = np.random.default_rng(0)
    rows = [tuple(rng.integers(0, 3, rng.integers(1, 8)).tolist()) for _ in range(60)]
    whole, groups = pack(rows), pack_groups(rows, tokens)
    assert sorted(place for group in groups for place in group.places) == list(range(60))
    for group in groups:
        assert [tuple(branch(group, end)) for end in group.ends] == [rows[place] for place in group.places]
    assert len(groups) >= len(whole.ids) // tokens > 1
    assert max(len(group.ids) for group in groups) <= tokens + 2 * max(map(len, rows))


def test_a_small_bank_is_one_group_in_its_order() -> None:
    (group,) = pack_groups(ROWS)
    assert group.places.tolist() == list(range(len(ROWS)))
