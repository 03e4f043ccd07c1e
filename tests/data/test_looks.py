from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageEnhance
from scipy.fft import dctn

from makd.data.looks import NEAR, looks, looks_of, near_pairs


def scene(seed: int, size: tuple[int, int] = (200, 150)) -> Image.Image:
    """Blobs of colour: smooth, as photographs are."""
    coarse = np.random.default_rng(seed).integers(0, 256, (24, 32, 3)).astype(np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


def distance(a: Image.Image, b: Image.Image) -> int:
    return int(np.bitwise_count(looks(a) ^ looks(b)).sum())


def test_bits_are_frequencies_above_their_median():
    grey = scene(0, (64, 64)).convert("L")
    strength = dctn(np.asarray(grey, dtype=np.float64))[:16, :16].ravel()  # orthogonal up to a row's factor
    strength = (strength.reshape(16, 16) / 4).ravel()
    middle = np.median(strength[1:])
    expected = np.concatenate([[False], strength[1:] > middle])
    bits = np.unpackbits(looks(grey).view(np.uint8)).astype(bool)
    assert (bits != expected).sum() <= 1


@pytest.mark.parametrize("change", ["jpeg", "half", "brighter"])
def test_copies_look_the_same(change, tmp_path):
    for seed in range(20):
        copy = original = scene(seed)
        if change == "jpeg":
            original.save(tmp_path / "a.jpg", quality=60)
            copy = Image.open(tmp_path / "a.jpg")
        elif change == "half":
            copy = original.resize((100, 75), Image.Resampling.BICUBIC)
        else:
            copy = ImageEnhance.Brightness(original).enhance(0.9)
        assert distance(original, copy) <= NEAR


def test_other_pictures_and_mirror_images_look_otherwise():
    assert min(distance(scene(i), scene(j)) for i in range(20) for j in range(i)) > 3 * NEAR
    mirrored = scene(0).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    assert distance(scene(0), mirrored) > 3 * NEAR


def test_near_pairs_are_those_of_brute_force():
    rng = np.random.default_rng(0)
    a = rng.integers(0, 2**63, (300, 4), dtype=np.uint64)
    b = rng.integers(0, 2**63, (4100, 4), dtype=np.uint64)
    b[[5, 4099]] = a[[7, 299]]
    b[4099, 3] ^= np.uint64(2**NEAR - 1)  # as many bits as may differ
    b[17] = a[8]
    b[17, 0] ^= np.uint64(2 ** (NEAR + 1) - 1)  # one too many
    assert near_pairs(a, b).tolist() == [[7, 5], [299, 4099]]
    assert near_pairs(a[:0], b).shape == near_pairs(a, b[:0]).shape == (0, 2)


def test_what_cannot_be_read_has_no_looks(tmp_path):
    scene(1).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"nothing")
    words, readable = looks_of([tmp_path / "a.png", tmp_path / "b.png", tmp_path / "c.png"])
    assert readable.tolist() == [True, False, False]
    assert np.array_equal(words[0], looks(scene(1)))
