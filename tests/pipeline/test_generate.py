import io
import json
from pathlib import Path

import pytest

from makd.cli.main import main
from makd.questions.bank import QuestionBank
from tests.questions.generation.writer import ALL, items, obedient
from tests.teachers.server import stub_server as stub

KEY = "sk-the-key-that-nobody-may-see"


@pytest.fixture
def server(monkeypatch, tmp_path):
    """A stub whose `says` writes replies to prompts; the working folder holds two lists of classes."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.chdir(tmp_path)
    Path("classes.txt").write_text("# animals\ncat\n\nred_fox\ndog\n", encoding="utf-8")
    Path("codes.txt").write_text("n01440764\nn01443537\n")
    with stub.running() as running:
        running.says = obedient

        def answer(handler, asked):
            text = running.says(asked.body["messages"][0]["content"])
            message = {"role": "assistant", "content": text}
            handler.reply(200, {"model": "m", "choices": [{"index": 0, "message": message}]})
            return True

        running.does.always = running.answer = answer
        monkeypatch.setenv("OPENAI_BASE_URL", running.url)
        yield running


def generate(*words):
    return main(["questions", "generate", *words])


SMALL = ("--llm", "openai:m", "--candidates", "12", "--keep", "5", "-o", "bank.yaml")


def test_bank_candidates_and_exchange_are_left(server, capsys):
    assert generate("classes.txt", *SMALL, "--json") == 0
    result = json.loads(capsys.readouterr().out)
    bank, candidates = QuestionBank.load("bank.yaml"), QuestionBank.load("bank-candidates.yaml")
    assert (len(bank), len(candidates)) == (5, 12)
    assert [question["text"] for question in result["questions"]] == ALL[4::-1]
    assert [question.text for question in bank.questions] == ALL[4::-1]
    assert all(question.group == "part" and question.negation for question in bank.questions)
    assert "openai:m" in bank.source
    assert "3 classes of classes" in bank.source
    entries = [json.loads(line) for line in Path("bank.exchange.jsonl").read_text().splitlines()]
    assert [entry["step"] for entry in entries] == ["candidates", "choice"]
    assert "- red fox\n" in entries[0]["prompt"]
    files = sorted(path.name for path in Path().iterdir())
    assert files == ["bank-candidates.yaml", "bank.exchange.jsonl", "bank.yaml", "classes.txt", "codes.txt"]
    assert all(KEY not in path.read_text() for path in Path().iterdir())


def test_class_folders_name_classes(server, squares, capsys):
    assert generate(str(squares.root), *SMALL) == 0
    assert "- cyan\n" in server.does.asked[0].body["messages"][0]["content"]
    assert "has-curved-horns  part   Does it have curved horns?" in capsys.readouterr().out


def test_an_existing_bank_is_kept_unless_told_otherwise(server, capsys):
    Path("bank.yaml").write_text("mine")
    assert generate("classes.txt", *SMALL) == 2
    assert "bank.yaml exists" in capsys.readouterr().err
    assert (Path("bank.yaml").read_text(), server.does.asked) == ("mine", [])
    assert generate("classes.txt", *SMALL, "--overwrite") == 0
    assert len(QuestionBank.load("bank.yaml")) == 5


def test_what_was_paid_for_is_taken_up_again(server, capsys):
    server.says = lambda prompt: "I would rather not." if ALL[2] in prompt else json.dumps(items(ALL[:3]))
    assert generate("classes.txt", *SMALL) == 1
    said = capsys.readouterr().err
    assert "gave 3 usable questions in 4 replies, 5 are needed" in said
    assert "I would rather not." in said
    assert "bank.exchange.jsonl" in said
    assert not Path("bank.yaml").exists()
    server.says = obedient
    before = len(server.does.asked)
    assert generate("classes.txt", *SMALL) == 0
    assert len(server.does.asked) - before == 2
    assert [q.text for q in QuestionBank.load("bank-candidates.yaml").questions] == ALL[:12]
    assert "4 from before" in capsys.readouterr().out


def test_a_short_bank_needs_leave(server, capsys):
    server.says = lambda prompt: obedient(prompt) if "Choose" in prompt else json.dumps(items(ALL[:3]))
    assert generate("classes.txt", *SMALL, "--allow-fewer") == 0
    assert len(QuestionBank.load("bank.yaml")) == 3
    assert "gave 3 usable candidates, 12 were asked for" in capsys.readouterr().err


@pytest.mark.parametrize(
    "fault", [stub.status(500), stub.status(429), stub.malformed, stub.no_choices, stub.cut, stub.status(401)]
)
def test_a_broken_server_ends_in_a_sentence(server, fault, capsys):
    server.does.always = fault
    assert generate("classes.txt", *SMALL, "--llm.retries", "1") == 1
    said = capsys.readouterr().err
    assert said.startswith("makd: 127.0.0.1:")
    assert KEY not in said
    assert not Path("bank.yaml").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["codes.txt", *SMALL], "2 of 2 class names are codes ('n01440764', 'n01443537')"),
        (["nothing.txt", *SMALL], "There is no data at nothing.txt"),
        (["classes.txt", *SMALL, "--data.draw", "x"], "--data.draw: should be"),
        (["classes.txt", "--llm", "openai:m", "--candidates", "5"], "--keep 50 is more than --candidates 5"),
        (["classes.txt", "--llm", "openai:m", "-o", "bank.txt"], "let the name end in .yaml"),
        (["classes.txt"], "--llm: is needed"),
        (["classes.txt", *SMALL, "--llm.dtype", "float16"], "--llm.dtype means nothing to openai:m"),
        (["classes.txt", *SMALL, "--confusions", "run"], "--confusions needs pictures"),
    ],
)
def test_bad_input_is_refused_before_anything_is_asked(server, words, message, capsys):
    assert generate(*words) == 2
    assert message in capsys.readouterr().err
    assert server.does.asked == []


def test_empty_lists_of_classes_are_refused(server, capsys):
    Path("classes.txt").write_text("\n# nothing\n")
    assert generate("classes.txt", *SMALL) == 2
    assert "names 0 classes" in capsys.readouterr().err
    Path("classes.txt").write_bytes(b"\xff\xfe\x00c")
    assert generate("classes.txt", *SMALL) == 2
    assert "not UTF-8" in capsys.readouterr().err


def test_a_person_with_a_chat_window(server, monkeypatch, capsys):
    lines = "\n".join(f"{i}. {text} (part)" for i, text in enumerate(ALL[:12], 1))
    pasted = f"Sure, here you are!\n\n{lines}\n.\nI take 2, 1, 4, 3 and 5.\n.\nNo, thanks.\n.\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(pasted))
    words = ["--llm", "manual", *SMALL[2:], "--json"]
    assert generate("classes.txt", *words) == 0
    out, err = capsys.readouterr()
    assert [question["text"] for question in json.loads(out)["questions"]] == [
        ALL[i] for i in (1, 0, 3, 2, 4)
    ]
    assert "put this to a chat model" in err
    assert "5 of 5 questions have no negation" in err
    assert server.does.asked == []
