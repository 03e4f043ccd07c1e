"""What may be written where: an output is new, or taken up again, or refused; never silently lost."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import yaml

from makd.config.asking import AskingSettings
from makd.config.execution import ExecutionSettings
from makd.config.group import Group
from makd.errors import UsageError
from makd.storage import is_vacant, write_text

CONFIG = "config.yaml"
_OURS = {"command", "recipe"}
_ABOUT_DATA = {"check_duplicates"}
_NOT_PART_OF_THE_RESULT = {
    "out",
    "overwrite",
    "resume",
    "jobs",
    *AskingSettings.model_fields,
    *ExecutionSettings.model_fields,
}


def claim(
    out: Path,
    command: str,
    settings: Group,
    *,
    overwrite: bool,
    may_change: Collection[str] = (),
) -> None:
    """Take `out` as the output of a command: make it, or take up one of equal settings again.

    Args:
        out: the output.
        command: who writes it.
        settings: of the command.
        overwrite: replace what is there.
        may_change: settings that may differ from those it was made with; the new ones are kept.

    Raises:
        UsageError: `out` holds something else; it is left untouched.
    """
    wanted = {"command": command, **described(settings)}
    if overwrite:
        clear(out)
    if is_new(out):
        _write(out, wanted)
        return
    found = _config(out)
    if found is not None and found.get("command", command) != command:
        raise UsageError(f"{out} was made by makd {found['command']}. Choose another --out.")
    if found is None:
        raise UsageError(f"{out} exists and was not made by makd {command}. Choose another --out.")
    changed = sorted(_differences(_without(found, may_change), _without(wanted, may_change)))
    if changed:
        raise UsageError(
            f"{out} was made with other settings ({'; '.join(changed)}). "
            "Choose another --out, or --overwrite to replace it."
        )
    if found != wanted:
        _write(out, wanted)


def release(out: Path) -> None:
    """Give up a claimed output as long as nothing has been written into it."""
    if [entry.name for entry in out.iterdir()] == [CONFIG]:
        clear(out)


def is_new(out: Path) -> bool:
    """Return whether `out` does not exist or is an empty directory; what was cut off in writing is nothing.

    Raises:
        UsageError: `out` is a file.
    """
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file, a directory is needed. Choose another --out.")
    return is_vacant(out)


def clear(out: Path) -> None:
    """Remove a directory that makd made.

    Raises:
        UsageError: makd did not make it; it is left untouched.
    """
    if is_new(out):
        return
    if _config(out) is None and not (out / "manifest.json").is_file():
        raise UsageError(
            f"{out} exists and was not made by makd, so --overwrite leaves it alone. Choose another --out."
        )
    shutil.rmtree(out)


def described(settings: Group) -> dict[str, Any]:
    """Return settings as plain values (paths as text), without those that do not change the result."""
    unneeded: dict[str, Any] = {**dict.fromkeys(_NOT_PART_OF_THE_RESULT, True), "data": _ABOUT_DATA}
    plain: dict[str, Any] = json.loads(settings.model_dump_json(exclude=unneeded))
    return plain


def _write(out: Path, wanted: Mapping[str, Any]) -> None:
    write_text(out / CONFIG, yaml.safe_dump(wanted, sort_keys=False, allow_unicode=True))


def _without(settings: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name not in names}


def _config(out: Path) -> Mapping[str, Any] | None:
    try:
        content = yaml.safe_load((out / CONFIG).read_text(encoding="utf-8"))
    except (FileNotFoundError, yaml.YAMLError, UnicodeDecodeError):
        return None
    return content if isinstance(content, Mapping) and _OURS & content.keys() else None


def _differences(found: Mapping[str, Any], wanted: Mapping[str, Any], place: str = "") -> list[str]:
    differences: list[str] = []
    for key in {**found, **wanted}:
        old, new = found.get(key), wanted.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            differences += _differences(old, new, f"{place}{key}.")
        elif old != new:
            differences.append(f"{place}{key}: {_brief(old)} there, {_brief(new)} asked for")
    return differences


def _brief(value: Any) -> Any:
    """Return a group of settings by its name, what is not set as `none`."""
    named = value.get("name", value) if isinstance(value, Mapping) else value
    return "none" if named is None else named
