from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from PIL import Image

from makd.data.cache import ImageCache, home, last_opened
from makd.data.prune import cache_sizes, prune_images
from makd.data.samples import Sample


@pytest.fixture
def old(tmp_path, monkeypatch):
    """The sample and the folder of an image cache that was made and last opened ten days ago."""
    monkeypatch.setenv("MAKD_CACHE", str(tmp_path / "cache"))
    Image.new("RGB", (20, 20)).save(tmp_path / "a.png")
    sample = Sample("a", tmp_path / "a.png")
    ImageCache.open([sample], 16)
    (folder,) = home().iterdir()
    for file in (*folder.iterdir(), folder):
        os.utime(file, (time.time() - 10 * 86400,) * 2)
    return sample, folder


def test_sizes_are_those_of_the_files_by_folder(old, tmp_path):
    assert cache_sizes()["images"] == sum(file.stat().st_size for file in old[1].iterdir())
    (tmp_path / "cache" / "hub" / "deep").mkdir(parents=True)
    (tmp_path / "cache" / "hub" / "deep" / "x").write_bytes(b"12345")
    assert cache_sizes()["hub"] == 5


def test_no_cache_has_no_sizes(tmp_path, monkeypatch):
    monkeypatch.setenv("MAKD_CACHE", str(tmp_path / "none"))
    assert cache_sizes() == {}
    assert prune_images(0) == (0, 0)


def test_what_was_not_opened_for_long_goes_and_is_made_again(old):
    sample, folder = old
    size = cache_sizes()["images"]
    assert prune_images(11) == (0, 0)
    assert prune_images(9) == (1, size)
    assert not folder.exists()
    assert len(ImageCache.open([sample], 16)) == 1


def test_opening_keeps_a_cache(old):
    sample, folder = old
    ImageCache.open([sample], 16)
    assert last_opened(folder) == pytest.approx(time.time(), abs=60)
    assert prune_images(1) == (0, 0)


def test_pictures_in_use_stay_readable(old):
    sample, folder = old
    cache = ImageCache.open([sample], 16)
    prune_images(0)
    assert not folder.exists()
    assert cache[0].shape == (3, 16, 16)


def test_other_folders_stay(old, tmp_path):
    other = tmp_path / "cache" / "fieldguide" / "draw0"
    other.mkdir(parents=True)
    os.utime(other, (0, 0))
    prune_images(0)
    assert Path(other).is_dir()
