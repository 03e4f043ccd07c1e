"""The settings of a command as a flat list of named leaves: what flags and files may set."""

from __future__ import annotations

import types
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo


@dataclass(frozen=True)
class Leaf:
    """One setting that takes a value.

    Attributes:
        path: names from the command's model down to the field (`("optimizer", "lr")`).
        field: the field as declared.
        positional: whether the command line takes it by place, without a flag.
        group: the model that holds it, None when that is the command itself.
    """

    path: tuple[str, ...]
    field: FieldInfo
    positional: bool
    group: type[BaseModel] | None

    @property
    def name(self) -> str:
        """Its one name: `optimizer.lr`; `optimizer` for `optimizer.name`, which a bare value means."""
        return ".".join(self.path[:-1] if self.group and self.path[-1] == "name" else self.path)

    @property
    def flags(self) -> tuple[str, ...]:
        """Every flag that sets it, its own name first: `--optimizer`, `--optimizer.name`; `--lr`, `-o`."""
        dotted = (f"--{name.replace('_', '-')}" for name in (self.name, ".".join(self.path)))
        aliases = (f"-{a}" if len(a) == 1 else f"--{a}" for a in declared(self.field, "flags", ()))
        return tuple(dict.fromkeys([*dotted, *aliases]))

    @property
    def place(self) -> str:
        """Where a person gives it: its flag, or a placeholder where it is positional (`DATA`)."""
        return self.name.upper() if self.positional else self.flags[0]

    @property
    def type(self) -> Any:
        """Its annotation without `None`."""
        return _without_none(self.field.annotation)

    @property
    def is_switch(self) -> bool:
        """Whether the flag alone is its value (`--quick`, `--no-quick`)."""
        return self.type is bool

    @property
    def is_list(self) -> bool:
        """Whether it takes several values."""
        return get_origin(self.type) is tuple

    @property
    def is_mapping(self) -> bool:
        """Whether its value is written as YAML."""
        return get_origin(self.type) is dict

    @property
    def is_repeated(self) -> bool:
        """Whether each value stands alone, instead of several between commas."""
        return self.positional or bool(declared(self.field, "repeated", False))

    @property
    def placeholder(self) -> str:
        """What stands for its value in help: `INT`, `{sgd,adamw}`, `FLOAT,FLOAT`."""
        if self.is_mapping:
            return "YAML"
        if not self.is_list:
            return _placeholder(self.type)
        parts = get_args(self.type)
        if parts[-1] is not Ellipsis:
            return ",".join(map(_placeholder, parts))
        return _placeholder(parts[0]) if self.is_repeated else f"{_placeholder(parts[0])},…"


def leaves(model: type[BaseModel]) -> dict[tuple[str, ...], Leaf]:
    """Return a command's settings by path, in the order of declaration; groups are opened, names first."""
    found: dict[tuple[str, ...], Leaf] = {}
    for name, field in model.model_fields.items():
        positional = bool(declared(field, "positional", False))
        group = _without_none(field.annotation)
        if not (isinstance(group, type) and issubclass(group, BaseModel)):
            found[(name,)] = Leaf((name,), field, positional, None)
            continue
        by_name_first = sorted(group.model_fields.items(), key=lambda item: item[0] != "name")
        for inner, inner_field in by_name_first:
            path = (name, inner)
            found[path] = Leaf(path, inner_field, positional and inner == "name", group)
    return found


def declared(field: FieldInfo, key: str, default: Any) -> Any:
    """Return what `setting(...)` declared about a field beside its type."""
    extra = field.json_schema_extra
    return extra.get(key, default) if isinstance(extra, dict) else default


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, types.UnionType):
        rest = [part for part in get_args(annotation) if part is not type(None)]
        return rest[0] if len(rest) == 1 else annotation
    return annotation


def _placeholder(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return "{" + ",".join(map(str, get_args(annotation))) + "}"
    return {int: "INT", float: "FLOAT", Path: "PATH", bool: "BOOL"}.get(annotation, "TEXT")
