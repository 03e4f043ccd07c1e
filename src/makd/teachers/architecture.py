"""Whether transformers itself knows a checkpoint's architecture, and what to take where it does not."""

from __future__ import annotations

import json
import re
from pathlib import Path

from makd.errors import UsageError

_CONVERTED = (
    (r"InternVL3_5-[\w.-]+", "{0}-HF"),
    (r"InternVL3-[\w.-]+", "{0}-hf"),
    (r"InternVL2_5-[\w.]+-MPO", "{0}-hf"),
    (r"InternVL2_5-[\w.]+", "{0}-MPO-hf"),
)
"""What OpenGVLab calls the converted checkpoints. InternVL2.5 was converted in its MPO form, which has been
trained further on preferences: the same architecture and size, other weights."""

_SCRIPT = "transformers' models/internvl/convert_internvl_weights_to_hf.py"


def refuse_foreign_code(folder: Path, source: str | Path, trust_remote_code: bool) -> None:
    """Refuse a checkpoint whose model is a program of its author, unless that may run and can be a teacher.

    Args:
        folder: where config.json lies; without one, loading itself says what is missing.
        source: what the user named.
        trust_remote_code: whether the user allows such programs.

    Raises:
        UsageError: with what to take instead.
    """
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    kind = config.get("model_type")
    if kind in CONFIG_MAPPING_NAMES:
        return
    if kind == "internvl_chat":
        raise UsageError(
            f"{source} is in InternVL's first format, which runs on code of its own; {converted(source)}"
        )
    if "auto_map" in config and not trust_remote_code:
        raise UsageError(
            f"{source} runs on code that comes with it: look for its version converted to transformers "
            "(names often end in -hf), or allow the code to run with --teacher.trust-remote-code."
        )


def converted(source: str | Path) -> str:
    """Return what to take instead of an InternVL in its first format."""
    name = Path(source).name
    for pattern, form in _CONVERTED:
        if re.fullmatch(pattern, name):
            return f"take the converted OpenGVLab/{form.format(name)}, or convert it with {_SCRIPT}."
    return f"take a converted one like OpenGVLab/InternVL3-8B-hf, or convert it with {_SCRIPT}."
