"""The errors that makd raises on purpose, each written for the person who meets it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class MakdError(Exception):
    """Something failed while running; the command line prints it as one sentence and exits with 1."""

    exit_code = 1


class UsageError(MakdError):
    """What was asked for cannot be done as asked (settings, paths, names); exits with 2, nothing written."""

    exit_code = 2


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return " Did you mean 'x' or 'y'?" for the names in `known` nearest to `name`, or an empty string."""
    near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.7)
    return f" Did you mean {' or '.join(repr(match) for match in near)}?" if near else ""
