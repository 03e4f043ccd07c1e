import pytest

from makd.questions.generation.wording import (
    as_question,
    fault,
    group_of,
    guessed_group,
    normal_form,
    short_id,
)


@pytest.mark.parametrize(
    "text",
    [
        "Does it have horns?",
        "Are its eyes round?",
        "Isn\u2019t the tail long?",
        "In this scene, is there any water?",
        "Has it wings?",
    ],
)
def test_sound_questions(text):
    assert fault(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "What colour is it?",
        "Hat das Tier Hörner?",
        "Est-ce que l'oiseau a un bec rouge?",
        "O corpo do animal é longo?",
        "这只鸟有红色的头吗\uff1f",
        "\u0423 птицы красная голова?",
        "Presence of horns?",
        "Is?",
        "Would you like me to write more?",
        f"Is it {'very ' * 80}red?",
    ],
)
def test_what_cannot_be_asked(text):
    assert fault(text) is not None


def test_questions_get_capital_and_mark():
    assert as_question("  does it\n have horns") == "Does it have horns?"
    assert as_question("Is it red ?") == "Is it red?"
    assert as_question("Is it red\uff1f") == "Is it red?"


@pytest.mark.parametrize(
    ("word", "group"), [("Color", "colour"), ("body part", "part"), ("Markings", "pattern"), ("x", None)]
)
def test_groups_by_their_names(word, group):
    assert group_of(word) == group


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("Is it mostly red?", "colour"),
        ("Does it have horns?", "part"),
        ("Is it standing?", "pose"),
        ("Is the background dark?", "context"),
        ("Is it so?", "other"),
    ],
)
def test_groups_by_the_words_of_questions(text, group):
    assert guessed_group(text) == group


def test_normal_form_ignores_articles_case_and_marks():
    assert normal_form("Does the animal have a TAIL?") == normal_form("does animal have tail")
    assert normal_form("Is it red?") != normal_form("Is it blue?")


def test_short_ids_tell_what_is_asked_and_are_unique():
    taken: set[str] = set()
    for place, (text, expected) in enumerate(
        [
            ("Does the animal have horns?", "has-horns"),
            ("Do the animals have horns?", "animals-has-horns"),
            ("Does it have horns?", "has-horns-2"),
            ("Is the tail longer than the body?", "tail-longer-than-body"),
            ("Is this an animal?", "animal"),
            ("Is it a ñandú?", "q06"),
            ("Is it?", "q07"),
        ],
        1,
    ):
        id_ = short_id(text, place, taken)
        assert id_ == expected
        assert id_ not in taken
        taken.add(id_)
