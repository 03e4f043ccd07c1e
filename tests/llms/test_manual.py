import io

import pytest

from makd.errors import MakdError
from makd.llms.manual import ManualLlm


def test_a_reply_ends_with_a_dot_or_with_the_input():
    shown = io.StringIO()
    llm = ManualLlm(shown, io.StringIO("Is it red?\n\nIs it ... big?\n.\nsecond\n . \n.\nlast"))
    assert [llm.reply(prompt, {}) for prompt in ("one\ntwo", "q", "r", "s")] == [
        "Is it red?\n\nIs it ... big?",
        "second",
        "",
        "last",
    ]
    assert "\n\none\ntwo\n\n" in shown.getvalue()
    with pytest.raises(MakdError, match="No reply was pasted"):
        llm.reply("t", {})


def test_prompts_go_to_stderr_for_stdout_belongs_to_results(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n.\n"))
    assert ManualLlm().reply("the prompt", {}) == "yes"
    out, err = capsys.readouterr()
    assert out == ""
    assert "the prompt" in err
