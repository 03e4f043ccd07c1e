"""A chat model that transformers runs here, from the hub or a folder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from makd.errors import MakdError, UsageError
from makd.questions.generation.llm import Schema
from makd.teachers.checkpoint import no_progress_bars
from makd.teachers.hub import explained, pin
from makd.teachers.model_card import content_hash
from makd.teachers.weights import place_weights


class ChatLlm:
    """Replies by the checkpoint's own settings of generation; what is drawn has a fixed seed.

    Args:
        model: a causal language model in evaluation mode.
        tokenizer: its tokenizer; without a chat template the prompt stands alone.
        name: hub id or folder's name, and its revision.
        max_tokens: of a reply, at most.
    """

    def __init__(self, model: Any, tokenizer: Any, name: str, *, max_tokens: int = 4096) -> None:
        self.model, self.tokenizer, self.name, self.max_tokens = model, tokenizer, name, max_tokens
        self._asked = 0

    def reply(self, prompt: str, schema: Schema) -> str:
        """Return what the model says; it keeps to no schema.

        Raises:
            MakdError: the prompt is longer than the model's context.
        """
        import torch

        inputs = self._inputs(prompt).to(self.model.device)
        length = inputs["input_ids"].shape[1]
        room = getattr(self.model.config.get_text_config(), "max_position_embeddings", None)
        left = self.max_tokens if room is None else min(self.max_tokens, room - length)
        if left < 1:
            raise MakdError(
                f"{self.name} takes {room:,} tokens, the prompt has {length:,}. Take one of longer context."
            )
        with torch.inference_mode(), torch.random.fork_rng():
            torch.manual_seed(self._asked)
            self._asked += 1
            tokens = self.model.generate(**inputs, max_new_tokens=left)
        text: str = self.tokenizer.decode(tokens[0, length:], skip_special_tokens=True)
        return text

    def _inputs(self, prompt: str) -> Any:
        template = self.tokenizer.chat_template
        if not template:
            return self.tokenizer(prompt, return_tensors="pt")
        quiet = {"enable_thinking": False} if "enable_thinking" in str(template) else {}
        return self.tokenizer.apply_chat_template(
            [{"role": "user", "content": prompt}],
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
            **quiet,
        )


def load_chat(
    source: str | Path,
    *,
    revision: str | None = None,
    dtype: str | None = None,
    device: str = "auto",
    max_tokens: int = 4096,
) -> ChatLlm:
    """Load a causal language model and its tokenizer; a hub repository is pinned to one commit.

    Raises:
        UsageError: there is no such checkpoint, or it is no language model.
        MakdError: the hub does not give it, or transformers cannot load it.
    """
    placement = place_weights(dtype, device)
    folder = Path(source)
    pinned = None if folder.is_dir() else pin(str(source), revision)
    commit = {"revision": pinned.commit} if pinned else {}
    try:
        with explained(str(source), revision), no_progress_bars():
            from transformers import AutoModelForCausalLM, AutoTokenizer

            tokenizer = AutoTokenizer.from_pretrained(source, **commit)
            model = AutoModelForCausalLM.from_pretrained(source, **placement.options, **commit)
    except (OSError, ValueError, KeyError, ImportError) as error:
        reason = re.split(r"\n|(?<=\w)\. ", str(error).strip())[0][:200]
        kind = MakdError if pinned else UsageError
        raise kind(f"transformers cannot load {source} as a chat model of text ({reason}).") from error
    if placement.device is not None:
        model.to(placement.device)
    name = f"{source}@{pinned.commit[:12]}" if pinned else f"{folder.resolve().name}@{content_hash(folder)}"
    return ChatLlm(model.eval(), tokenizer, name, max_tokens=max_tokens)
