"""How settings are declared, and groups of them.

Each setting has its name, its type and range, its default and its help line. Which groups a command takes
stands in `commands`. Models are validated once, by `merge.validated`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator


def setting(
    default: Any = ...,
    help: str = "",
    *flags: str,
    positional: bool = False,
    repeated: bool = False,
    **limits: Any,
) -> Any:
    """Declare a setting: default, help line, short flags (`"lr"`, `"o"`), and pydantic's limits (`gt=0`).

    The values of a tuple stand between commas, unless it is positional or its flag is `repeated`.
    """
    extra: dict[str, Any] = {"flags": list(flags), "positional": positional, "repeated": repeated}
    return Field(default, description=help, json_schema_extra=extra, **limits)


class Group(BaseModel):
    """Settings that belong together; in a group with a `name`, a bare value means that name."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    @model_validator(mode="before")
    @classmethod
    def _bare_value_is_name(cls, value: Any) -> Any:
        return {"name": value} if "name" in cls.model_fields and isinstance(value, str | Path) else value
