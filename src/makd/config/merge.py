"""Flags laid over a settings file, validated once: every fault in one message, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from makd.config.tree import Leaf, leaves
from makd.errors import UsageError, did_you_mean

Settings = TypeVar("Settings", bound=BaseModel)
Tree = Mapping[tuple[str, ...], Leaf]


@dataclass(frozen=True)
class Given:
    """A value and where it stands: a flag, or `file:key`."""

    value: Any
    place: str


def validated(
    model: type[Settings],
    flags: Mapping[str, str | Sequence[str]],
    config: Path | None = None,
    *,
    known: Iterable[str] = (),
    faults: Iterable[str] = (),
) -> Settings:
    """Return a command's settings from its flags, laid over those of a file.

    Args:
        model: the command's settings.
        flags: value or values by flag as typed (`--lr`, `--optimizer.lr`, `-o`), or by the setting's name
            where it was given by place (`data`); words without a place stand under the empty name.
        config: a YAML file of settings, nested or with dotted names.
        known: further flags, for near matches only.
        faults: what was found wrong before.

    Raises:
        UsageError: something is wrong; the message holds every fault, each with its place.
    """
    tree = leaves(model)
    found = list(faults)
    given = from_file(config, tree, found) if config is not None else {}
    given |= from_flags(flags, tree, found, known)
    try:
        settings = model.model_validate(nested(given))
    except ValidationError as error:
        found += _faults(error, tree, given, found)
    else:
        if not found:
            return settings
    if len(found) == 1:
        raise UsageError(found[0])
    raise UsageError(f"{len(found)} things are wrong:" + "".join(f"\n  {fault}" for fault in found))


def from_flags(
    flags: Mapping[str, str | Sequence[str]], tree: Tree, faults: list[str], known: Iterable[str] = ()
) -> dict[tuple[str, ...], Given]:
    """Return typed values by path; what cannot be read is added to `faults`."""
    by_flag = {flag: leaf for leaf in tree.values() for flag in leaf.flags}
    by_place = {leaf.name: leaf for leaf in tree.values() if leaf.positional}
    given: dict[tuple[str, ...], Given] = {}
    for typed, value in flags.items():
        values = [value] if isinstance(value, str) else list(value)
        leaf = by_place.get(typed) or by_flag.get(typed.replace("_", "-"))
        if leaf is not None:
            given |= _from_flag(leaf, leaf.place if typed in by_place else typed, values, given, faults)
        elif typed.startswith("-"):
            faults.append(f"{typed}: there is no such flag.{did_you_mean(typed, {*by_flag, *known})}")
        else:
            faults += [f"{word}: one word too many." for word in values]
    return given


def from_file(path: Path, tree: Tree, faults: list[str]) -> dict[tuple[str, ...], Given]:
    """Return a settings file's values by path; what cannot be read is added to `faults`."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())
        faults.append(f"{path}: cannot be read as YAML: {reason}.")
        return {}
    if not isinstance(content, dict | None):
        faults.append(f"{path}: should hold settings (`name: value`), not {type(content).__name__}.")
        return {}
    given = {}
    for key, value in _walk(content or {}, tree):
        name = ".".join(key)
        if path_of_key := _path(key, tree):
            given[path_of_key] = Given(value, f"{path}:{name}")
        elif key != ("command",):  # the line by which a run directory remembers what made it
            near = did_you_mean(name, [leaf.name for leaf in tree.values()])
            faults.append(f"{path}:{name}: there is no such setting.{near}")
    return given


def nested(given: Mapping[tuple[str, ...], Given]) -> dict[str, Any]:
    """Return values by path as groups within groups."""
    root: dict[str, Any] = {}
    for path, one in given.items():
        group = root
        for name in path[:-1]:
            group = group.setdefault(name, {})
        group[path[-1]] = one.value
    return root


def _from_flag(
    leaf: Leaf, place: str, values: list[str], before: Mapping[tuple[str, ...], Given], faults: list[str]
) -> dict[tuple[str, ...], Given]:
    if not values:
        faults.append(f"{place}: needs a value.")
        return {}
    if leaf.path in before:
        faults.append(f"{place}: given before, as {before[leaf.path].place}.")
    if len(values) > 1 and not leaf.is_list:
        faults.append(f"{place}: given {len(values)} times, takes one value.")
    try:
        return {leaf.path: Given(_read(values, leaf), place)}
    except yaml.YAMLError:
        faults.append(f"{place}: should be YAML, such as '{{drop_rate: 0.1}}', not {values[0]!r}.")
        return {}


def _read(values: list[str], leaf: Leaf) -> Any:
    if leaf.is_list and leaf.is_repeated:
        return values
    if leaf.is_list:
        return [part.strip() for value in values for part in value.split(",") if part.strip()]
    return yaml.safe_load(values[0]) if leaf.is_mapping else values[0]


def _walk(
    content: Mapping[Any, Any], tree: Tree, above: tuple[str, ...] = ()
) -> Iterable[tuple[tuple[str, ...], Any]]:
    groups = {path[:depth] for path in tree for depth in range(1, len(path))}
    for key, value in content.items():
        path = (*above, *str(key).replace("-", "_").split("."))
        if path in groups and isinstance(value, dict):
            yield from _walk(value, tree, path)
        elif path not in groups or value is not None:  # null: the group is left out
            yield path, value


def _path(key: tuple[str, ...], tree: Tree) -> tuple[str, ...] | None:
    return next((path for path in (key, (*key, "name")) if path in tree), None)


def _faults(
    errors: ValidationError, tree: Tree, given: Mapping[tuple[str, ...], Given], before: Sequence[str]
) -> list[str]:
    """Return pydantic's errors as sentences, but for what is missing because it could not be read."""
    sentences = []
    for error in errors.errors(include_url=False):
        keys = tuple(str(key) for key in error["loc"])
        path = next((p for end in range(len(keys), 0, -1) if (p := _path(keys[:end], tree))), None)
        if path is None:
            sentences.append(f"{'.'.join(keys) or 'settings'}: {error['msg']}.")
        elif path in given:
            sentences.append(f"{given[path].place}: {_sentence(error, given[path].value)}")
        elif not any(fault.startswith(f"{flag}: ") for fault in before for flag in tree[path].flags):
            sentences.append(f"{tree[path].place}: is needed: {tree[path].field.description}.")
    return sentences


def _sentence(error: ErrorDetails, value: Any) -> str:
    if error["type"] == "missing":  # of a tuple's values
        return f"should have more values, between commas, not {value!r}."
    text = re.sub(r"^(Input|Value error,) ", "", error["msg"]).split(", unable to")[0]
    near = ""
    if error["type"] == "literal_error":
        near = did_you_mean(str(error["input"]), re.findall(r"'([^']*)'", error["ctx"]["expected"]))
    return f"{text[:1].lower()}{text[1:]}, not {error['input']!r}.{near}"
