"""From what a user writes behind `--teacher` to a `Teacher`, with the options that its kind takes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from makd.errors import UsageError, did_you_mean
from makd.progress import Progress, Silent
from makd.teachers.base import Teacher

Step = Callable[..., Any]


class Opener(NamedTuple):
    """One kind of teacher.

    Attributes:
        spelled: what a user writes.
        steps: imports and returns what opens it: the first takes the name, each further one what the one
            before it returned. The keyword-only parameters of all steps are the kind's options.
    """

    spelled: str
    steps: Callable[[], tuple[Step, ...]]


def _table() -> tuple[Step, ...]:
    from makd.teachers.class_table import ClassTableTeacher

    return (ClassTableTeacher.load,)


def _checkpoint() -> tuple[Step, ...]:
    from makd.teachers.checkpoint import load_checkpoint
    from makd.teachers.transformers_teacher import TransformersTeacher

    return load_checkpoint, TransformersTeacher


def _server() -> tuple[Step, ...]:
    from makd.teachers.server.settings import ServerSettings
    from makd.teachers.server.teacher import ServerTeacher

    return ServerSettings, ServerTeacher


def _vllm() -> tuple[Step, ...]:
    from makd.teachers.vllm.engine import load_engine
    from makd.teachers.vllm.teacher import VllmTeacher

    return load_engine, VllmTeacher


OPENERS: Mapping[str, Opener] = {
    "": Opener("a checkpoint folder, a hub id (OWNER/NAME) or `fieldguide`", _checkpoint),
    "table": Opener("`table:FILE.yaml`", _table),
    "openai": Opener("`openai:MODEL`", _server),
    "vllm": Opener("`vllm:MODEL`", _vllm),
}
"""The kinds by prefix; what has none of these prefixes is a checkpoint."""

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_SUPPLIED = ("name", "progress")


def open_teacher(name: str, *, progress: Progress = Silent(), **options: object) -> Teacher:
    """Open a teacher by name.

    Args:
        name: a checkpoint folder, a hub id, `fieldguide`, or what a prefix of `OPENERS` begins.
        progress: where the teacher says what it changes while it works.
        options: those of the teacher's kind (`load_checkpoint`, `TransformersTeacher`, …); None: not given.

    Raises:
        UsageError: there is no such teacher, or its kind does not take an option that is given.
        MakdError: it cannot be fetched or loaded.
    """
    prefix, colon, rest = name.partition(":")
    kind = OPENERS[prefix] if colon and prefix in OPENERS else OPENERS[""]
    given = {option: value for option, value in options.items() if value is not None}
    steps = kind.steps()
    _refuse_foreign(name, given, steps)
    supplied = {"name": name if name == "fieldguide" else None, "progress": progress}
    opened: Any = _source(name) if kind is OPENERS[""] else rest
    for step in steps:
        own = {key: value for key, value in given.items() if key in options_of(step)}
        opened = step(opened, **own, **{key: supplied[key] for key in supplied if key in _keywords(step)})
    teacher: Teacher = opened
    return teacher


def options_of(step: Step) -> dict[str, object]:
    """Return the options that a step takes, with their defaults."""
    return {key: default for key, default in _keywords(step).items() if key not in _SUPPLIED}


def _keywords(step: Step) -> dict[str, object]:
    slots = inspect.signature(step).parameters.values()
    return {slot.name: slot.default for slot in slots if slot.kind is slot.KEYWORD_ONLY}


def _refuse_foreign(name: str, given: Mapping[str, object], steps: tuple[Step, ...]) -> None:
    own = [option for step in steps for option in options_of(step)]
    foreign = next((option for option in given if option not in own), None)
    if foreign is None:
        return
    takers = [
        kind.spelled for kind in OPENERS.values() if any(foreign in options_of(step) for step in kind.steps())
    ]
    belongs = f"it is an option of {' and of '.join(takers)}" if takers else "there is no such option"
    flag, near = f"--teacher.{foreign.replace('_', '-')}", did_you_mean(foreign, own)
    raise UsageError(f"{flag} means nothing to {name}; {belongs}.{near}")


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
    known = ", ".join(kind.spelled for kind in OPENERS.values())
    near = did_you_mean(name, ["fieldguide", *(f"{prefix}:" for prefix in OPENERS if prefix)])
    raise UsageError(f"No teacher {name!r}: it is no folder. Name one of: {known}.{near}")
