"""From what a user writes behind `--teacher` to a `Teacher`."""

from __future__ import annotations

import re
from pathlib import Path

from makd.errors import UsageError, did_you_mean
from makd.progress import Progress, Silent
from makd.teachers.answer_tokens import AnswerTokenChoice
from makd.teachers.base import Teacher

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_LATER = {
    "openai": "answers of an OpenAI-compatible server",
    "vllm": "the vLLM engine",
}
_KINDS = "a checkpoint folder, a hub id (OWNER/NAME), `table:FILE.yaml` or `fieldguide`"


def open_teacher(
    name: str,
    *,
    dtype: str | None = None,
    device: str = "auto",
    revision: str | None = None,
    trust_remote_code: bool = False,
    answer_tokens: AnswerTokenChoice = "forms",
    batch_size: int | None = None,
    tiles: int | None = None,
    progress: Progress | None = None,
) -> Teacher:
    """Open a teacher by name.

    Args:
        name: a checkpoint folder, a hub id, `table:FILE.yaml` (or a packaged table's name) or `fieldguide`.
        dtype: of the weights; None or `auto`: float32 on a CPU, else bfloat16.
        device: `auto`, `cpu`, `cuda`, `cuda:1`, `mps`.
        revision: of the hub repository.
        trust_remote_code: whether code that comes with the checkpoint may run.
        answer_tokens: `forms` (all forms of yes and no) or `pair` (the paper's two tokens).
        batch_size: pictures at once; None: chosen by length.
        tiles: greatest number of tiles a picture is cut into.
        progress: where the teacher says what it changes while it works.

    Raises:
        UsageError: there is no such teacher.
        MakdError: it cannot be fetched or loaded.
    """
    kind, colon, rest = name.partition(":")
    if colon and kind == "table":
        from makd.teachers.class_table import ClassTableTeacher

        return ClassTableTeacher.load(rest)
    if colon and kind in _LATER:
        raise UsageError(f"--teacher {name}: {_LATER[kind]} cannot be used yet; take {_KINDS}.")
    source = _source(name)

    from makd.teachers.checkpoint import load_checkpoint
    from makd.teachers.transformers_teacher import TransformersTeacher

    checkpoint = load_checkpoint(
        source,
        dtype=dtype,
        device=device,
        revision=revision,
        trust_remote_code=trust_remote_code,
        tiles=tiles,
        name=name if name == "fieldguide" else None,
    )
    return TransformersTeacher(
        checkpoint, answer_tokens=answer_tokens, batch_size=batch_size, progress=progress or Silent()
    )


def _source(name: str) -> str | Path:
    """Return the folder or hub id that `name` means."""
    if name == "fieldguide":
        from makd.fieldguide import teacher_path

        return teacher_path()
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if folder.exists():
        raise UsageError(
            f"--teacher {name} is a file; a checkpoint is a folder, a class table `table:{name}`."
        )
    if _HUB_ID.fullmatch(name):
        return name
    raise UsageError(
        f"No teacher {name!r}: it is no folder. Name {_KINDS}.{did_you_mean(name, ['fieldguide'])}"
    )
