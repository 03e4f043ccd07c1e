"""Miniature copies of data sets, each laid out like the real one."""

from __future__ import annotations

import csv
import hashlib
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat


def picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 4)).save(path)


def text(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))


def oxford_pets(root: Path) -> None:
    base = root / "oxford-iiit-pet"
    lists = {
        "trainval": ["Abyssinian_1 1 1 1", "american_bulldog_7 2 2 1", "Abyssinian_2 1 1 1"],
        "test": ["american_bulldog_3 2 2 1", "Abyssinian_9 1 1 1"],
    }
    for name, lines in lists.items():
        text(base / "annotations" / f"{name}.txt", lines)
        for line in lines:
            picture(base / "images" / f"{line.split()[0]}.jpg")


def stanford_cars(root: Path) -> None:
    base = root / "stanford_cars"
    classes = ["AM General Hummer SUV 2000", "Ram C/V Cargo Van Minivan 2012"]
    (base / "devkit").mkdir(parents=True)
    savemat(base / "devkit" / "cars_meta.mat", {"class_names": np.array(classes, dtype=object)})
    for folder, table, labels in (
        ("cars_train", "devkit/cars_train_annos.mat", [2, 1, 2]),
        ("cars_test", "cars_test_annos_withlabels.mat", [1, 2]),
    ):
        names = [f"{number:05d}.jpg" for number in range(1, len(labels) + 1)]
        rows = [(9, 99, 9, 99, label, name) for label, name in zip(labels, names, strict=True)]
        fields = [(key, "O") for key in ("bbox_x1", "bbox_x2", "bbox_y1", "bbox_y2", "class", "fname")]
        savemat(base / table, {"annotations": np.array([rows], dtype=fields)})
        for name in names:
            picture(base / folder / name)


def dtd(root: Path) -> None:
    base = root / "dtd" / "dtd"
    for split, lines in {
        "train": ["banded/banded_0002.jpg", "zigzagged/zigzagged_0001.jpg"],
        "val": ["banded/banded_0004.jpg", "zigzagged/zigzagged_0009.jpg"],
        "test": ["zigzagged/zigzagged_0003.jpg", "banded/banded_0008.jpg"],
    }.items():
        text(base / "labels" / f"{split}1.txt", lines)
        text(base / "labels" / f"{split}2.txt", lines[:1])
        for line in lines:
            picture(base / "images" / line)


def flowers102(root: Path) -> None:
    base = root / "flowers-102"
    base.mkdir(parents=True)
    savemat(base / "imagelabels.mat", {"labels": np.array([[77, 1, 77, 1, 102, 102, 1, 77]], dtype=np.uint8)})
    ids = {"trnid": [[3, 2, 5]], "valid": [[1, 4, 6]], "tstid": [[7, 8]]}
    savemat(base / "setid.mat", {name: np.array(numbers, dtype=np.uint16) for name, numbers in ids.items()})
    for number in range(1, 9):
        picture(base / "jpg" / f"image_{number:05d}.jpg")


def fgvc_aircraft(root: Path) -> None:
    data = root / "fgvc-aircraft-2013b" / "data"
    text(data / "variants.txt", ["707-320", "DHC-8-100", "F-16A/B", "Spitfire"])
    for split, lines in {
        "train": ["1025794 DHC-8-100", "0056978 Spitfire", "0018106 707-320"],
        "val": ["0481847 F-16A/B", "0900914 Spitfire"],
        "test": ["1514522 F-16A/B", "0748872 707-320"],
    }.items():
        text(data / f"images_variant_{split}.txt", lines)
        for line in lines:
            picture(data / "images" / f"{line.split()[0]}.jpg")


def cub200(root: Path) -> None:
    base = root / "CUB_200_2011"
    classes = ["001.Black_footed_Albatross", "002.Laysan_Albatross", "010.Red_winged_Blackbird"]
    pictures = [f"{name}/{name[4:]}_{number:04d}.jpg" for name in classes for number in (46, 9)]
    text(base / "classes.txt", [f"{n} {name}" for n, name in zip((1, 2, 10), classes, strict=True)])
    text(base / "images.txt", [f"{n} {path}" for n, path in enumerate(pictures, 1)])
    text(base / "image_class_labels.txt", ["1 1", "2 1", "3 2", "4 2", "5 10", "6 10"])
    text(base / "train_test_split.txt", ["1 0", "2 1", "3 1", "4 0", "5 1", "6 0"])
    for path in pictures:
        picture(base / "images" / path)


def caltech101(root: Path) -> None:
    base = root / "caltech101" / "101_ObjectCategories"
    for name, count in {"accordion": 2, "airplanes": 3, "yin_yang": 1, "BACKGROUND_Google": 2}.items():
        for number in range(1, count + 1):
            picture(base / name / f"image_{number:04d}.jpg")


def mini_imagenet(root: Path) -> None:
    base = root / "mini-imagenet"
    for split, numbers in {
        "train": ["n01532829", "n01558993"],
        "val": ["n01855672"],
        "test": ["n01930112"],
    }.items():
        rows = [(f"{number}{i:08d}.jpg", number) for number in numbers for i in (5, 6)]
        for name, _ in rows:
            picture(base / "images" / name)
        with (base / f"{split}.csv").open("w", newline="") as file:
            csv.writer(file).writerows([("filename", "label"), *rows])


def cifar100(root: Path) -> None:
    base = root / "cifar-100-python"
    base.mkdir(parents=True)
    rng = np.random.default_rng(0)
    contents = {
        "meta": {"fine_label_names": ["apple", "bee", "worm"], "coarse_label_names": ["x"]},
        "train": {"data": rng.integers(0, 256, (5, 3072), np.uint8), "fine_labels": [2, 0, 1, 1, 0]},
        "test": {"data": rng.integers(0, 256, (3, 3072), np.uint8), "fine_labels": [1, 0, 2]},
    }
    for name, content in contents.items():
        (base / name).write_bytes(pickle.dumps(content, protocol=2))


MINIATURES: dict[str, Callable[[Path], None]] = {
    "oxford-pets": oxford_pets,
    "stanford-cars": stanford_cars,
    "dtd": dtd,
    "flowers102": flowers102,
    "cub200": cub200,
    "fgvc-aircraft": fgvc_aircraft,
    "caltech101": caltech101,
    "mini-imagenet": mini_imagenet,
    "cifar100": cifar100,
}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKD_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def miniature(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Return a function that lays a data set out in miniature and returns the root above it."""

    def make(name: str) -> Path:
        root = tmp_path / "data"
        MINIATURES[name](root)
        if name == "cifar100":
            _sign_cifar(root / "cifar-100-python", monkeypatch)
        if name == "flowers102":
            _sign_flowers(root / "flowers-102", monkeypatch)
        return root

    return make


def md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes()).hexdigest()


def _sign_cifar(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let torchvision take the miniature for the official files."""
    from torchvision.datasets import CIFAR100

    monkeypatch.setattr(CIFAR100, "train_list", [["train", md5(base / "train")]])
    monkeypatch.setattr(CIFAR100, "test_list", [["test", md5(base / "test")]])
    monkeypatch.setattr(CIFAR100, "meta", {**CIFAR100.meta, "md5": md5(base / "meta")})


def _sign_flowers(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from torchvision.datasets import Flowers102

    files = {
        "label": ("imagelabels.mat", md5(base / "imagelabels.mat")),
        "setid": ("setid.mat", md5(base / "setid.mat")),
    }
    monkeypatch.setattr(Flowers102, "_file_dict", {**Flowers102._file_dict, **files})
