import json
import math

import pytest

from makd.teachers.server.replies import MalformedReplyError, Reply, parse, read, read_list, read_word


def reply(**probabilities: float) -> Reply:
    top = tuple((token, math.log(p)) for token, p in probabilities.items())
    return Reply(next(iter(probabilities)), top[0], top)


def test_forms_of_a_word_add_up() -> None:
    top = [
        ("Yes", 0.5),
        ("\u2581yes", 0.2),
        (" NO\n", 0.1),
        ("\u0120No", 0.05),
        ("Yesterday", 0.1),
        ("yes.", 0.01),
    ]
    reading = read(Reply("Yes", None, tuple((token, math.log(p)) for token, p in top)), hard=10)
    assert reading.log_odds == pytest.approx(math.log(0.7 / 0.15))
    assert reading.mass == pytest.approx(0.85)
    assert reading.kind == "soft"


@pytest.mark.parametrize(
    ("shown", "bound"),
    [
        ({"Yes": 0.9, "a": 0.05, "b": 0.04}, 0.01 + 1e-6),  # what is left is less than 8 times the least
        ({"Yes": 0.9, "a": 1e-4, "b": 1e-5}, 8e-5),  # 8 tokens as probable as the least
    ],
)
def test_a_missing_side_is_at_most_what_is_left(shown, bound) -> None:
    reading = read(reply(**shown), hard=10)
    assert reading.kind == "bounded"
    assert reading.log_odds == pytest.approx(math.log(0.9 / bound))
    assert reading.mass == pytest.approx(0.9)
    turned = read(reply(**{"No" if token == "Yes" else token: p for token, p in shown.items()}), hard=10)
    assert turned.log_odds == -reading.log_odds


def test_a_bound_holds_for_every_completion_of_the_list() -> None:
    """Whatever the tokens that are not shown are, the true log-odds lie beyond the bound."""
    shown = {"Yes": 0.6, "The": 0.2, "A": 0.1, "An": 0.04}
    least = min(shown.values())
    bound = read(reply(**shown), hard=10).log_odds
    for forms in range(1, 9):
        no = min(forms * least, 1 - sum(shown.values()))
        assert math.log(0.6 / no) >= bound - 1e-4


def test_no_sign_no_answer() -> None:
    for shown in ({"Yes": 0.1, "a": 0.3, "b": 0.1}, {"Maybe": 0.9, "a": 0.05}):
        reading = read(reply(**shown), hard=10)
        assert math.isnan(reading.log_odds)
        assert reading.kind == "bounded"


def test_a_chosen_token_alone_bounds_too() -> None:
    reading = read(Reply("No", ("No", math.log(0.8))), hard=10)
    assert reading.kind == "bounded"
    assert reading.log_odds == pytest.approx(math.log(0.2 / 0.8), abs=1e-4)


def test_placeholders_of_impossible_tokens_are_not_probabilities() -> None:
    top = (("Yes", math.log(0.99)), ("no", -9999.0), ("a", math.log(0.001)))
    reading = read(Reply("Yes", None, top), hard=10)
    assert reading.kind == "bounded"
    assert reading.log_odds == pytest.approx(math.log(0.99 / 0.008))


@pytest.mark.parametrize(
    ("text", "log_odds", "mass"),
    [
        ("Yes", 3, 1),
        (" no.", -3, 1),
        ("**YES**, it has", 3, 1),
        ("I know not", math.nan, 0),
        ("", math.nan, 0),
    ],
)
def test_words(text, log_odds, mass) -> None:
    reading = read_word(text, hard=3)
    assert (reading.log_odds, reading.mass, reading.kind) == (
        pytest.approx(log_odds, nan_ok=True),
        mass,
        "hard",
    )


@pytest.mark.parametrize(
    "text",
    [
        "1. Yes\n2. No\n3. Yes",
        "Here are the answers:\n\n1) yes\n\n2) NO\n3) Yes.",
        "**1.** Yes\n**2.** No\n**3.** Yes",
        "Q1: Yes\nQ2: No\nQ3: Yes",
        "3. Yes\n1. Yes\n2. No",
        "Yes\nNo\nYes",
        '{"1": "Yes", "2": "No", "3": "Yes"}',
        '```json\n["yes", "no", "yes"]\n```',
        '{"answers": [true, false, true]}',
        '[{"question": 1, "answer": "Yes"}, {"question": 2, "answer": "No"}, {"answer": "Yes"}]',
    ],
)
def test_lists(text) -> None:
    assert [reading.log_odds for reading in read_list(text, 3, hard=2)] == [2, -2, 2]


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("1. Yes\n3. No", [2, None, -2]),
        ("Yes\nNo", [None] * 3),
        ("{not json", [None] * 3),
        ("1. Maybe", [None] * 3),
    ],
)
def test_what_a_list_lacks_is_no_answer(text, known) -> None:
    found = [reading.log_odds for reading in read_list(text, 3, hard=2)]
    assert [None if math.isnan(value) else value for value in found] == known


def test_a_chat_completion() -> None:
    body = {
        "model": "m",
        "choices": [
            {
                "message": {"content": "Yes"},
                "logprobs": {"content": [{"token": "Yes", "logprob": -0.5, "top_logprobs": [
                    {"token": "Yes", "logprob": -0.5}, {"token": "No", "logprob": -1.5}]}]},
            }
        ],
        "usage": {"prompt_tokens": 5, "completion_tokens": 1},
    }  # fmt: skip
    assert parse(json.dumps(body)) == Reply(
        "Yes", ("Yes", -0.5), (("Yes", -0.5), ("No", -1.5)), model="m", input_tokens=5, output_tokens=1
    )


@pytest.mark.parametrize(
    "message",
    [
        {"content": "Yes", "reasoning_content": "Let me see"},
        {"content": "<think>Well"},
        {"content": "", "reasoning": "H"},
    ],
)
def test_thinking_shows(message) -> None:
    assert parse(json.dumps({"choices": [{"message": message}]})).thinks


@pytest.mark.parametrize("body", ["", "<html>", "[]", "{}", '{"choices": []}', '{"choices": [{}]}', '"Yes"'])
def test_anything_else_is_malformed(body) -> None:
    with pytest.raises(MalformedReplyError):
        parse(body)
