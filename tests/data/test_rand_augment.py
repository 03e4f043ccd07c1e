from __future__ import annotations

import numpy as np
import pytest
import torch
from torchvision.transforms.v2 import InterpolationMode, RandAugment

from makd.config.policies import RandPolicy
from makd.data.rand_augment import FILL, OPERATIONS, draws_for, rand_augment
from makd.data.transforms import TrainTransform, uniforms

REFERENCE = (
    ("Identity", 0.0),
    ("ShearX", 0.3),
    ("ShearY", 0.3),
    ("TranslateX", 150 / 331 * 32),
    ("TranslateY", 150 / 331 * 32),
    ("Rotate", 30.0),
    ("Brightness", 0.9),
    ("Color", 0.9),
    ("Contrast", 0.9),
    ("Sharpness", 0.9),
    ("Posterize", None),
    ("Solarize", None),
    ("AutoContrast", 0.0),
    ("Equalize", 0.0),
)


@pytest.fixture(scope="module")
def picture() -> torch.Tensor:
    coarse = torch.rand(1, 3, 6, 6, generator=torch.Generator().manual_seed(0)) * 200 + 20
    return torch.nn.functional.interpolate(coarse, size=32, mode="bilinear")[0].byte()


@pytest.mark.parametrize("number", range(len(REFERENCE)))
@pytest.mark.parametrize("level", [0.6, -0.6])
def test_operations_are_those_of_torchvision(number: int, level: float, picture: torch.Tensor) -> None:
    (name, most), (operation, signed) = REFERENCE[number], OPERATIONS[number]
    if level < 0 and not signed:
        return
    magnitude = {"Posterize": round(8 - 4 * level), "Solarize": 1 - level}.get(name, level * (most or 0))
    wanted = RandAugment()._apply_image_or_video_transform(
        picture, name, magnitude, interpolation=InterpolationMode.BILINEAR, fill={torch.Tensor: FILL}
    )
    difference = operation(picture, level).float() - wanted.float()
    assert difference.abs().max() <= 1
    assert name == "Identity" or not wanted.equal(picture)


def test_each_picture_has_its_own_operations_whatever_stands_beside_it(picture: torch.Tensor) -> None:
    policy = RandPolicy(9, 2, 0.5, 0.9)
    index = np.arange(12)
    draws = uniforms(0, 0, index, draws_for(policy), stream=1)
    together = rand_augment(picture.repeat(12, 1, 1, 1), policy, draws)
    for i in index:
        assert rand_augment(picture[None].clone(), policy, draws[[i]])[0].equal(together[i])
    assert len({image.numpy().tobytes() for image in together}) > 8


def test_the_share_of_pictures_left_alone_is_that_of_the_policy(picture: torch.Tensor) -> None:
    """An operation is carried out with p; one of 14 of them, and some at magnitude 0, change nothing."""
    for probability, low, high in ((0.0, 0, 0), (0.5, 0.38, 0.56), (1.0, 0.85, 0.99)):
        policy = RandPolicy(9, 1, 0.0, probability)
        draws = uniforms(1, 0, np.arange(300), draws_for(policy))
        changed = rand_augment(picture.repeat(300, 1, 1, 1), policy, draws).ne(picture).flatten(1).any(dim=1)
        assert low <= changed.float().mean() <= high


def test_crops_and_flips_stay_as_they_were(picture: torch.Tensor) -> None:
    plain = TrainTransform(24, seed=5)([picture] * 8, range(8), 2)
    idle = TrainTransform(24, seed=5, policy=RandPolicy(9, 2, 0.0, 0.0))([picture] * 8, range(8), 2)
    assert idle.equal(plain)
    changed = TrainTransform(24, seed=5, policy=RandPolicy(9, 2, 0.0, 1.0))([picture] * 8, range(8), 2)
    assert not changed.equal(plain)


def test_a_box_is_erased_and_the_rest_left(picture: torch.Tensor) -> None:
    plain = TrainTransform(40, seed=5)([picture] * 400, range(400), 2)
    erased = TrainTransform(40, seed=5, reprob=0.5)([picture] * 400, range(400), 2)
    differs = erased.ne(plain).any(dim=1)
    assert (erased[differs[:, None].expand_as(erased)] == 0).all()
    touched = differs.flatten(1).any(dim=1)
    assert 0.42 < touched.float().mean() < 0.58
    area = differs[touched].float().mean(dim=(1, 2))
    assert 0.01 < area.min() < 0.04
    assert 0.28 < area.max() < 0.36
    for box in differs[touched][:20]:  # a rectangle: its rows and columns hold nothing else
        rows, columns = box.any(dim=1), box.any(dim=0)
        assert box.sum() == rows.sum() * columns.sum()
