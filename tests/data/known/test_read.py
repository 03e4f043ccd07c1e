from __future__ import annotations

import shutil

import pytest

from makd.data.known.read import read_known
from makd.data.known.table import KNOWN
from makd.data.splits import assign
from makd.errors import UsageError
from makd.questions.classes import listed_names

FIRST_NEED = {name: known.needs[0][-1] for name, known in KNOWN.items()}


def test_every_data_set_with_a_packaged_bank_is_known():
    assert {*KNOWN, "coco"} == set(listed_names())


@pytest.mark.parametrize("name", KNOWN)
def test_the_folder_itself_does_as_root_and_keys_stay(name, miniature):
    root = miniature(name)
    catalog = read_known(name, root)
    assert catalog.source == name
    assert all(sample.path.is_file() for sample in catalog.samples)
    place = next(root / folder for folder in KNOWN[name].folders if (root / folder).is_dir())
    moved = place.rename(root.parent / "elsewhere")
    again = read_known(name, moved / "dtd" if name == "dtd" else moved)
    assert [(s.key, s.label, s.split) for s in again.samples] == [
        (s.key, s.label, s.split) for s in catalog.samples
    ]


@pytest.mark.parametrize("name", KNOWN)
def test_missing_roots_folders_and_files_are_told_with_the_layout_and_the_home(name, miniature, tmp_path):
    home = KNOWN[name].home
    with pytest.raises(UsageError, match=rf"{name} needs the folder of its files.*downloads nothing") as told:
        read_known(name, None)
    assert home in str(told.value)
    with pytest.raises(UsageError, match=r"there is no folder .*nowhere") as told:
        read_known(name, tmp_path / "nowhere")
    assert home in str(told.value)
    with pytest.raises(UsageError, match=rf"does not hold {name}.*{KNOWN[name].folders[0]}/") as told:
        read_known(name, tmp_path)
    assert FIRST_NEED[name] in str(told.value)
    assert home in str(told.value)
    root = miniature(name)
    victim = max(root.rglob(FIRST_NEED[name]), key=lambda path: len(path.parts))
    shutil.rmtree(victim) if victim.is_dir() else victim.unlink()
    with pytest.raises(UsageError, match=rf"lacks {FIRST_NEED[name]}\."):
        read_known(name, root)


@pytest.mark.parametrize("name", ["cub200", "stanford-cars", "oxford-pets"])
def test_pictures_without_a_file_are_counted(name, miniature):
    root = miniature(name)
    next(root.rglob("*.jpg")).unlink()
    with pytest.raises(UsageError, match=rf"{name} in .*: 1 of \d images have no file: .*\.jpg"):
        read_known(name, root)


def test_lists_of_another_form_are_refused_with_the_place(miniature):
    root = miniature("cub200")
    (root / "CUB_200_2011" / "images.txt").write_text("one two three\nfour\n")
    with pytest.raises(
        UsageError, match=r"cub200: the lists in .*CUB_200_2011 are not those of Caltech-UCSD"
    ):
        read_known("cub200", root)


def test_what_is_there_is_said_and_held_against_the_whole(miniature, heard):
    read_known("dtd", miniature("dtd"), heard)
    assert heard.lines == [
        "dtd: Describable Textures Dataset, official train, val and test, partition 1 of 10.",
        f"dtd: {heard.lines[1].split()[1]} holds 6 pictures of 2 classes; "
        "the whole data set has 5,640 of 47.",
    ]


@pytest.mark.parametrize("name", ["oxford-pets", "stanford-cars"])
def test_val_is_drawn_from_train_never_from_test(name, miniature):
    root = miniature(name)
    if name == "oxford-pets":  # a second picture of each class in train
        lists = root / "oxford-iiit-pet" / "annotations" / "trainval.txt"
        shutil.copy(
            root / "oxford-iiit-pet/images/Abyssinian_1.jpg",
            root / "oxford-iiit-pet/images/american_bulldog_8.jpg",
        )
        lists.write_text(lists.read_text() + "american_bulldog_8 2 2 1\n")
        official = read_known(name, root)
        whole = assign(official, seed=0)
        assert len(whole.of("val")) == 2
        assert whole.of("test") == official.of("test")
        assert {s.key for s in whole.of("train", "val")} == {s.key for s in official.of("train")}
    else:
        with pytest.raises(UsageError, match="too few to carve"):
            assign(read_known(name, root))


def test_detection_and_unknown_names_are_refused(tmp_path):
    with pytest.raises(UsageError, match="coco is a data set for detection, and makd has no such task yet"):
        read_known("coco", tmp_path)
    with pytest.raises(UsageError, match=r"'cub20' is none\. Did you mean 'cub200'"):
        read_known("cub20", tmp_path)
