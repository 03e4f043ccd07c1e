from __future__ import annotations

import pickle

import numpy as np
import pytest
from PIL import Image
from torchvision.datasets import CIFAR100

from makd.data.known.read import read_known
from makd.errors import UsageError


def test_pictures_are_unpacked_once_and_said_aloud(miniature, heard):
    root = miniature("cifar100")
    theirs = {"train": CIFAR100(root, train=True), "test": CIFAR100(root, train=False)}
    catalog = read_known("cifar100", root, heard)
    assert any("8 pictures are unpacked into" in line and "MB" in line for line in heard.lines)
    assert catalog.classes == ("apple", "bee", "worm")
    for split, part in theirs.items():
        ours = sorted(catalog.of(split), key=lambda sample: sample.path.name)
        assert [sample.label for sample in ours] == part.targets
        for sample, pixels in zip(ours, part.data, strict=True):
            assert np.array_equal(np.asarray(Image.open(sample.path)), pixels)
    heard.lines.clear()
    assert read_known("cifar100", root / "cifar-100-python", heard) == catalog
    assert not any("are unpacked into" in line for line in heard.lines)


class Bomb:
    def __reduce__(self):
        return pytest.fail, ("the pickle was opened",)


@pytest.mark.parametrize("file", ["train", "test", "meta"])
def test_a_pickle_that_is_not_the_official_one_is_never_opened(miniature, file):
    root = miniature("cifar100")
    (root / "cifar-100-python" / file).write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(UsageError, match="not the official files of CIFAR-100"):
        read_known("cifar100", root)
