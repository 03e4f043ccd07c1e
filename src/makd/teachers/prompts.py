"""How a question is put to a multimodal LLM, and which part of the prompt all questions share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from makd.errors import UsageError

INSTRUCTION = "Answer the question about this picture with Yes or No, nothing else."
"""Stands before the question, so that all questions of a picture share it and it is computed once."""


def render(processor: Any, question: str) -> str:
    """Return the prompt as text: the checkpoint's own chat template around picture, instruction and question.

    Raises:
        UsageError: the checkpoint has no chat template, or one that takes no picture.
    """
    parts = [{"type": "image"}, {"type": "text", "text": f"{INSTRUCTION}\n{question}"}]
    try:
        text: str = processor.apply_chat_template(
            [{"role": "user", "content": parts}],
            add_generation_prompt=True,
            tokenize=False,
            **_no_thinking(processor),
        )
    except Exception as error:  # the template is a program of the checkpoint's author
        raise UsageError(
            f"The checkpoint's chat template cannot be used ({type(error).__name__}: {error}). "
            "makd needs an instruction-tuned vision-language model with a chat template that takes pictures."
        ) from error
    if question not in text:
        raise UsageError(
            "The checkpoint's chat template drops the question: it does not take text beside a picture."
        )
    return _without_thinking(text)


def _no_thinking(processor: Any) -> dict[str, bool]:
    """Return what a template is told that lets models think: not to. Others warn of what they do not know."""
    return {"enable_thinking": False} if "enable_thinking" in str(processor.chat_template) else {}


def _without_thinking(prompt: str) -> str:
    """Close the thoughts that a template opens for the model: the answer's first token shall be the next one.

    Templates that know `enable_thinking` do so themselves.
    """
    opened = prompt.rstrip()
    return f"{opened}\n\n</think>\n\n" if opened.endswith("<think>") else prompt


def text_settings(processor: Any, text: str) -> dict[str, bool]:
    """Return how to tokenize a rendered prompt: a start token that the template wrote is not added again."""
    start = processor.tokenizer.bos_token
    return {"add_special_tokens": not (start and text.startswith(start))}


@dataclass(frozen=True, slots=True)
class Prompts:
    """The prompts of one bank, and where they part.

    Attributes:
        texts: `[Q]` rendered prompts, the picture as one placeholder.
        suffixes: `[Q]` token ids that follow what all prompts have in common; never empty.
    """

    texts: tuple[str, ...]
    suffixes: tuple[tuple[int, ...], ...]

    @classmethod
    def build(cls, processor: Any, questions: Sequence[str]) -> Prompts:
        """Render and tokenize every question and part the common start from the rest, token by token.

        The parting is found on tokens, not on text, since a tokenizer may merge across any boundary.
        """
        texts = tuple(render(processor, question) for question in questions)
        settings = text_settings(processor, texts[0])
        rows = processor.tokenizer(list(texts), **settings)["input_ids"]
        columns = zip(*(row[:-1] for row in rows), strict=False)
        shared = sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, columns))
        return cls(texts, tuple(tuple(row[shared:]) for row in rows))
