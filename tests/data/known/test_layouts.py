"""Miniatures read by makd and by torchvision's own loaders, picture by picture."""

from __future__ import annotations

from pathlib import Path

import pytest
import torchvision.datasets as peers

from makd.data.known.read import read_known


def peer(loader, root: Path, paths: str, labels: str, **options) -> set[tuple[Path, str]]:
    """Return (file, class) as a loader of torchvision has them."""
    found = loader(root, **options)
    if paths == "_samples":
        files, targets = zip(*found._samples, strict=True)
    else:
        files, targets = getattr(found, paths), getattr(found, labels)
    return {(Path(file), found.classes[label]) for file, label in zip(files, targets, strict=True)}


PEERS = {
    "oxford-pets": (peers.OxfordIIITPet, "_images", "_labels", {"train": "trainval", "test": "test"}),
    "stanford-cars": (peers.StanfordCars, "_samples", "", {"train": "train", "test": "test"}),
    "dtd": (peers.DTD, "_image_files", "_labels", {"train": "train", "val": "val", "test": "test"}),
    "flowers102": (
        peers.Flowers102,
        "_image_files",
        "_labels",
        {"train": "train", "val": "val", "test": "test"},
    ),
    "fgvc-aircraft": (
        peers.FGVCAircraft,
        "_image_files",
        "_labels",
        {"train": "train", "val": "val", "test": "test"},
    ),
}


@pytest.mark.parametrize("name", PEERS)
def test_pictures_classes_and_splits_are_those_of_torchvision(name, miniature):
    root = miniature(name)
    loader, paths, labels, splits = PEERS[name]
    catalog = read_known(name, root)
    for split, theirs in splits.items():
        ours = {(sample.path, sample.class_name) for sample in catalog.of(split)}
        assert ours == peer(loader, root, paths, labels, split=theirs)
    assert len(catalog.of(*splits)) == len(catalog.samples)
    assert catalog.classes == tuple(loader(root, split="test").classes)
    assert all(catalog.classes[sample.label] == sample.class_name for sample in catalog.samples)


def test_caltech101_is_torchvisions_without_splits(miniature):
    root = miniature("caltech101")
    theirs = peers.Caltech101(root)
    catalog = read_known("caltech101", root)
    assert catalog.classes == tuple(theirs.categories) == ("accordion", "airplanes", "yin_yang")
    assert [(s.key, s.label, s.split) for s in catalog.samples] == [
        (f"{theirs.categories[label]}/image_{number:04d}.jpg", label, None)
        for number, label in zip(theirs.index, theirs.y, strict=True)
    ]


def test_cub200_by_picture_number(miniature):
    catalog = read_known("cub200", miniature("cub200"))
    assert catalog.classes == ("Black_footed_Albatross", "Laysan_Albatross", "Red_winged_Blackbird")
    assert [(s.key.split("/")[2], s.label, s.split) for s in catalog.samples] == [
        ("Black_footed_Albatross_0009.jpg", 0, "train"),
        ("Black_footed_Albatross_0046.jpg", 0, "test"),
        ("Laysan_Albatross_0009.jpg", 1, "test"),
        ("Laysan_Albatross_0046.jpg", 1, "train"),
        ("Red_winged_Blackbird_0009.jpg", 2, "test"),
        ("Red_winged_Blackbird_0046.jpg", 2, "train"),
    ]
