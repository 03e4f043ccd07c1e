from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from makd.data import duplicates
from makd.data.duplicates import Twin, same_bytes, same_looks
from makd.data.samples import Sample
from tests.data.test_looks import scene


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MAKD_CACHE", str(tmp_path / "cache"))


def sample(root: Path, key: str, split, content: bytes | None, label: int = 0) -> Sample:
    if content is not None:
        (root / key).write_bytes(content)
    return Sample(key, root / key, label, str(label), split)


def test_equal_files_in_two_splits(tmp_path, monkeypatch):
    def add(key, split, content, label=0):
        return sample(tmp_path, key, split, content, label)

    samples = [
        add("a", "train", b"x" * 9000),
        add("b", "train", b"x" * 9000),  # twice in train: no matter
        add("c", "test", b"x" * 9000, label=1),
        add("d", "val", b"x" * 9000),
        add("e", "test", b"x" * 8999 + b"y"),  # equal in size and middle only
        add("f", "test", b"x" * 4000 + b"y" * 5000),  # equal in size only
        add("g", "test", b"z"),
        add("h", "test", b"z"),  # twice in test
        add("i", "train", None),  # no file
    ]
    found = same_bytes(samples)
    assert found == (
        Twin("c", "test", "a", "train", False),
        Twin("c", "test", "d", "val", False),
        Twin("d", "val", "a", "train", True),
    )
    with monkeypatch.context() as patch:
        patch.setattr(duplicates, "_probe", lambda _: pytest.fail("read again"))
        assert same_bytes(samples) == found
    (tmp_path / "c").write_bytes(b"x" * 9001)
    assert same_bytes(samples) == found[2:]
    assert same_bytes([replace(each, split="train") for each in samples]) == ()


def test_files_of_a_size_of_their_own_are_not_opened(tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr(duplicates, "_probe", lambda path: opened.append(path.name))
    same_bytes(
        [sample(tmp_path, f"{n}", "test" if n % 2 else "train", b"x" * (n // 2 * 2)) for n in (1, 4, 6)]
    )
    assert opened == []
    same_bytes(
        [sample(tmp_path, f"{n}", "test" if n % 2 else "train", b"x" * (n // 2 * 2)) for n in (4, 5, 6)]
    )
    assert sorted(opened) == ["4", "5"]


def test_pictures_of_equal_looks(tmp_path, monkeypatch):
    for name, seed, size in (
        ("a.png", 1, (200, 150)),
        ("b.jpg", 1, (100, 75)),
        ("c.png", 2, (200, 150)),
        ("d.png", 3, (200, 150)),
        ("e.jpg", 3, (200, 150)),
    ):
        scene(seed, size).save(tmp_path / name)
    (tmp_path / "f.png").write_bytes(b"broken")
    (tmp_path / "g.png").write_bytes(b"broken too")
    splits = dict.fromkeys(("a.png", "c.png", "f.png"), "train") | {"d.png": "val"}
    samples = [
        sample(tmp_path, name, splits.get(name, "test"), None)
        for name in ("e.jpg", "b.jpg", "a.png", "c.png", "d.png", "f.png", "g.png")
    ]
    found = same_looks(samples)
    assert found == (
        Twin("b.jpg", "test", "a.png", "train", True),
        Twin("e.jpg", "test", "d.png", "val", True),
    )
    monkeypatch.setattr(duplicates, "looks_of", lambda *_: pytest.fail("decoded again"))
    assert same_looks(samples) == found
