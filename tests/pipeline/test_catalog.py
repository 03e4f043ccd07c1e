from pathlib import Path

import pytest

from makd.config.data import DataSettings
from makd.data.samples import Catalog, Sample
from makd.errors import UsageError
from makd.pipeline.catalog import open_catalog
from makd.progress import Silent


def test_pictures_are_known_by_their_folder_or_by_the_name_given(folder: Path) -> None:
    assert open_catalog(DataSettings(name=str(folder)), Silent()).source == folder.name
    moved = open_catalog(DataSettings(name=str(folder), source="squares"), Silent())
    assert moved.source == "squares"
    assert moved.samples == open_catalog(DataSettings(name=str(folder)), Silent()).samples


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"name": "fieldguide", "train_per_class": 5}, "fieldguide comes with its splits"),
        ({"name": "pictures", "draw": 2}, "only fieldguide has draws of species, 'pictures' has none"),
        ({"name": "fieldguide", "root": "x"}, "--data.root: only known data sets .* 'fieldguide' has none"),
        ({"name": "dtd", "label_column": "x"}, "--data.label-column: only data sets of the hub"),
        ({"name": "hf:x/y", "root": "x"}, "--data.root: only known data sets"),
        ({"name": "pictures", "root": "x"}, "--data.root: goes with the name of a known data set"),
        ({"name": "cub20"}, r"no data at cub20, nor a data set of that name\. Did you mean 'cub200'"),
        ({"name": "cub200"}, "--data.root: cub200 needs the folder of its files"),
        ({"name": "coco"}, "coco is a data set for detection"),
    ],
)
def test_settings_that_mean_nothing_to_the_data_are_refused(
    settings: dict[str, object], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        open_catalog(DataSettings.model_validate(settings), Silent())


def test_a_known_name_is_read_from_its_root_and_divided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("accordion", "airplanes", "yin_yang"):
        for number in range(4):
            picture = tmp_path / "101_ObjectCategories" / name / f"image_{number:04d}.jpg"
            picture.parent.mkdir(parents=True, exist_ok=True)
            picture.write_bytes(b"x")
    settings = DataSettings(name="caltech101", root=tmp_path)
    catalog = open_catalog(settings, Silent())
    assert (catalog.source, catalog.root) == ("caltech101", tmp_path / "101_ObjectCategories")
    assert catalog.sizes() == {"train": 6, "val": 3, "test": 3}
    # a folder of that name is data of its own, unless a root is named
    (tmp_path / "101_ObjectCategories").rename(tmp_path / "caltech101")
    monkeypatch.chdir(tmp_path)
    assert open_catalog(DataSettings(name="caltech101"), Silent()).root == Path("caltech101")
    assert open_catalog(settings, Silent()).root == tmp_path / "caltech101"


def test_a_data_set_of_the_hub_is_known_by_its_prefix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: dict[str, object] = {}
    samples = (Sample("a", Path("a"), 0, "x", "train"), Sample("b", Path("b"), 0, "x", "val"))
    catalog = Catalog("b", Path(), ("x",), (*samples, Sample("c", Path("c"), 0, "x", "test")))

    def read_hub(name: str, **options: object) -> object:
        called.update(options, name=name)
        return catalog

    monkeypatch.setattr("makd.data.hub.read.read_hub", read_hub)
    settings = DataSettings(name="hf:a/b", config="c", revision="d", image_column="e", label_column="f")
    assert open_catalog(settings, Silent()).samples == catalog.samples
    del called["progress"]
    assert called == {
        "name": "a/b", "config": "c", "revision": "d", "image_column": "e", "label_column": "f",
    }  # fmt: skip
