"""What a server understands of a request: everything is asked for first, and left out where it complains."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

_FEWER = {20: 10, 10: 5, 5: 1, 1: None}
_WORD_TOKENS = 16


@dataclass(frozen=True, slots=True)
class Dialect:
    """The parameters of a request beside model and messages.

    Attributes:
        top_logprobs: how many of the first token's alternatives are told; None: no probabilities at all.
        limit: what the parameter is called that bounds the reply.
        temperature: whether it can be set (to 0).
        no_thinking: whether the chat template can be asked for no reasoning.
    """

    top_logprobs: int | None = 20
    limit: str = "max_tokens"
    temperature: bool = True
    no_thinking: bool = True

    def parameters(self, tokens: int | None = None) -> dict[str, Any]:
        """Return parameters for a reply of `tokens` tokens; None: one token with its probabilities.

        Where the server tells no probabilities, one answer has room for a few tokens of words.
        """
        with_logprobs = tokens is None and self.top_logprobs is not None
        given: dict[str, Any] = {self.limit: tokens or (1 if with_logprobs else _WORD_TOKENS)}
        if self.temperature:
            given["temperature"] = 0
        if with_logprobs:
            given |= {"logprobs": True, "top_logprobs": self.top_logprobs}
        if self.no_thinking:
            given["extra_body"] = {"chat_template_kwargs": {"enable_thinking": False}}
        return given

    def without(self, complaint: str) -> Dialect | None:
        """Return the dialect less what a complaint names; None when there is nothing to leave out."""
        complaint = complaint.lower()
        if "max_completion_tokens" in complaint and self.limit == "max_tokens":
            return replace(self, limit="max_completion_tokens")
        if "logprobs" in complaint and self.top_logprobs is not None:
            return replace(self, top_logprobs=_FEWER[self.top_logprobs])
        if "temperature" in complaint and self.temperature:
            return replace(self, temperature=False)
        return replace(self, no_thinking=False) if self.no_thinking else None
