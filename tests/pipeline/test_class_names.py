from __future__ import annotations

import json

import pytest

from makd.config.data import DataSettings
from makd.errors import UsageError
from makd.pipeline.class_names import is_list, read_class_names
from makd.progress import Silent

COCO = {
    "images": [],
    "categories": [
        {"id": 18, "name": "dog", "supercategory": "animal"},
        {"id": 3, "name": "traffic_light", "supercategory": "outdoor"},
    ],
}


def names(path, **more):
    return read_class_names(DataSettings(name=str(path), **more), Silent())


def test_categories_of_coco_annotations_are_classes_by_id(tmp_path):
    (tmp_path / "boxes.json").write_text(json.dumps(COCO))
    assert names(tmp_path / "boxes.json") == ("boxes", ("traffic light", "dog"))
    assert names(tmp_path / "boxes.json", source="mine").source == "mine"


def test_a_data_set_of_annotations_has_the_categories_of_its_instances(tmp_path):
    folder = tmp_path / "coco" / "annotations"
    folder.mkdir(parents=True)
    (folder / "person_keypoints_val2017.json").write_text('{"categories": [{"id": 1, "name": "person"}]}')
    (folder / "captions_val2017.json").write_text('{"annotations": []}')
    (folder / "instances_val2017.json").write_text(json.dumps(COCO))
    assert names(tmp_path / "coco") == ("coco", ("traffic light", "dog"))
    assert is_list(DataSettings(name=str(tmp_path / "coco")))


def test_annotations_under_other_names_add_up(tmp_path):
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations" / "train.json").write_text(json.dumps(COCO))
    (tmp_path / "annotations" / "val.json").write_text('{"categories": [{"id": 4, "name": "cat"}]}')
    assert names(tmp_path).names == ("traffic light", "cat", "dog")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1, 2]", "no COCO annotations"),
        ('{"categories": []}', "no COCO annotations"),
        ('{"categories": ["dog"]}', "a category is 'dog'"),
        ('{"categories": [{"id": 1}]}', 'should have an "id" and a "name"'),
        ("{", "is no JSON"),
        (None, "cannot be read"),
    ],
)
def test_a_json_that_is_none_is_told_what_it_lacks(tmp_path, text, message):
    if text is not None:
        (tmp_path / "a.json").write_text(text)
    with pytest.raises(UsageError, match=message):
        names(tmp_path / "a.json")


def test_packaged_lists_by_name_unless_something_of_that_name_is_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert names("oxford-pets").names[:2] == ("Abyssinian", "American Bulldog")
    (tmp_path / "coco").write_text("one\ntwo\n")
    assert names("coco") == ("coco", ("one", "two"))


def test_a_known_data_set_with_its_files_is_no_list(tmp_path):
    assert is_list(DataSettings(name="cub200"))
    assert not is_list(DataSettings(name="cub200", root=tmp_path))
