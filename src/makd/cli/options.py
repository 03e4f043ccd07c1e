"""A verb's options, made from the model of its settings: what cyclopts splits by and shows as help."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from inspect import Parameter as Slot
from typing import Annotated, Any

from cyclopts import App, Group, Parameter
from pydantic import BaseModel

from makd.cli.help_page import PAGE
from makd.cli.words import NESTED, as_typed
from makd.config.execution import ExecutionSettings
from makd.config.recipes import RECIPES
from makd.config.training import TrainingSettings
from makd.config.tree import Leaf, leaves

COMMON: dict[str, tuple[str | None, str]] = {
    "config": ("FILE.yaml", "settings from a file; flags win over it"),
    "json": (None, "one JSON object on stdout and nothing else there"),
    "debug": (None, "show where in the code a failure came from"),
    "help": (None, "show this page"),
}
"""Flags of every verb: the placeholder of its value (None: a switch) and its help line."""

_PANELS = (
    "Options",
    "Data",
    "Teacher",
    "Answers",
    "LLM",
    "Training",
    "Aspects",
    "Vision teacher",
    "KD",
    "Model",
    "Optimizer",
    "Schedule",
    "Augment",
    "Execution",
    "Always",
)
_TYPED: dict[str, Any] = {"converter": as_typed, "n_tokens": 1, "accepts_keys": False}
_OPTION: dict[str, Any] = {**_TYPED, "allow_repeating": True, "consume_multiple": False, "negative": ""}


def verb_app(verb: str, model: type[BaseModel]) -> App:
    """Return the app that splits the words of one verb and shows its help."""
    about = inspect.getdoc(model) or ""
    switches = any(leaf.is_switch for leaf in leaves(model).values())
    more = "--no-SWITCH turns off a switch that the file turned on." if switches else ""
    app = App(verb, about, usage=_usage(verb, model), help_epilogue=more, **PAGE)
    app.default(_function(model))
    return app


def _usage(verb: str, model: type[BaseModel]) -> str:
    words = ["Usage: makd", verb]
    for leaf in leaves(model).values():
        if leaf.positional:
            place = leaf.place + ("…" if leaf.is_list else "")
            words.append(place if _is_needed(leaf, model) else f"[{place}]")
        elif _is_needed(leaf, model):
            words.append(f"{leaf.place} {leaf.name.upper()}")
    return " ".join([*words, "[OPTIONS]"])


def _function(model: type[BaseModel]) -> Callable[..., None]:
    """Return a function with the signature that cyclopts is to read; it is never called."""

    def verb(**_: Any) -> None:
        raise NotImplementedError

    slots = sorted(_slots(model), key=lambda slot: slot.kind)
    verb.__signature__ = inspect.Signature(slots)  # type: ignore[attr-defined]
    verb.__annotations__ = {slot.name: slot.annotation for slot in slots}
    return verb


def _slots(model: type[BaseModel]) -> Iterator[Slot]:
    for leaf in sorted(leaves(model).values(), key=lambda leaf: not _is_needed(leaf, model)):
        look = {"help": _help(leaf, model), "group": _panel(_panel_of(leaf, model))}
        flags = tuple(flag for flag in leaf.flags if flag != f"{leaf.flags[0]}.name")
        if leaf.positional:
            yield _place(leaf, look)
        else:
            yield _option(leaf.name, flags, None if leaf.is_switch else leaf.placeholder, look)
    for name, (placeholder, help) in COMMON.items():
        yield _option(name, (f"--{name}",), placeholder, {"help": help, "group": _panel("Always")})
    unknown = Parameter(show=False, converter=as_typed, n_tokens=1)
    yield Slot("unknown", Slot.VAR_KEYWORD, annotation=Annotated[Any, unknown])


def _place(leaf: Leaf, look: dict[str, Any]) -> Slot:
    kind: Any = list[Any] if leaf.is_list else Any
    return _slot(leaf.name, kind, Parameter(leaf.place, **_TYPED, **look), Slot.POSITIONAL_ONLY)


def _option(name: str, flags: tuple[str, ...], placeholder: str | None, look: dict[str, Any]) -> Slot:
    if placeholder is None:
        negative = flags[0].replace("--", "--no-", 1)
        return _slot(name, bool, Parameter(flags, negative=negative, allow_repeating=True, **look))
    return _slot(name, list[Any], Parameter(flags, metavar=placeholder, **_OPTION, **look))


def _slot(name: str, kind: Any, parameter: Parameter, by: Any = Slot.KEYWORD_ONLY) -> Slot:
    """Return a slot that may stay empty: cyclopts holds a value against its annotation, also None."""
    annotation = Annotated[kind | None, parameter]
    return Slot(name.replace(".", NESTED), by, default=None, annotation=annotation)


def _panel(name: str) -> Group:
    return Group(name, sort_key=_PANELS.index(name))


def _panel_of(leaf: Leaf, model: type[BaseModel]) -> str:
    if leaf.positional or _is_needed(leaf, model):
        return "Options"
    if leaf.group is None:
        if leaf.name in ExecutionSettings.model_fields:
            return "Execution"
        return "Training" if leaf.name in TrainingSettings.model_fields else "Options"
    group = leaf.path[0]
    return group.upper() if group in ("llm", "kd") else group.replace("_", " ").capitalize()


def _is_needed(leaf: Leaf, model: type[BaseModel]) -> bool:
    group = model.model_fields[leaf.path[0]]
    return leaf.field.is_required() and group.is_required() and not _by_recipe(leaf, model)


def _help(leaf: Leaf, model: type[BaseModel]) -> str:
    """Return the help line; of what a command itself calls a group, where that is what a bare value names."""
    group = leaf.path[0]
    names_group = leaf.name == group and group in inspect.get_annotations(model)
    described = model.model_fields[group] if names_group else leaf.field
    default = _default(leaf, model)
    return f"{described.description}{f' [{default}]' if default else ''}"


def _default(leaf: Leaf, model: type[BaseModel]) -> str:
    values = _by_recipe(leaf, model)
    if len(set(values.values())) > 1:
        return ", ".join(f"{recipe} {value}" for recipe, value in values.items())
    if values:
        return next(iter(values.values()))
    return "" if leaf.field.is_required() else _written(leaf.field.default)


def _by_recipe(leaf: Leaf, model: type[BaseModel]) -> dict[str, str]:
    """Return the setting's default in each recipe, empty when recipes do not set it."""
    values: dict[str, str] = {}
    for name, recipe in RECIPES.items() if issubclass(model, TrainingSettings) else ():
        found: Any = recipe
        for key in leaf.path:
            found = found.get(key) if isinstance(found, Mapping) else None
        if found is not None:
            values[name] = "none" if found == [] else _written(found)
    return values


def _written(value: Any) -> str:
    if value is None or value is False or value == {}:
        return ""
    if isinstance(value, tuple | list):
        return ",".join(map(_written, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)
