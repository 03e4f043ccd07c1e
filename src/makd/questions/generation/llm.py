"""The contract between generation and whoever writes the questions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

Schema = Mapping[str, Any]
"""A JSON schema (strict: every property required, no others)."""


class Llm(Protocol):
    """Replies to prompts, each by itself: nothing of an earlier one is remembered."""

    @property
    def name(self) -> str:
        """What stands behind `--llm`, with the revision where one is known."""

    def reply(self, prompt: str, schema: Schema) -> str:
        """Return what the LLM says, as it says it; empty when it says nothing.

        Args:
            prompt: all that it is told.
            schema: of the wanted reply; an LLM that cannot keep to one leaves it out of account.

        Raises:
            MakdError: no reply can be had, now or at all.
        """
