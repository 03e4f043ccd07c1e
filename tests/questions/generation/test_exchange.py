import json

import pytest

from makd.errors import UsageError
from makd.questions.generation.exchange import Exchange, exchange_file
from tests.questions.generation.writer import Scripted


def test_every_reply_is_on_disk_before_it_is_returned(tmp_path):
    path = tmp_path / "new" / "bank.exchange.jsonl"
    exchange = Exchange(Scripted("one", "two\n\u2028\ud800"), path)
    assert exchange.ask("candidates", "p", {}) == ("one", True)
    exchange.ask("choice", "q", {})
    entries = [json.loads(line) for line in path.read_text().split("\n") if line]
    assert [(e["model"], e["step"], e["prompt"], e["reply"]) for e in entries] == [
        ("scripted", "candidates", "p", "one"),
        ("scripted", "choice", "q", "two\n\u2028\ud800"),
    ]
    assert entries[0]["date"].startswith("20")
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_kept_replies_are_given_once_each_to_the_same_prompt_of_the_same_llm(tmp_path):
    path = tmp_path / "x.jsonl"
    first = Exchange(Scripted("one", "two"), path)
    first.ask("s", "p", {})
    first.ask("s", "p", {})
    llm = Scripted("three", "four")
    second = Exchange(llm, path)
    assert [second.ask("s", prompt, {}) for prompt in "ppqp"] == [
        ("one", False),
        ("two", False),
        ("three", True),
        ("four", True),
    ]
    assert (second.fresh, second.repeated, second.last) == (2, 2, "four")
    assert len(path.read_text().splitlines()) == 4
    other = Scripted("five")
    other.name = "another"
    assert Exchange(other, path).ask("s", "p", {}) == ("five", True)


def test_afresh_asks_everything(tmp_path):
    path = tmp_path / "x.jsonl"
    Exchange(Scripted("one"), path).ask("s", "p", {})
    assert Exchange(Scripted("two"), path, afresh=True).ask("s", "p", {}).text == "two"
    assert len(path.read_text().splitlines()) == 1


@pytest.mark.parametrize("content", ["no json\n", "[1]\n", "3\n", '{"a": 1}\n'])
def test_another_file_is_left_alone(content, tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_text(content)
    with pytest.raises(UsageError, match="is no exchange"):
        Exchange(Scripted(), path)
    assert path.read_text() == content


def test_it_lies_beside_the_bank(tmp_path):
    assert exchange_file(tmp_path / "birds.yaml") == tmp_path / "birds.exchange.jsonl"
