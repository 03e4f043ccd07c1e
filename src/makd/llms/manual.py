"""A person with a chat window as the LLM."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TextIO

from makd.errors import MakdError
from makd.questions.generation.llm import Schema

END = "."
"""A line that ends a pasted reply."""


class ManualLlm:
    """Prints each prompt and reads the reply that is pasted back.

    Args:
        prompts: where prompts are printed; stderr by default, for stdout belongs to results.
        replies: where replies are read; stdin by default.
    """

    def __init__(self, prompts: TextIO | None = None, replies: TextIO | None = None) -> None:
        self._prompts, self._replies = prompts, replies

    @property
    def name(self) -> str:
        """`manual`."""
        return "manual"

    def reply(self, prompt: str, schema: Schema) -> str:
        """Return the lines up to one with a dot alone, or up to the end of the input.

        Raises:
            MakdError: the input has ended before.
        """
        shown, read = self._prompts or sys.stderr, self._replies or sys.stdin
        shown.write(
            f"\n{'-' * 30} put this to a chat model {'-' * 30}\n\n{prompt}\n\n"
            f"{'-' * 12} and paste its reply here, then a line with a dot alone (or Ctrl-D) {'-' * 12}\n"
        )
        shown.flush()
        lines = list(_lines(read))
        if not lines:
            raise MakdError(
                "No reply was pasted. Those before it are kept; the same command goes on from there."
            )
        return "".join(lines).rstrip("\n") if lines != [f"{END}\n"] else ""


def _lines(file: TextIO) -> Iterator[str]:
    """Yield lines up to the end mark, which is yielded only when it is all there is."""
    any_line = False
    for line in file:
        if line.strip() == END:
            if not any_line:
                yield f"{END}\n"
            return
        any_line = True
        yield line
