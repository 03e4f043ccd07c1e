"""People's answers, from a table."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from makd.errors import UsageError
from makd.measures.information import Floats

_MEANINGS = {"1": 1.0, "0": 0.0, "yes": 1.0, "no": 0.0, "true": 1.0, "false": 0.0, "": np.nan}


def read_truth(path: Path, keys: Sequence[str], ids: Sequence[str]) -> Floats:
    """Read people's answers from a CSV with a column `key` and one a question id; other columns are ignored.

    Cells hold 1 or 0 (or yes, no, true, false); empty ones are not known.

    Returns:
        `[len(keys), len(ids)]`, NaN where the table says nothing.

    Raises:
        UsageError: the file cannot be read, lacks columns, knows none of the keys, or a cell is no answer.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file)
            names = list(table.fieldnames or ())
            rows = list(table)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"--truth {path} cannot be read as CSV: {error}.") from error
    columns = {id_: q for q, id_ in enumerate(ids) if id_ in names}
    if "key" not in names or not columns:
        lacking = (
            "a column `key`" if "key" not in names else f"a column of a question ({', '.join(ids[:3])}, …)"
        )
        raise UsageError(f"--truth {path} lacks {lacking}; it has {', '.join(names[:6]) or 'none'}.")
    place = {key: n for n, key in enumerate(keys)}
    truth = np.full((len(keys), len(ids)), np.nan)
    known = [(number, row) for number, row in enumerate(rows, 2) if row["key"] in place]
    if not known:
        raise UsageError(
            f"--truth {path} knows none of the {len(keys)} pictures; "
            f"a key is the path below the data's root, such as {keys[0] if keys else 'CLASS/PICTURE.jpg'}."
        )
    for number, row in known:
        for id_, q in columns.items():
            cell = (row[id_] or "").strip().lower()
            if cell not in _MEANINGS:
                raise UsageError(
                    f"--truth {path}, line {number}, {id_}: {cell!r} is neither 1 nor 0 nor empty."
                )
            truth[place[row["key"]], q] = _MEANINGS[cell]
    return truth
