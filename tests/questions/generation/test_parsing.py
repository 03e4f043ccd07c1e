import json

import pytest

from makd.questions.generation.parsing import read_choice, read_questions

TEXTS = ["Does it have horns?", "Is it red?", "Are its legs long?"]
OBJECTS = [{"text": text, "group": "part", "negation": f"Not {text}"} for text in TEXTS]
FULL = json.dumps({"questions": OBJECTS}, indent=1)


FORMS = {
    "json": FULL,
    "fence": f"Sure! Here they are:\n```json\n{FULL}\n```\nWould that do?",
    "fence without end": f"```json\n{FULL}",
    "list": json.dumps(OBJECTS),
    "strings": json.dumps(TEXTS),
    "strings with numbers": json.dumps([f"{i}. {text}" for i, text in enumerate(TEXTS, 1)]),
    "by number": json.dumps({str(i): text for i, text in enumerate(TEXTS)}),
    "by group": json.dumps({"shape": TEXTS[:1], "colour": TEXTS[1:]}),
    "other keys": json.dumps([{"id": "a-b", "Question": text, "Category": "part"} for text in TEXTS]),
    "json lines": "\n".join(map(json.dumps, OBJECTS)),
    "python": str({"questions": OBJECTS}),
    "trailing comma": FULL.replace("}\n ]", "},\n ]"),
    "cut": FULL + ', {"text": "Is it cu',
    "cut in the list": FULL[: FULL.rindex("}", 0, FULL.rindex("]")) + 1] + ',\n  {"text": "Is it cu',
    "thoughts": f"<think>Maybe: Is it alive? {{}}</think>\n{FULL}",
    "numbered": "\n".join(f"{i}. {text}" for i, text in enumerate(TEXTS, 1)),
    "parentheses": "\n".join(f"({i}) {text}" for i, text in enumerate(TEXTS, 1)),
    "Q": "\n".join(f"Q{i}: {text}" for i, text in enumerate(TEXTS, 1)),
    "bullets": "\n".join(f"  - **{text}**" for text in TEXTS),
    "dots": "\n".join(f"• {text}" for text in TEXTS),
    "letters": "\n".join(f"{letter}) {text}" for letter, text in zip("abc", TEXTS, strict=True)),
    "no marks": "\n".join(f"{i}. {text[:-1]}" for i, text in enumerate(TEXTS, 1)),
    "quoted": "\n".join(f'{i}. "{text}",' for i, text in enumerate(TEXTS, 1)),
    "chatter": "Certainly! Here are three questions:\n\n" + "\n\n".join(TEXTS) + "\n\nI hope this helps!",
    "one line": " ".join(TEXTS),
    "led in": "Here is one: " + "\nAnother: ".join(TEXTS),
    "table": "| # | Question | Group |\n|---|---|---|\n"
    + "\n".join(f"| 1 | {text} | part |" for text in TEXTS),
    "broken list of strings": json.dumps(TEXTS, indent=1)[:-1],
    "windows": "\r\n".join(f"1) {text}" for text in TEXTS),
}


@pytest.mark.parametrize("form", FORMS)
def test_questions_are_found_in_any_form(form):
    assert [draft.text.rstrip("?") for draft in read_questions(FORMS[form])] == [
        text.rstrip("?") for text in TEXTS
    ]


@pytest.mark.parametrize("form", FORMS)
def test_replies_cut_anywhere_give_what_was_whole(form):
    whole = [text.rstrip("?") for text in TEXTS]
    counts = []
    for end in range(0, len(FORMS[form]), 3):
        found = [draft.text.rstrip("?") for draft in read_questions(FORMS[form][:end])]
        sound = [text for text in found if text in whole]
        assert sound == whole[: len(sound)]
        assert len(found) <= len(sound) + 1  # the last one may be cut itself
        counts.append(len(sound))
    assert counts[-1] >= 2


def test_json_tells_group_and_negation():
    assert read_questions(FULL)[1]._asdict() == OBJECTS[1]
    assert [draft.group for draft in read_questions(FORMS["by group"])] == ["shape", "colour", "colour"]


@pytest.mark.parametrize(
    "text",
    [
        "1. Is it red? (colour) - Negation: Is it free of red?",
        "1. **Is it red?** [Color] — Is it free of red?",
        "- Is it red?\n  - Group: colour\n  - Negation: Is it free of red?",
        "## Colour\n1. Is it red?\n   *Negation:* Is it free of red?",
        "**Colour:**\n- Is it red? / Is it free of red?",
        "| Question | Group | Negation |\n|---|---|---|\n| Is it red? | colour | Is it free of red? |",
        "1\tcolour\tIs it red?\tIs it free of red?",
    ],
)
def test_lines_tell_group_and_negation(text):
    assert [tuple(draft) for draft in read_questions(text)] == [
        ("Is it red?", "colour", "Is it free of red?")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n",
        "I'm sorry, but I can't help with that.",
        "null",
        "[]",
        "{}",
        '{"questions": []}',
        "[" * 3000,
        "<think>Is it red? Is it",
        '{"error": {"code": 7}}',
        "Here are some questions:",
        "\x00\ud800",
    ],
)
def test_replies_without_questions_hold_none(text):
    assert read_questions(text) == []
    assert read_choice(text, TEXTS) == []


def test_wrong_types_in_json_do_no_harm():
    odd = [
        {"text": 3},
        {"text": None, "group": ["a"]},
        7,
        None,
        [["Is it red?"]],
        {"text": "Is it big?", "group": 1},
    ]
    assert [draft.text for draft in read_questions(json.dumps({"questions": odd}))] == [
        "Is it red?",
        "Is it big?",
    ]


@pytest.mark.parametrize(
    ("reply", "places"),
    [
        ('{"numbers": [3, 1]}', [2, 0]),
        ("```json\n[3, 1, 3]\n```", [2, 0]),
        ('["3", "1"]', [2, 0]),
        ('[{"number": 3, "why": "x"}, {"number": 1}]', [2, 0]),
        ("3, 1", [2, 0]),
        ("I choose: 3, 1 and 2.", [2, 0, 1]),
        ("I take 3, 1, and 2.", [2, 0, 1]),
        ("3\n1\n", [2, 0]),
        ("- 3: tells most\n- 1: clear", [2, 0]),
        ("1. Are its legs long?\n2. Does it have horns?", [2, 0]),
        ("3. Are its legs long?\n1. Does it have horns?", [2, 0]),
        (json.dumps({"questions": [TEXTS[2], TEXTS[0]]}), [2, 0]),
        ("<think>1, 2?</think>[3, 1]", [2, 0]),
        ("[0, 9, 3, -1, 1]", [2, 0]),
    ],
)
def test_choices_by_number_or_by_text(reply, places):
    assert read_choice(reply, TEXTS) == places
