from __future__ import annotations

import torch

from makd.fieldguide.attributes import ASPECTS
from makd.fieldguide.teaching.pictures import RandomCreatures, batches, normalise


def test_an_item_depends_on_seed_stream_and_index() -> None:
    creatures = RandomCreatures(10, seed=1, stream=2)
    pixels, truth = creatures[3]
    assert pixels.shape == (3, 64, 64)
    assert pixels.dtype == torch.uint8
    assert truth.shape == (len(ASPECTS),)
    assert torch.equal(pixels, RandomCreatures(99, seed=1, stream=2)[3][0])
    for other in (RandomCreatures(10, 1, 3)[3], RandomCreatures(10, 2, 2)[3], creatures[4]):
        assert not torch.equal(pixels, other[0])


def test_few_pictures_are_blank() -> None:
    creatures = RandomCreatures(600, seed=0, stream=0)
    blank = sum(bool((creatures[i][0] == creatures[i][0][:, :1, :1]).all()) for i in range(600))
    assert 6 <= blank <= 32


def test_batches_are_the_items_in_order() -> None:
    ((pixels, truth),) = batches(5, 0, 0, batch_size=4, workers=0)
    creatures = RandomCreatures(5, 0, 0)
    for index in range(4):
        assert torch.equal(pixels[index], creatures[index][0])
        assert torch.equal(truth[index], creatures[index][1])


def test_normalise_spans_minus_one_to_one() -> None:
    assert normalise(torch.tensor([0, 255], dtype=torch.uint8)).tolist() == [-1.0, 1.0]
