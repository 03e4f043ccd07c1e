from __future__ import annotations

import numpy as np
import pytest

from makd.answers.truth import read_truth
from makd.errors import UsageError

KEYS, IDS = ("a/1.png", "b/2.png"), ("red", "round", "wings")


def test_cells_by_key_and_id(tmp_path):
    file = tmp_path / "truth.csv"
    file.write_text("key,round,colour,red\nb/2.png,1,blue,No\nc/3.png,1,red,1\na/1.png,,red,TRUE\n")
    expected = [[1, np.nan, np.nan], [0, 1, np.nan]]
    np.testing.assert_array_equal(read_truth(file, KEYS, IDS), expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image,red\na/1.png,1\n", "lacks a column `key`; it has image, red"),
        ("key,rot\na/1.png,1\n", r"lacks a column of a question \(red, round, wings, …\)"),
        ("key,red\n1.png,1\n", "knows none of the 2 pictures; .* such as a/1.png"),
        ("key,red\na/1.png,maybe\n", "line 2, red: 'maybe' is neither 1 nor 0 nor empty"),
    ],
)
def test_what_cannot_be_understood_is_refused(tmp_path, text, message):
    file = tmp_path / "truth.csv"
    file.write_text(text)
    with pytest.raises(UsageError, match=message):
        read_truth(file, KEYS, IDS)


def test_no_file(tmp_path):
    with pytest.raises(UsageError, match="cannot be read as CSV"):
        read_truth(tmp_path / "none.csv", KEYS, IDS)
