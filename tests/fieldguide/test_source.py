from __future__ import annotations

import csv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from makd.data.samples import Catalog, Split
from makd.errors import MakdError
from makd.fieldguide import WORLD_VERSION, species
from makd.fieldguide.attributes import ASPECTS, answers
from makd.fieldguide.source import TRUTH_FILE, materialize, truth

COUNTS: dict[Split, int] = {"train": 3, "val": 1, "test": 2}


def small(root: Path, draw: int = 0) -> Catalog:
    return materialize(draw, species=4, images_per_class=COUNTS, root=root)


def test_catalog_and_files(tmp_path: Path) -> None:
    catalog = small(tmp_path)
    assert catalog.source == "fieldguide-draw0"
    assert f"v{WORLD_VERSION}" in catalog.root.parts
    assert catalog.sizes() == {"train": 12, "val": 4, "test": 8}
    assert catalog.classes == tuple(kind.name for kind in species.draw_species(0, 4))
    assert [sample.key for sample in catalog.samples] == sorted(sample.key for sample in catalog.samples)
    for sample in catalog.samples:
        assert sample.label is not None
        assert sample.key == f"{sample.split}/{catalog.classes[sample.label]}/{Path(sample.key).name}"
        assert sample.path == catalog.root / sample.key
        with Image.open(sample.path) as image:
            assert (image.size, image.mode) == ((64, 64), "RGB")


def test_truth_is_that_of_the_individuals(tmp_path: Path) -> None:
    catalog = small(tmp_path)
    facts = truth(catalog.root)
    assert set(facts) == {sample.key for sample in catalog.samples}
    kind = species.draw_species(0, 4)[2]
    rng = np.random.default_rng((WORLD_VERSION, 0, 3, 2, 1))
    assert np.array_equal(facts[f"test/{kind.name}/0001.png"], answers(kind.individual(rng)))
    assert next(iter(facts.values())).shape == (len(ASPECTS),)


def test_written_once_and_equal_everywhere(tmp_path: Path) -> None:
    first, other = small(tmp_path / "a"), small(tmp_path / "b")
    for one, two in zip(first.samples, other.samples, strict=True):
        assert one.path is not None
        assert two.path is not None
        assert one.path.read_bytes() == two.path.read_bytes()
    marked = first.root / TRUTH_FILE
    before = marked.stat().st_mtime_ns
    assert small(tmp_path / "a") == first
    assert marked.stat().st_mtime_ns == before


def test_draws_differ(tmp_path: Path) -> None:
    assert small(tmp_path, 0).root != small(tmp_path, 1).root
    assert small(tmp_path, 0).classes != small(tmp_path, 1).classes


def test_several_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        catalogs = list(pool.map(lambda _: small(tmp_path), range(4)))
    assert all(catalog == catalogs[0] for catalog in catalogs)
    assert [path.name for path in catalogs[0].root.parent.iterdir()] == [catalogs[0].root.name]


def test_a_stopped_build_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("makd.fieldguide.world.picture", stop)
        with pytest.raises(KeyboardInterrupt):
            small(tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(small(tmp_path).samples) == 24


def test_no_world_and_another_world(tmp_path: Path) -> None:
    with pytest.raises(MakdError, match=r"no attributes\.csv"):
        truth(tmp_path)
    with (tmp_path / TRUTH_FILE).open("w", newline="") as file:
        csv.writer(file).writerow(["key", "split", "species", "red"])
    with pytest.raises(MakdError, match="lacks the columns round-body"):
        truth(tmp_path)
