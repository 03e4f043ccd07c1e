from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from makd.config.recipes import PAPER
from makd.config.training import AugmentSettings
from makd.data.samples import Catalog
from makd.errors import UsageError
from makd.task import Batch
from makd.training.input_pipeline import Batches, eval_batches, train_batches
from makd.training.place import ALONE, Place


def train(catalog: Catalog, targets: Any = None, **changes: Any) -> Batches:
    augment = PAPER["augment"] | {"crop_scale": (0.5, 1.0), "crop_ratio": (0.9, 1.1)}
    augment |= {name: changes.pop(name) for name in [*changes] if name in augment}
    settings = {
        "image_size": 16,
        "batch_size": 10,
        "augment": AugmentSettings.model_validate(augment),
    }
    return train_batches(catalog.of("train"), targets, **(settings | {"seed": 3} | changes))


def epoch(batches: Batches, number: int) -> dict[int, torch.Tensor]:
    """Return the pictures of an epoch by their index, in the epoch's order."""
    batches.epoch = number
    return {int(i): image for batch in batches for i, image in zip(batch.index, batch.images, strict=True)}


def together(batches: Batches) -> Batch:
    parts = list(batches)
    return Batch(*(torch.cat([getattr(p, n) for p in parts]) for n in ("images", "labels", "p_yes", "index")))


def test_every_image_comes_once_an_epoch_in_batches_of_nearly_one_size(squares: Catalog) -> None:
    batches = train(squares)
    sizes = [len(batch.index) for batch in batches]
    assert sizes == [9, 9, 9, 9]
    assert len(batches) == 4
    assert sorted(epoch(batches, 0)) == list(range(36))


def test_order_and_augmentation_depend_on_seed_and_epoch_alone(squares: Catalog) -> None:
    batches = train(squares)
    first, second = epoch(batches, 0), epoch(batches, 1)
    again, other = epoch(train(squares, batch_size=7), 1), epoch(train(squares, seed=4), 1)
    assert list(second) == list(again)
    assert all(second[i].equal(again[i]) for i in second)
    assert list(first) != list(second) != list(other)
    assert not any(first[i].equal(second[i]) or other[i].equal(second[i]) for i in second)


@pytest.mark.parametrize("workers", [1, 3])
def test_threads_change_nothing(workers: int, squares: Catalog) -> None:
    alone, threaded = train(squares, batch_size=3), train(squares, batch_size=3)
    threaded.workers = workers
    expected, found = epoch(alone, 1), epoch(threaded, 1)
    assert list(found) == list(expected)
    assert all(found[i].equal(expected[i]) for i in expected)
    next(iter(threaded))  # left in the middle: no thread stays


def test_answers_do_not_touch_order_and_augmentation(squares: Catalog, colour_targets: Any) -> None:
    with_answers, without = epoch(train(squares, colour_targets), 2), epoch(train(squares), 2)
    assert list(with_answers) == list(without)
    assert all(with_answers[i].equal(without[i]) for i in without)


EVERYTHING = {"aa": "rand-m9-n2-mstd0.5", "reprob": 0.5, "mixup": 0.8, "cutmix": 1.0, "mixup_prob": 0.8}


def test_whatever_is_random_depends_on_seed_and_epoch_alone(squares: Catalog, colour_targets: Any) -> None:
    batches, again = (train(squares, colour_targets, **EVERYTHING) for _ in range(2))
    list(again)  # the other one has seen an epoch before
    batches.epoch = again.epoch = 1
    for first, second in zip(batches, again, strict=True):
        assert first.images.equal(second.images)
        assert first.p_yes.equal(second.p_yes)
        assert first.share.equal(second.share)
    plain, changed = epoch(train(squares), 1), epoch(batches, 1)
    assert list(plain) == list(changed)
    assert sum(plain[i].equal(changed[i]) for i in plain) < 6  # one in 40 meets none of it
    without = epoch(train(squares, **EVERYTHING), 1)
    assert all(without[i].equal(changed[i]) for i in without)  # arms of a seed share it


def test_labels_and_answers_belong_to_the_images(squares: Catalog, colour_targets: Any) -> None:
    batches = train(squares, colour_targets)
    batch = together(batches)
    by_key = dict(zip(colour_targets.keys, colour_targets.p_yes, strict=True))
    for label, p_yes, i in zip(batch.labels, batch.p_yes, batch.index, strict=True):
        sample = batches.samples[i]
        assert sample.label == label
        np.testing.assert_array_equal(p_yes.numpy(), by_key[sample.key])
    # a red square is red: the brightest channels of the picture are those of its class's colour
    bright = batch.images.mean(dim=(2, 3)) > 0
    np.testing.assert_array_equal(bright.numpy(), batch.p_yes.numpy() > 0.5)


def test_judging_leaves_no_image_out_and_keeps_the_order(squares: Catalog) -> None:
    batches = eval_batches(squares.of("test"), None, split="test", image_size=16, batch_size=7, crop_pct=1.0)
    batch = together(batches)
    assert batch.index.tolist() == list(range(18))
    assert batch.p_yes.shape == (18, 0)
    assert [batches.samples[i].key for i in batch.index] == [sample.key for sample in squares.of("test")]


def test_an_image_without_label_trains_but_is_not_judged(squares: Catalog) -> None:
    samples = [replace(sample, label=None) if i % 2 else sample for i, sample in enumerate(squares.of("val"))]
    unlabelled = replace(squares, samples=tuple(replace(sample, split="train") for sample in samples))
    assert (train(unlabelled).labels == -1).sum() == 6
    assert (
        len(eval_batches(samples, None, split="val", image_size=16, batch_size=7, crop_pct=1.0).samples) == 6
    )


def test_every_batch_holds_its_part_of_unlabelled_images(squares: Catalog) -> None:
    """Twelve of 36 without a label: three or so in each batch of nine; of one kind alone nothing changes."""
    samples = [replace(s, label=None) if i % 3 == 0 else s for i, s in enumerate(squares.of("train"))]
    batches = train(replace(squares, samples=tuple(samples)))
    for number in range(3):
        batches.epoch = number
        assert [int((batch.labels == -1).sum()) for batch in batches] == [3, 3, 3, 3]
    plain, mixed = epoch(train(squares), 1), epoch(batches, 1)
    assert sorted(mixed) == sorted(plain)
    assert all(mixed[i].equal(plain[i]) for i in plain)
    order = np.random.default_rng((3, 1)).permutation(36)
    assert list(plain) == order.tolist()


def test_a_split_without_images_is_refused(squares: Catalog) -> None:
    with pytest.raises(UsageError, match="There are no val images"):
        eval_batches([], None, split="val", image_size=16, batch_size=7, crop_pct=1.0)


@pytest.mark.parametrize("changes", [{}, EVERYTHING])
def test_processes_make_parts_of_the_batches_of_one(
    changes: dict[str, Any], squares: Catalog, colour_targets: Any
) -> None:
    whole, *parts = (train(squares, colour_targets, batch_size=7, **changes) for _ in range(4))
    for rank, batches in enumerate([whole, *parts]):
        batches.epoch = 1
        batches.place = Place(rank - 1, 3) if rank else ALONE
    for one, *shared in zip(whole, *parts, strict=True):
        assert torch.cat([part.images for part in shared]).equal(one.images)
        assert [len(part.images) for part in shared] == [2, 2, 2]
        for part in shared:  # each knows all but the pictures of the others
            for name in ("labels", "p_yes", "index", "other_labels", "share"):
                ours, theirs = getattr(part, name), getattr(one, name)
                assert ours is theirs is None or ours.equal(theirs), name


def test_a_batch_can_be_made_again(squares: Catalog) -> None:
    batches = train(squares, **EVERYTHING)
    batches.epoch = 2
    seen = list(batches)[1]
    batches.epoch = 0
    again = batches.batch(2, 1)
    assert again.images.equal(seen.images)
    assert again.index.equal(seen.index)


def test_batches_of_evaluation_are_dealt_out_whole(squares: Catalog) -> None:
    batches = eval_batches(squares.of("val"), None, split="val", image_size=16, batch_size=5, crop_pct=1.0)
    everything = list(batches)
    hands = [list(batches.dealt(Place(rank, 2))) for rank in range(2)]
    assert [len(hand) for hand in hands] == [2, 1]
    dealt = [hands[i % 2][i // 2] for i in range(3)]
    assert all(one.images.equal(other.images) for one, other in zip(everything, dealt, strict=True))
