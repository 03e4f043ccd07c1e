"""The class lists that come with makd."""

import pytest

from makd.errors import UsageError
from makd.questions.classes import class_names, listed_names

CLASSES = {
    "caltech101": (101, "Faces", "yin_yang"),
    "cifar100": (100, "apple", "worm"),
    "coco": (80, "person", "toothbrush"),
    "cub200": (200, "Black_footed_Albatross", "Common_Yellowthroat"),
    "dtd": (47, "banded", "zigzagged"),
    "fgvc-aircraft": (100, "707-320", "Yak-42"),
    "flowers102": (102, "pink primrose", "blackberry lily"),
    "mini-imagenet": (100, "house finch", "ear"),
    "oxford-pets": (37, "Abyssinian", "Yorkshire Terrier"),
    "stanford-cars": (196, "AM General Hummer SUV 2000", "smart fortwo Convertible 2012"),
}


def test_every_data_set_of_the_banks_is_listed() -> None:
    assert set(listed_names()) == set(CLASSES)


@pytest.mark.parametrize("name", CLASSES)
def test_a_list_has_each_class_once_in_the_official_order(name: str) -> None:
    names = class_names(name)
    assert (len(names), names[0], names[-1]) == CLASSES[name]
    assert len({each.casefold() for each in names}) == len(names)
    assert all(each == each.strip() != "" for each in names)


@pytest.mark.parametrize(
    ("name", "number", "known"),
    [
        ("cub200", 118, "House_Sparrow"),
        ("cub200", 134, "Cape_Glossy_Starling"),
        ("stanford-cars", 98, "Eagle Talon Hatchback 1998"),
        ("flowers102", 54, "sunflower"),
    ],
)
def test_numbers_that_the_data_sets_write_in_their_files_are_kept(name: str, number: int, known: str) -> None:
    assert class_names(name)[number - 1] == known


def test_candidates_are_about_the_same_classes() -> None:
    assert class_names("dtd-candidates") == class_names("dtd")


@pytest.mark.parametrize(
    ("name", "message"), [("cub-200", "Did you mean 'cub200'"), ("wine", "No class list 'wine'")]
)
def test_an_unknown_list_is_refused_with_near_names(name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        class_names(name)
