from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import stats
from torchvision.transforms.v2 import functional as reference

from makd.data.transforms import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    EvalTransform,
    TrainTransform,
    storage_size,
    uniforms,
)
from makd.errors import UsageError


@pytest.fixture
def pictures() -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    sizes = [(74, 110), (90, 74), (74, 74), (20, 300)]
    coarse = [torch.randint(0, 256, (3, h // 8 + 2, w // 8 + 2), generator=generator) for h, w in sizes]
    return [
        torch.nn.functional.interpolate(c[None].float(), size=size, mode="bilinear")[0].byte()
        for c, size in zip(coarse, sizes, strict=True)
    ]


def pixels(batch: torch.Tensor) -> torch.Tensor:
    """Undo the normalisation: `[B, 3, S, S]` in 0..255."""
    return (
        batch * torch.tensor(IMAGENET_STD).view(3, 1, 1) + torch.tensor(IMAGENET_MEAN).view(3, 1, 1)
    ) * 255


def test_uniforms_are_splitmix64_at_any_place():
    start = int(np.random.SeedSequence([7, 3]).generate_state(1, np.uint64)[0])
    mask, wanted = 2**64 - 1, []
    for step in range(1, 13):
        z = (start + step * 0x9E3779B97F4A7C15) & mask
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        wanted.append(((z ^ (z >> 31)) >> 11) / 2**53)
    np.testing.assert_array_equal(uniforms(7, 3, np.arange(3), 4), np.reshape(wanted, (3, 4)))
    np.testing.assert_array_equal(uniforms(7, 3, np.array([2, 0]), 4), np.reshape(wanted, (3, 4))[[2, 0]])


def test_uniforms_are_uniform_and_unrelated():
    draws = uniforms(0, 0, np.arange(20_000), 5)
    assert draws.min() >= 0
    assert draws.max() < 1
    assert min(stats.kstest(column, "uniform").pvalue for column in draws.T) > 1e-3
    others = np.concatenate(
        [draws, uniforms(0, 1, np.arange(20_000), 5), uniforms(1, 0, np.arange(20_000), 5)], axis=1
    )
    off_diagonal = np.corrcoef(others.T) - np.eye(15)
    assert np.abs(off_diagonal).max() < 4.5 / np.sqrt(20_000)


def test_a_centre_crop_equals_the_reference(pictures):
    batch = EvalTransform(64, crop_pct=0.875)(pictures)
    assert batch.shape == (4, 3, 64, 64)
    assert batch.dtype == torch.float32
    for picture, rendered in zip(pictures, pixels(batch), strict=True):
        side = round(min(picture.shape[1:]) * 0.875)
        cropped = reference.center_crop(picture, [side, side])
        wanted = Image.fromarray(cropped.permute(1, 2, 0).numpy()).resize((64, 64), Image.Resampling.BILINEAR)
        difference = rendered.permute(1, 2, 0).numpy() - np.asarray(wanted)
        assert np.abs(difference).max() <= 1.01


def test_the_whole_of_a_picture_of_the_right_size_is_untouched(pictures):
    square = pictures[2]
    batch = EvalTransform(74, crop_pct=1.0)([square])
    torch.testing.assert_close(pixels(batch)[0], square.float(), atol=1e-3, rtol=0)
    whole = TrainTransform(74, crop_scale=(1.0, 1.0), crop_ratio=(1.0, 1.0), hflip=0.0)
    torch.testing.assert_close(whole([square], [5], 0), batch)
    mirrored = TrainTransform(74, crop_scale=(1.0, 1.0), crop_ratio=(1.0, 1.0), hflip=1.0)
    torch.testing.assert_close(mirrored([square], [5], 0), batch.flip(-1))


def test_augmentation_depends_on_seed_epoch_and_index_alone(pictures):
    def rendered(order, epoch=0, seed=0):
        batch = TrainTransform(32, seed=seed)([pictures[i] for i in order], order, epoch)
        return {i: batch[place] for place, i in enumerate(order)}

    first = rendered([0, 1, 2, 3])
    for order in ([3, 1, 0, 2], [2], [1, 3]):
        assert all(torch.equal(first[i], image) for i, image in rendered(order).items())
    for other in (rendered([0, 1, 2, 3], epoch=1), rendered([0, 1, 2, 3], seed=1)):
        assert not any(torch.equal(first[i], other[i]) for i in first)


def test_crops_have_the_scale_and_ratio_asked_for():
    """A picture whose red is its row and green its column tells where a crop was cut."""
    side = 200
    rows, columns = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    picture = torch.stack([rows, columns, rows * 0]).byte()
    transform = TrainTransform(100, crop_scale=(0.2, 0.5), crop_ratio=(0.8, 1.25), hflip=0.3)
    batch = pixels(transform([picture] * 1000, range(1000), 4))
    height = (batch[:, 0, 99].mean(dim=1) - batch[:, 0, 0].mean(dim=1)) * 100 / 99
    width = (batch[:, 1, :, 99] - batch[:, 1, :, 0]).mean(dim=1) * 100 / 99
    scale, ratio = (height * width.abs() / side**2).numpy(), (width.abs() / height).numpy()
    assert stats.kstest(scale, stats.uniform(0.2, 0.3).cdf).statistic < 0.06
    assert stats.kstest(np.log(ratio), stats.uniform(np.log(0.8), 2 * np.log(1.25)).cdf).statistic < 0.06
    assert abs((width < 0).float().mean().item() - 0.3) < 0.05
    middle = batch[:, 0].mean(dim=(1, 2)).numpy()
    assert abs(middle.mean() - (side - 1) / 2) < 2


def test_crops_that_cannot_fit_are_cut_down_to_the_picture(pictures):
    thin = pictures[3]
    batch = TrainTransform(16, crop_scale=(0.9, 1.0))([thin] * 50, range(50), 0)
    assert torch.isfinite(batch).all()
    assert len({tuple(image.flatten()[:8].tolist()) for image in batch}) > 10


@pytest.mark.parametrize("wrong", [(0.5, 0.1), (0.0, 1.0), (0.5, 1.5)])
def test_impossible_crops_are_refused(wrong):
    with pytest.raises(UsageError, match="crop_scale"):
        TrainTransform(32, crop_scale=wrong)
    with pytest.raises(UsageError, match="crop_ratio"):
        TrainTransform(32, crop_ratio=(2.0, 1.0))


def test_storage_leaves_room_for_crops():
    assert storage_size(224) == 256
    assert storage_size(64) == 74
