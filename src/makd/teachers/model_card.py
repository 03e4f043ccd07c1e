"""What a checkpoint's folder says of itself: which content it holds, and under which licence."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import yaml

from makd.storage import file_hash

_CONTENT = (".safetensors", ".bin", ".json", ".jinja", ".txt", ".model")


def content_hash(folder: Path) -> str:
    """Return 16 hexadecimal digits of the SHA-256 of weights, settings and tokenizer files."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.iterdir() if path.suffix in _CONTENT):
        total.update(path.name.encode() + bytes.fromhex(file_hash(path)))
    return total.hexdigest()[:16]


def licence(folder: Path) -> str:
    """Read `license` from the head of the folder's model card; empty when there is none."""
    card = folder / "README.md"
    if not card.is_file():
        return ""
    head = re.match(r"---\r?\n(.*?)\n---", card.read_text(encoding="utf-8"), re.DOTALL)
    try:
        return str((yaml.safe_load(head[1]) or {}).get("license", "")) if head else ""
    except yaml.YAMLError:
        return ""
