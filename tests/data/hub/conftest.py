from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
from PIL import Image

collect_ignore_glob = [] if find_spec("datasets") else ["test_*.py"]  # it is an extra
CLASSES = ("ant", "bee", "cat")


@pytest.fixture(autouse=True)
def _own_caches(tmp_path, monkeypatch):
    import datasets

    monkeypatch.setenv("MAKD_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "hf")


def pixels(number: int) -> np.ndarray:
    return np.full((4, 5, 3), 7 * number % 256, dtype=np.uint8)


def rows(split: int, labels=(2, 0, 1)) -> dict[str, list]:
    """Pictures that tell their place by their grey: 7 * (10 * split + row)."""
    pictures = [Image.fromarray(pixels(10 * split + row)) for row in range(len(labels))]
    return {"photo": pictures, "id": [*range(len(labels))], "kind": [*labels]}


def features(**more):
    import datasets

    columns = {"photo": datasets.Image(), "id": datasets.Value("int64")}
    return datasets.Features({**columns, "kind": datasets.ClassLabel(names=[*CLASSES]), **more})


@pytest.fixture
def saved(tmp_path):
    """Three splits as `save_to_disk` leaves them."""
    import datasets

    names = ("train", "validation", "test")
    parts = {name: datasets.Dataset.from_dict(rows(i), features=features()) for i, name in enumerate(names)}
    datasets.DatasetDict(parts).save_to_disk(tmp_path / "insects")
    return tmp_path / "insects"
