from __future__ import annotations

import errno
import os

import numpy as np
import pytest
import torch
from PIL import Image

from makd.data import cache as caches
from makd.data import files
from makd.data.cache import ImageCache, load_pixels
from makd.data.samples import Sample
from makd.errors import MakdError


@pytest.fixture
def samples(tmp_path, pixels):
    sizes = [(60, 40), (40, 60), (90, 31), (16, 12), (300, 200)]
    made = []
    for i, size in enumerate(sizes):
        path = tmp_path / f"{i}.png"
        Image.fromarray(pixels).resize(size).save(path)
        made.append(Sample(path.name, path, i, str(i)))
    return made


def open_cache(samples, tmp_path, size=32, **kwargs):
    return ImageCache.open(samples, size, directory=tmp_path / "cache", **kwargs)


def test_pictures_are_shrunk_to_the_shorter_side_never_enlarged(samples, tmp_path):
    cache = open_cache(samples, tmp_path)
    assert len(cache) == 5
    assert cache.samples == tuple(samples)
    assert [tuple(cache[i].shape) for i in range(5)] == [
        (3, 32, 48),
        (3, 48, 32),
        (3, 31, 90),
        (3, 12, 16),
        (3, 32, 48),
    ]
    assert cache[0].dtype == torch.uint8
    untouched = np.asarray(Image.open(samples[2].path).convert("RGB"))
    np.testing.assert_array_equal(cache[2].permute(1, 2, 0).numpy(), untouched)
    with Image.open(samples[4].path) as image:
        box_mean = np.asarray(image).reshape(200, 300, 3).astype(float).mean(axis=(0, 1))
    np.testing.assert_allclose(cache[4].float().mean(dim=(1, 2)), box_mean, atol=1)


def test_shrinking_does_not_alias(tmp_path):
    """Stripes of one pixel become grey; picking pixels would keep them black and white."""
    stripes = np.zeros((256, 256, 3), dtype=np.uint8)
    stripes[:, ::2] = 255
    Image.fromarray(stripes).save(tmp_path / "a.png")
    inner = load_pixels(tmp_path / "a.png", 32)[4:-4, 4:-4]
    assert np.abs(inner.astype(int) - 127).max() <= 3


def test_pictures_are_decoded_once(samples, tmp_path, monkeypatch):
    first = open_cache(samples, tmp_path)
    monkeypatch.setattr(caches, "load_pixels", lambda *_: pytest.fail("decoded again"))
    second = open_cache(samples, tmp_path)
    assert all(torch.equal(first[i], second[i]) for i in range(5))


def test_new_bytes_and_another_size_are_decoded_anew(samples, tmp_path):
    open_cache(samples, tmp_path)
    Image.new("RGB", (50, 50), "red").save(samples[1].path)
    assert open_cache(samples, tmp_path)[1][0].float().mean() == 255
    assert open_cache(samples, tmp_path, size=8)[1].shape == (3, 8, 8)
    assert len(open_cache(samples[:2], tmp_path)) == 2
    assert len([entry for entry in (tmp_path / "cache").iterdir() if entry.is_dir()]) == 4


def test_the_same_bytes_are_known_wherever_they_lie(samples, tmp_path, monkeypatch):
    samples[3].path.write_bytes(b"no picture")
    first = open_cache(samples, tmp_path)
    (tmp_path / "moved").mkdir()
    moved = []
    for sample in samples:
        path = tmp_path / "moved" / f"new-{sample.key}"
        path.write_bytes(sample.path.read_bytes())
        moved.append(Sample(path.name, path, sample.label, sample.class_name))
    os.utime(samples[0].path, ns=(5, 5))
    monkeypatch.setattr(caches, "load_pixels", lambda *_: pytest.fail("decoded again"))
    for others, name in ((moved, "new-3.png"), (samples, "3.png")):
        again = open_cache(others, tmp_path)
        assert list(again.failures) == [name]
        assert all(torch.equal(first[i], again[i]) for i in range(4))


def test_files_that_stand_unchanged_are_not_read_again(samples, tmp_path, monkeypatch):
    open_cache(samples, tmp_path)
    monkeypatch.setattr(files, "file_hash", lambda *_: pytest.fail("read again"))
    open_cache(samples, tmp_path)


def test_broken_pictures_are_left_out_counted_and_said(samples, tmp_path, heard):
    samples[1].path.write_bytes(b"no picture")
    samples[3].path.unlink()
    for _ in range(2):
        cache = open_cache(samples, tmp_path, progress=heard)
        assert cache.failures == {"1.png": "not a picture in a known format", "3.png": "no such file"}
        assert [sample.key for sample in cache.samples] == ["0.png", "2.png", "4.png"]
        assert cache[1].shape == (3, 31, 90)
    assert (
        heard.lines
        == ["Left out: 2 of 5 pictures cannot be read; the first: 1.png (not a picture in a known format)."]
        * 2
    )


def test_without_one_readable_picture_it_is_an_error(samples, tmp_path):
    for sample in samples:
        sample.path.write_bytes(b"")
    for _ in range(2):
        with pytest.raises(
            MakdError, match=r"5 of 5 pictures cannot be read; the first: 0\.png \(the file is empty\)"
        ):
            open_cache(samples, tmp_path)


def test_a_build_cut_off_is_begun_again(samples, tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(caches, "load_pixels", interrupted)
        with pytest.raises(KeyboardInterrupt):
            open_cache(samples, tmp_path)
    assert len(open_cache(samples, tmp_path)) == 5


def test_the_cache_keeps_its_place_in_makds_folder(samples, tmp_path, monkeypatch):
    monkeypatch.setenv("MAKD_CACHE", str(tmp_path / "chosen"))
    ImageCache.open(samples, 16)
    assert list((tmp_path / "chosen" / "images").glob("*/pixels.bin"))


def test_a_large_cache_tells_its_size_before_it_is_made(samples, tmp_path, monkeypatch, heard):
    monkeypatch.setattr(caches, "LARGE", 1)
    open_cache(samples, tmp_path, progress=heard)
    open_cache(samples, tmp_path, progress=heard)
    (line,) = heard.lines
    assert line.startswith("5 pictures are decoded once, into some 0.0 GB in")
    assert str(tmp_path / "cache") in line
    assert "`makd info --prune DAYS`" in line


def test_the_size_that_is_told_is_about_that_of_the_cache(samples, tmp_path):
    cache = open_cache(samples, tmp_path)
    true = sum(cache[i].numel() for i in range(5))
    assert caches._expected_bytes(samples, 32) == pytest.approx(true, rel=0.05)
    samples[0].path.write_bytes(b"no picture")
    assert caches._expected_bytes(samples[:1], 32) == 0


def test_a_full_disk_is_told_with_what_to_do(samples, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(caches, "_decoded", full)
    with pytest.raises(MakdError, match=r"cannot be written: No space left.*makd info --prune"):
        open_cache(samples, tmp_path)


def test_it_is_a_sequence(samples, tmp_path):
    cache = open_cache(samples, tmp_path)
    assert len(list(cache)) == 5
    assert torch.equal(cache[-1], cache[4])
