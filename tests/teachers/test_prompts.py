from typing import Any

import pytest

from makd.errors import UsageError
from makd.teachers.checkpoint import Checkpoint
from makd.teachers.prompts import INSTRUCTION, Prompts, render, text_settings
from tests.teachers.random_checkpoints import QUESTIONS


def test_prompts_part_after_the_instruction(checkpoint: Checkpoint) -> None:
    tokenizer = checkpoint.processor.tokenizer
    prompts = Prompts.build(checkpoint.processor, QUESTIONS)
    starts = set()
    for text, suffix, question in zip(prompts.texts, prompts.suffixes, QUESTIONS, strict=True):
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        assert tuple(ids[-len(suffix) :]) == suffix
        assert INSTRUCTION not in tokenizer.decode(suffix)
        assert question.removeprefix("Is ") in tokenizer.decode(suffix) + question[:3]
        starts.add(tuple(ids[: -len(suffix)]))
    assert len(starts) == 1
    shared = tokenizer.decode(starts.pop())
    assert INSTRUCTION in shared
    assert "<image>" in shared


def test_prefix_is_as_long_as_it_can_be(checkpoint: Checkpoint) -> None:
    suffixes = Prompts.build(checkpoint.processor, QUESTIONS).suffixes
    assert len({suffix[0] for suffix in suffixes}) > 1


@pytest.mark.parametrize("questions", [QUESTIONS[:1], QUESTIONS[:1] * 2])
def test_a_suffix_is_never_empty(checkpoint: Checkpoint, questions: tuple[str, ...]) -> None:
    assert [len(suffix) for suffix in Prompts.build(checkpoint.processor, questions).suffixes] == [1] * len(
        questions
    )


class _Processor:
    """A processor with a template of its own."""

    def __init__(self, template: str | None, bos: str | None = None, chat_template: str = "") -> None:
        self.template, self.chat_template = template, chat_template
        self.tokenizer = type("Tokenizer", (), {"bos_token": bos})

    def apply_chat_template(self, messages: Any, **_: Any) -> str:
        if self.template is None:
            raise ValueError("no chat template")
        return self.template.format(messages[0]["content"][1]["text"])


class _Thinking(_Processor):
    """A template that opens thoughts unless it is asked not to, as Qwen3's does."""

    def apply_chat_template(self, messages: Any, *, enable_thinking: bool = True, **_: Any) -> str:
        return super().apply_chat_template(messages) + ("<think>\n" if enable_thinking else "")


def test_models_are_asked_not_to_think() -> None:
    assert render(_Thinking("<image>{}\n", chat_template="{% if enable_thinking %}"), "Is it red?").endswith(
        "Is it red?\n"
    )
    always = render(_Processor("<image>{}<|assistant|><think>\n"), "Is it red?")
    assert always.endswith("Is it red?<|assistant|><think>\n\n</think>\n\n")


def test_missing_template_is_said() -> None:
    with pytest.raises(UsageError, match=r"chat template cannot be used \(ValueError: no chat template\)"):
        render(_Processor(None), "Is it red?")


def test_template_that_drops_text_is_refused() -> None:
    with pytest.raises(UsageError, match="drops the question"):
        render(_Processor("<image>"), "Is it red?")


@pytest.mark.parametrize(("bos", "added"), [("<s>", False), ("<b>", True), (None, True)])
def test_start_token_is_added_once(bos: str | None, added: bool) -> None:
    processor = _Processor("<s>{}", bos)
    assert text_settings(processor, render(processor, "Is it red?")) == {"add_special_tokens": added}
