from __future__ import annotations

import pytest

from makd.questions.checks.leaks import class_name
from makd.questions.checks.names import ClassNames

CLASSES = ClassNames(
    ["american_pit_bull_terrier", "Siamese", "water_lilly", "sea_horse", "airplanes", "Motorbikes",
     "ferris_wheel", "001.Black_footed_Albatross", "orange",
     "can", "plain", "car_side", "Audi S4 Sedan 2012", "747-100", "furrowed", "grainy", "red ginger",
     "Caspian Tern", "hamburger", "orca", "skyscraper", "Ram Cargo Van Minivan 2012",
     "French horn", "waterfall",
     "Saab 9-3", "Douglas DC-6", "sports ball", "BMW X5 SUV 2007"]
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("Is the cat a Siamese?", "Siamese"),
        ("Are pit bulls visible?", "american_pit_bull_terrier"),
        ("Does it look like a terrier?", "american_pit_bull_terrier"),
        ("Are there water lilies?", "water_lilly"),
        ("Is it a seahorse?", "sea_horse"),
        ("Is a plane visible?", "airplanes"),
        ("Is it a motorcycle?", "Motorbikes"),
        ("Is the bird an albatross?", "001.Black_footed_Albatross"),
        ("Is it an orange?", "orange"),
        ("Is it a car?", "car_side"),
        ("Is it made by Audi?", "Audi S4 Sedan 2012"),
        ("Is it a Boeing 747?", "747-100"),
        ("Is it a sort of terrier?", "american_pit_bull_terrier"),
        ("Is it like one of the albatrosses?", "001.Black_footed_Albatross"),
        ("Are the nostrils the albatross's?", "001.Black_footed_Albatross"),
        ("Is the muzzle terrier-like?", "american_pit_bull_terrier"),
        ("Are furrows visible?", "furrowed"),
        ("Are there any grains?", "grainy"),
        ("Is it a DC 6?", "Douglas DC-6"),
        ("Is the vehicle a beemer?", "BMW X5 SUV 2007"),
        ("Is a sports ball visible?", "sports ball"),
        ("Are the terns standing on sand?", "Caspian Tern"),
        ("Is a burger lying on the plate?", "hamburger"),
        ("Is the animal a killer whale?", "orca"),
        ("Is it a kind of whale?", "orca"),
        ("Does the photo show a high-rise?", "skyscraper"),
        ("Is this a minivan with sliding doors?", "Ram Cargo Van Minivan 2012"),
        ("Is it a brass instrument?", "French horn"),
    ],
)
def test_names_synonyms_plurals_and_telling_parts_are_found(text, owner):
    assert f"“{owner}”" in class_name(text, CLASSES).reason


@pytest.mark.parametrize(
    "text",
    [
        "Are wheels visible?",
        "Is the background plain?",
        "Is there an orange stripe?",
        "Can you see wings?",
        "Is the foot black?",
        "Is the side of it black?",
        "Are the petals mainly red?",
        "Is there a 6 on the tail?",
        "Are the lines of a sports field visible?",
        "Does water fall over a cliff?",
        "Do sharp horns grow from the head?",
    ],
)
def test_parts_adjectives_and_verbs_of_the_same_spelling_pass(text):
    assert class_name(text, CLASSES) is None


def test_what_a_bank_speaks_of_gives_nothing_away_unless_it_is_a_class():
    own = frozenset({"tern", "dog"})
    assert class_name("Are terns on the sand?", CLASSES, own) is None
    assert "albatross" in class_name("Are terns like albatrosses?", CLASSES, own).reason.lower()
    assert class_name("Is the dog brown?", ClassNames(["dog"]), own) is not None


def test_the_last_part_of_a_name_written_as_one_word_may_be_spoken_of():
    pans = ClassNames(["saucepan"])
    assert class_name("Is steam rising from the pan?", pans) is None
    assert class_name("Is it a pan?", pans) is not None


@pytest.mark.parametrize("names", [[], ["n01440764", "n01443537"], ["0", "1"], ["狗", "猫"], ["", "  "]])
def test_names_that_tell_nothing_give_nothing_away(names):
    assert class_name("Is there 1 red stripe?", ClassNames(names)) is None


def test_a_name_that_many_classes_share_tells_no_class():
    sparrows = ClassNames(["House Sparrow", "Tree Sparrow", "Song Sparrow", "Fox Sparrow"])
    assert class_name("Are sparrows visible?", sparrows) is None
    assert class_name("Are wrens visible?", ClassNames(["House Wren", "Fox Sparrow", "Crow"])) is not None
