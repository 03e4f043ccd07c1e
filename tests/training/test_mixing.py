from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats

from makd.classification.task import ClassificationTask
from makd.task import Batch
from makd.training.mixing import Mixing


def batch(n: int = 6, side: int = 16) -> Batch:
    """Pictures of one value each, 1, 2, …, with their labels, and one answer that is missing."""
    p_yes = torch.linspace(0, 1, 2 * n).view(n, 2)
    p_yes[2, 1] = float("nan")
    images = torch.arange(1.0, n + 1).view(n, 1, 1, 1).expand(n, 3, side, side).contiguous()
    return Batch(images, torch.arange(n), p_yes, torch.arange(n))


def mixed(given: Batch, mixup: float = 0.0, cutmix: float = 0.0, prob: float = 1.0, epoch: int = 0) -> Batch:
    return Mixing(mixup, cutmix, prob, seed=3)(given, epoch)


def test_mixup_mixes_pictures_labels_and_answers_alike() -> None:
    given = batch()
    found = mixed(given, mixup=1.0)
    share, other = found.share, given.images.roll(-1, 0)
    assert found.other_labels.tolist() == [1, 2, 3, 4, 5, 0]
    assert found.labels.equal(given.labels)
    assert ((share >= 0.5) & (share <= 1)).all()
    weight = share.view(-1, 1, 1, 1)
    torch.testing.assert_close(found.images, weight * given.images + (1 - weight) * other)
    answers = share[:, None] * given.p_yes + (1 - share[:, None]) * given.p_yes.roll(-1, 0)
    torch.testing.assert_close(found.p_yes, answers, equal_nan=True)
    assert found.p_yes.isnan().nonzero().tolist() == [[1, 1], [2, 1]]  # with a missing one it is missing


def test_bounds_stay_bounds_unless_they_point_both_ways() -> None:
    bounds = torch.tensor([[1, 1], [1, -1], [0, 0], [0, 0], [-1, 0], [-1, 1]], dtype=torch.int8)
    given = replace(batch(), bounds=bounds)
    found = mixed(given, mixup=1.0)
    assert found.bounds.tolist() == [[1, 0], [1, -1], [0, 0], [-1, 0], [-1, 1], [0, 1]]
    missing = found.p_yes.isnan().nonzero().tolist()
    assert missing == [[0, 1], [1, 1], [2, 1], [5, 0]]  # [1, 1] and [2, 1]: mixed with the missing one
    assert mixed(given, mixup=1.0, prob=0.0).bounds.equal(bounds)


def test_cutmix_keeps_the_share_that_it_says() -> None:
    given = batch(40)
    found = mixed(given, cutmix=1.0)
    own = (found.images == given.images).float().mean(dim=(1, 2, 3))
    torch.testing.assert_close(own, found.share)
    assert set(found.images.unique().tolist()) <= set(given.images.unique().tolist())
    for image, mine in zip(found.images[:, 0], given.images[:, 0], strict=True):
        other = image != mine
        assert other.sum() == other.any(dim=0).sum() * other.any(dim=1).sum()  # a rectangle
    assert (own < 1).float().mean() > 0.8


def test_shares_are_the_greater_part_of_a_beta_distribution() -> None:
    found = mixed(batch(2000, side=1), mixup=0.4)
    folded = stats.beta(0.4, 0.4)
    assert stats.kstest(found.share.numpy(), lambda x: 2 * folded.cdf(x) - 1).statistic < 0.05


def test_both_take_turns_and_prob_leaves_pictures_alone() -> None:
    given = batch(400)
    both = mixed(given, mixup=1.0, cutmix=1.0, prob=0.5)
    whole = (both.images == both.images[:, :, :1, :1]).flatten(1).all(dim=1)
    alone = both.share == 1
    assert 0.42 < alone.float().mean() < 0.58
    assert both.images[alone].equal(given.images[alone])
    assert both.p_yes[alone].nan_to_num(-1).equal(given.p_yes[alone].nan_to_num(-1))
    assert 0.35 < (whole & ~alone).sum() / (~alone).sum() < 0.65


def test_what_is_mixed_depends_on_seed_epoch_and_the_pictures_alone() -> None:
    first, again, later = (mixed(batch(), mixup=1.0, epoch=epoch) for epoch in (1, 1, 2))
    assert first.images.equal(again.images)
    assert not first.share.equal(later.share)
    shorter = mixed(
        Batch(*(part[:4] for part in (first.images, first.labels, first.p_yes, first.index))), 1.0
    )
    assert shorter.share.equal(mixed(batch(), mixup=1.0).share[:4])  # a share goes with its picture


def test_labelled_and_unlabelled_pictures_do_not_meet() -> None:
    given = replace(batch(), labels=torch.tensor([0, -1, 2, -1, 4, -1]))
    found = mixed(given, mixup=1.0)
    assert found.other_labels.tolist() == [2, -1, 4, -1, 0, -1]
    alone = mixed(replace(batch(), labels=torch.tensor([-1, -1, -1, 0, -1, -1])), mixup=1.0)
    assert alone.images[3].allclose(batch().images[3])


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_loss_is_that_of_both_labels_in_their_shares(smoothing: float) -> None:
    given = replace(batch(), labels=torch.tensor([0, -1, 2, -1, 3, 1]))
    found = mixed(given, mixup=1.0)
    outputs = torch.randn(6, 6, generator=torch.Generator().manual_seed(0))
    task = ClassificationTask()
    parts = task.loss(outputs, found, alpha=2.0, label_smoothing=smoothing)
    wanted = 0.0
    for i in (0, 2, 4, 5):
        for label, part in ((found.labels[i], found.share[i]), (found.other_labels[i], 1 - found.share[i])):
            entropy = torch.nn.functional.cross_entropy(
                outputs[i : i + 1, :4], label[None], label_smoothing=smoothing
            )
            wanted += float(part * entropy) / 4
    assert float(parts["label"]) == pytest.approx(wanted, rel=1e-5)
    known = ~found.p_yes.isnan()
    entropies = torch.nn.functional.binary_cross_entropy_with_logits(
        outputs[:, 4:][known], found.p_yes[known]
    )
    assert float(parts["aspect"]) == pytest.approx(float(entropies), rel=1e-5)
    assert np.isfinite(float(parts["loss"]))
