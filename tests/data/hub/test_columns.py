from __future__ import annotations

import datasets
import pytest

from makd.data.hub.columns import namer, pick_columns
from makd.errors import UsageError

IMAGE, NAMED, TEXT = datasets.Image(), datasets.ClassLabel(names=["a", "b"]), datasets.Value("string")


@pytest.mark.parametrize(
    ("features", "found"),
    [
        ({"x": IMAGE, "y": NAMED, "label": TEXT}, ("x", "y")),
        ({"mask": IMAGE, "image": IMAGE, "coarse": NAMED, "label": NAMED}, ("image", "label")),
        ({"img": IMAGE, "text": TEXT, "category": TEXT}, ("img", "category")),
    ],
)
def test_types_come_first_then_usual_names(features, found):
    assert pick_columns(features, None, None) == found


def test_what_may_be_several_is_asked_for():
    features = {"left": IMAGE, "right": IMAGE, "fine": NAMED, "coarse": NAMED, "note": TEXT}
    with pytest.raises(UsageError, match=r"any of left, right may be the images; .*--data\.image-column"):
        pick_columns(features, None, "fine")
    with pytest.raises(UsageError, match=r"any of fine, coarse may be the labels; .*--data\.label-column"):
        pick_columns(features, "left", None)
    assert pick_columns(features, "right", "note") == ("right", "note")
    with pytest.raises(UsageError, match=r"'fin' is no column of labels; .*Did you mean 'fine'"):
        pick_columns(features, "left", "fin")
    with pytest.raises(UsageError, match=r"left \(Image\), note \(Value\) none holds labels"):
        pick_columns({"left": IMAGE, "note": TEXT}, None, None)


def test_values_become_names():
    assert [namer(NAMED)(value) for value in (1, 0, -1, None)] == ["b", "a", "", ""]
    assert [namer(TEXT)(value) for value in (" x ", None, "")] == ["x", "", ""]
    assert namer(datasets.Value("int64"))(0) == "0"
