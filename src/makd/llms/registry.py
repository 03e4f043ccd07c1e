"""From what a user writes behind `--llm` to an `Llm`, with the options that its kind takes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from makd.errors import UsageError, did_you_mean
from makd.questions.generation.llm import Llm

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_KINDS = "`openai:MODEL`, a hub id (OWNER/NAME) or folder of a chat model, `manual`"


def open_llm(name: str, **options: object) -> Llm:
    """Open an LLM by name.

    Args:
        name: `openai:MODEL`, `manual`, a folder or a hub id.
        options: those of its kind (`LlmEndpoint`, `load_chat`); None: not given.

    Raises:
        UsageError: there is no such LLM, or its kind does not take an option that is given.
        MakdError: it cannot be fetched or loaded.
    """
    given = {option: value for option, value in options.items() if value is not None}
    if name == "manual":
        from makd.llms.manual import ManualLlm

        _refuse_foreign(name, given, ())
        return ManualLlm()
    if name.startswith("openai:"):
        from makd.llms.server import LlmEndpoint, ServerLlm

        _refuse_foreign(name, given, _options(LlmEndpoint))
        endpoint: Callable[..., LlmEndpoint] = LlmEndpoint
        llm = ServerLlm(endpoint(name.removeprefix("openai:"), **given))
        llm.endpoint.connection()
        return llm
    from makd.llms.chat import load_chat

    source = _source(name)
    _refuse_foreign(name, given, _options(load_chat))
    load: Callable[..., Llm] = load_chat
    return load(source, **given)


def _options(step: Callable[..., Any]) -> tuple[str, ...]:
    slots = inspect.signature(step).parameters.values()
    return tuple(slot.name for slot in slots if slot.kind is slot.KEYWORD_ONLY)


def _refuse_foreign(name: str, given: Mapping[str, object], own: tuple[str, ...]) -> None:
    foreign = next((option for option in given if option not in own), None)
    if foreign is not None:
        takes = ", ".join(f"--llm.{option.replace('_', '-')}" for option in own) or "no options"
        raise UsageError(f"--llm.{foreign.replace('_', '-')} means nothing to {name}, which takes {takes}.")


def _source(name: str) -> str | Path:
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if _HUB_ID.fullmatch(name) and not folder.exists():
        return name
    raise UsageError(f"No LLM {name!r}: name {_KINDS}.{did_you_mean(name, ['manual', 'openai:'])}")
