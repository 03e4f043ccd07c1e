from __future__ import annotations

import shutil

import pytest

from makd.data.known.read import read_known
from makd.errors import UsageError
from makd.questions.classes import class_names

CLASSES = ("house finch", "robin", "goose", "nematode")


def test_parts_for_few_shot_learning_are_put_together_again(miniature):
    catalog = read_known("mini-imagenet", miniature("mini-imagenet"))
    assert catalog.classes == CLASSES
    assert [(s.key, s.class_name, s.split) for s in catalog.samples[1:3]] == [
        ("images/n0153282900000006.jpg", "house finch", None),
        ("images/n0155899300000005.jpg", "robin", None),
    ]
    assert {s.split for s in catalog.samples} == {None}
    assert len(catalog.samples) == 8


@pytest.mark.parametrize("parts", [True, False])
def test_one_folder_a_class(miniature, parts):
    base = miniature("mini-imagenet") / "mini-imagenet"
    for split in ("train", "val", "test"):
        (base / f"{split}.csv").unlink()
    for file in list((base / "images").iterdir()):
        number = file.name[:9]
        part = {"n01855672": "val", "n01930112": "test"}.get(number, "train") if parts else "."
        (base / part / number).mkdir(parents=True, exist_ok=True)
        file.rename(base / part / number / file.name)
    catalog = read_known("mini-imagenet", base)
    assert catalog.classes == CLASSES
    assert catalog.samples[0].key == ("test/n01930112/" if parts else "n01532829/") + (
        "n0193011200000005.jpg" if parts else "n0153282900000005.jpg"
    )
    assert {s.split for s in catalog.samples} == {None}
    shutil.copytree(base / (parts * "train") / "n01532829", base / "val" / "n01532829")
    with pytest.raises(UsageError, match=r"n01532829 in both .* divided for classification already"):
        read_known("mini-imagenet", base)


def test_a_class_that_is_not_of_imagenet_is_named(miniature):
    root = miniature("mini-imagenet")
    table = root / "mini-imagenet" / "val.csv"
    table.write_text(table.read_text().replace(",n01855672", ",n99999999"))
    with pytest.raises(UsageError, match="'n99999999' is no class of ImageNet"):
        read_known("mini-imagenet", root)


def test_names_are_those_of_the_packaged_list():
    from timm.data import ImageNetInfo

    info = ImageNetInfo("imagenet-1k")
    first = {info.label_name_to_description(n, detailed=False).split(",")[0] for n in info.label_names()}
    assert set(class_names("mini-imagenet")) <= first
