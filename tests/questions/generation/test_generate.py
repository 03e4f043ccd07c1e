import json
import re

import pytest

from makd.errors import MakdError
from makd.questions.generation.exchange import Exchange
from makd.questions.generation.generate import write_questions
from makd.questions.generation.prompts import Pair
from tests.questions.generation import writer
from tests.questions.generation.writer import Scripted, items, new, obedient, wanted

CLASSES = ("cat", "dog", "red fox")


@pytest.fixture
def write(tmp_path):
    def run(llm, classes=CLASSES, **options):
        exchange = Exchange(llm, tmp_path / "x.jsonl")
        return write_questions(exchange, classes, **{"candidates": 20, "keep": 8, **options})

    return run


def texts(questions):
    return [question.text for question in questions]


def test_two_steps_candidates_then_the_chosen_in_the_order_chosen(write):
    llm = Scripted()
    written = write(llm)
    assert texts(written.candidates) == writer.ALL[:20]
    assert texts(written.kept) == writer.ALL[7::-1]
    assert len(llm.prompts) == 2
    assert all(f"- {name}\n" in f"{prompt}\n" for prompt in llm.prompts for name in CLASSES)
    kept = written.kept[0]
    assert kept in written.candidates
    assert (kept.id, kept.group) == ("has-small-horns", "part")
    assert kept.negation == kept.text.replace("have", "lack")
    assert len({question.id for question in written.candidates}) == 20


def test_long_replies_are_asked_for_in_parts_that_know_each_other(write):
    llm = Scripted()
    written = write(llm, candidates=100, keep=50)
    assert (len(written.candidates), len(written.kept), len(llm.prompts)) == (100, 50, 3)
    assert writer.ALL[0] not in llm.prompts[0]
    assert writer.ALL[49] in llm.prompts[1]


def test_ten_thousand_classes_go_in_groups_and_each_group_has_its_share(write):
    classes = [f"species {i:05d}" for i in range(10_000)]
    llm = Scripted(
        then=lambda p: obedient(p) if "Choose" in p else json.dumps({"questions": items(new(p, 9))})
    )
    written = write(llm, classes, candidates=60, keep=50)
    asked = [prompt for prompt in llm.prompts if "Write" in prompt]
    named = [re.findall(r"^- (species \d+)$", prompt, re.MULTILINE) for prompt in asked]
    assert [name for group in named for name in group] == classes
    assert all(len(prompt) < 20_000 for prompt in llm.prompts)
    assert len(written.kept) == 50
    assert "more of the kind" in llm.prompts[-1]


@pytest.mark.parametrize("number", [1, 3, 7])
def test_short_replies_are_topped_up(write, number, heard):
    llm = Scripted(then=lambda p: obedient(p) if "Choose" in p else json.dumps(items(new(p, number))))
    written = write(llm, progress=heard)
    assert len(written.kept) == 8
    assert len(written.candidates) == min(20, number * 13)
    assert (len(written.candidates) < 20) == any("20 were asked for" in line for line in heard.lines)


def test_repeated_questions_count_once_and_the_next_prompt_says_what_was_wrong(write):
    twice = json.dumps(
        [*writer.ALL[:2], writer.ALL[0].lower().removesuffix("?"), writer.ALL[1], "What is it like?"]
    )
    llm = Scripted(twice, "Hat es Hörner?\nHat es Flügel?")
    written = write(llm)
    assert texts(written.candidates)[:3] == writer.ALL[:3]
    assert written.left_out == {"repeated": 2, "no yes/no question in English": 3}
    assert "could not be used (repeated, no yes/no question in English)" in llm.prompts[1]
    assert "could not be used (no yes/no question in English)" in llm.prompts[2]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("I'm sorry, I can't help with that.", "begins: \"I'm sorry"),
        ("", "is empty"),
        ("<think>Is it red?</think>", "is empty"),
        ("Hat es Hörner?", "left out: 3 no yes/no question in English"),
        ("它有角吗\uff1f", "left out: 3 no yes/no"),
        (json.dumps(["它有角吗\uff1f"]), "left out: 3 no yes/no"),
    ],
)
def test_who_never_gives_a_question_is_given_up_with_the_reason(write, tmp_path, reply, reason):
    llm = Scripted(then=lambda _: reply)
    with pytest.raises(MakdError, match="gave 0 usable questions in 3 replies, 8 are needed") as given_up:
        write(llm, allow_fewer=True)
    assert reason in str(given_up.value)
    assert str(tmp_path / "x.jsonl") in str(given_up.value)
    assert len((tmp_path / "x.jsonl").read_text().splitlines()) == 3


def test_too_few_are_an_error_unless_allowed_and_nothing_is_asked_twice(write, heard):
    def five(prompt):
        return "Nothing more." if writer.ALL[4] in prompt else "\n".join(writer.ALL[:5])

    with pytest.raises(MakdError, match=r"gave 5 usable questions in 4 replies, 8 are needed.*--keep 5"):
        write(Scripted(then=five))
    llm = Scripted(then=lambda p: obedient(p) if "Put each" in p else "Nothing more.")
    written = write(llm, allow_fewer=True, progress=heard)
    assert texts(written.kept) == writer.ALL[:5]
    assert any("gave 5 usable candidates, 20 were asked for" in line for line in heard.lines)
    assert len([prompt for prompt in llm.prompts if "Write" in prompt]) == 3


def test_a_generation_goes_on_where_it_was_cut_off(write):
    def broken(_):
        raise MakdError("the server is gone")

    with pytest.raises(MakdError, match="gone"):
        write(Scripted(obedient, then=broken), candidates=100, keep=50)
    llm = Scripted()
    written = write(llm, candidates=100, keep=50)
    assert texts(written.candidates) == writer.ALL[:100]
    assert len(llm.prompts) == 2


def test_what_the_choice_leaves_open_follows_the_candidates(write, heard):
    llm = Scripted(obedient, "3 and 5", "I cannot choose.", "Really not.", "no")
    written = write(llm, progress=heard)
    assert texts(written.kept) == [writer.ALL[i] for i in (2, 4, 0, 1, 3, 5, 6, 7)]
    assert any("chose 2 of 8" in line for line in heard.lines)


def test_all_candidates_kept_need_no_choice(write):
    llm = Scripted()
    assert len(write(llm, candidates=8).kept) == 8
    assert len(llm.prompts) == 1


@pytest.mark.parametrize(
    "reply",
    [
        obedient,
        lambda p: "\n".join(f"{i}. Does it lack {i} things?" for i in range(1, 9)),
        lambda p: "\n".join(
            f"{i}. {t} Negation: {t.replace('have', 'lack')}"
            for i, t in enumerate(re.findall(r"^\d+\. (.*)$", p, re.MULTILINE), 1)
        ),
    ],
)
def test_lacking_negations_are_asked_for(write, reply):
    plain = "\n".join(writer.ALL[:20])
    llm = Scripted(plain, obedient, reply)
    written = write(llm)
    assert all(question.negation and "lack" in question.negation for question in written.kept)
    assert len(llm.prompts) == 3


def test_negations_that_are_none_are_not_taken(write, heard):
    same = json.dumps([{"text": t, "group": "part", "negation": t} for t in writer.ALL[:20]])
    written = write(Scripted(same, obedient, "I would rather not."), progress=heard)
    assert [question.negation for question in written.kept] == [None] * 8
    assert any("8 of 8 questions have no negation" in line for line in heard.lines)


def test_groups_are_those_of_the_bank_or_guessed(write):
    said = [
        {"text": "Is it red?", "group": "Color"},
        {"text": "Does it have horns?", "group": "?"},
        "Is it so?",
    ]
    written = write(Scripted(json.dumps(said)), candidates=3, keep=3)
    assert [question.group for question in written.kept] == ["colour", "part", "other"]


def test_confused_pairs_come_first_and_count_in_the_choice(write):
    llm = Scripted()
    write(llm, pairs=[Pair("cat", "red fox", 7)])
    assert "- cat / red fox (7 pictures)" in llm.prompts[0]
    assert wanted(llm.prompts[0]) == 5
    assert wanted(llm.prompts[1]) == 15
    assert "- cat / red fox" in llm.prompts[-1]


def test_two_classes_of_another_script_do(write):
    llm = Scripted()
    assert len(write(llm, ("猫", "犬")).kept) == 8
    assert "- 猫\n- 犬" in llm.prompts[0]
