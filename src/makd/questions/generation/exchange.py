"""What was asked of an LLM and what it said, kept beside the bank: replies cost money."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from makd.errors import UsageError
from makd.questions.generation.llm import Llm, Schema
from makd.storage import disk_trouble_told, write_text


class Said(NamedTuple):
    """A reply.

    Attributes:
        text: as the LLM gave it.
        fresh: whether it was asked for now, not taken from the file.
    """

    text: str
    fresh: bool


class Exchange:
    """Asks an LLM and keeps every exchange in a file (JSON lines: date, model, step, prompt, reply).

    What the file holds of this LLM already is not asked again: the same prompt gets the same reply, so a
    generation that was cut off goes on where it ended.

    Args:
        llm: whom to ask.
        path: the file; rewritten whole with each reply.
        afresh: forget what the file holds.

    Raises:
        UsageError: there is such a file, and it holds something else.
    """

    def __init__(self, llm: Llm, path: Path, *, afresh: bool = False) -> None:
        self.llm, self.path = llm, path
        self.entries = [] if afresh or not path.exists() else _read(path)
        self._kept: defaultdict[str, deque[str]] = defaultdict(deque)
        for entry in self.entries:
            if entry["model"] == llm.name:
                self._kept[entry["prompt"]].append(entry["reply"])
        self.fresh = self.repeated = 0
        self.last = ""

    def ask(self, step: str, prompt: str, schema: Schema) -> Said:
        """Return the reply to a prompt, kept before it is returned.

        Raises:
            MakdError: no reply can be had, or it cannot be kept.
        """
        if self._kept[prompt]:
            self.repeated += 1
            self.last = self._kept[prompt].popleft()
            return Said(self.last, fresh=False)
        reply = self.last = self.llm.reply(prompt, schema)
        date = datetime.now(UTC).isoformat(timespec="seconds")
        self.entries.append(
            {"date": date, "model": self.llm.name, "step": step, "prompt": prompt, "reply": reply}
        )
        with disk_trouble_told(self.path, "Make room and start again."):
            write_text(self.path, "".join(_line(entry) for entry in self.entries))
        self.fresh += 1
        return Said(reply, fresh=True)


def exchange_file(bank: Path) -> Path:
    """Return where the exchange of a bank's file is kept."""
    return bank.with_name(f"{bank.stem}.exchange.jsonl")


def _line(entry: dict[str, Any]) -> str:
    text = json.dumps(entry, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, from a reply that was cut
        text = json.dumps(entry)
    return f"{text}\n"


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        entries = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
        if all({"model", "prompt", "reply"} <= entry.keys() for entry in entries):
            return entries
    except (ValueError, AttributeError):
        pass
    raise UsageError(f"{path} is no exchange with an LLM. Move it away, or choose another --out.")
