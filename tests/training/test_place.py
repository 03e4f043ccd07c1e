from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.distributed as dist
from torch import Tensor, nn

from makd.training.place import ALONE, Place


@pytest.mark.parametrize(("n", "world"), [(8, 1), (8, 2), (9, 2), (7, 3), (64, 5)])
def test_parts_make_the_whole_and_differ_by_one_at_most(n: int, world: int) -> None:
    parts = [range(n)[Place(rank, world).part(n)] for rank in range(world)]
    assert [i for part in parts for i in part] == list(range(n))
    sizes = [len(part) for part in parts]
    assert max(sizes) - min(sizes) <= 1


def test_alone_everything_is_its_own() -> None:
    own = torch.ones(3, 2, requires_grad=True)
    assert ALONE.first
    assert ALONE.gather(own, 3) is own
    assert ALONE.total(own) is own
    assert ALONE.collect([1, 2]) == [1, 2]
    ALONE.share_buffers(nn.BatchNorm1d(2))


@pytest.fixture
def others(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let this process hear from others what they would say."""

    def hear(gathered: list[Tensor] | None = None, hands: list[Any] | None = None, plus: float = 0.0) -> None:
        def all_gather(into: list[Tensor], own: Tensor) -> None:
            for place, said in zip(into, gathered or [], strict=True):
                place.copy_(own if said is None else said)

        def gather_object(own: Any, into: list[Any] | None) -> None:
            if into is not None:
                into[:] = hands or []

        monkeypatch.setattr(dist, "all_gather", all_gather)
        monkeypatch.setattr(dist, "gather_object", gather_object)
        monkeypatch.setattr(dist, "all_reduce", lambda tensor: tensor.add_(plus))

    return hear


def test_rows_of_uneven_parts_are_gathered_and_own_ones_have_gradients(others: Any) -> None:
    own = torch.tensor([[3.0], [4.0]], requires_grad=True)
    others(gathered=[torch.tensor([[1.0], [9.0]]), None, torch.tensor([[5.0], [6.0]])])
    rows = Place(1, 3).gather(own, 5)
    assert rows.flatten().tolist() == [1, 3, 4, 5, 6]  # 9 is padding
    (rows**2).sum().backward()
    assert own.grad is not None
    assert own.grad.flatten().tolist() == [6, 8]


def test_a_total_has_the_gradient_of_the_own_share(others: Any) -> None:
    own = torch.tensor(2.0, requires_grad=True)
    others(plus=5.0)
    total = Place(0, 2).total(3 * own)
    assert total.item() == 11
    total.backward()
    assert own.grad == 3


def test_what_was_dealt_out_comes_back_in_order(others: Any) -> None:
    others(hands=[[0, 3, 6], [1, 4], [2, 5]])
    assert Place(0, 3).collect([0, 3, 6]) == list(range(7))
    assert Place(1, 3).collect([1, 4]) == []
