from __future__ import annotations

import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from makd.data.sources import read_catalog
from makd.errors import UsageError


def test_class_folders(make_folder):
    root = make_folder({"dog": 2, "cat/house": 1, "cat/wild": 2})
    catalog = read_catalog(root)
    assert (catalog.source, catalog.root, catalog.classes) == ("pets", root, ("cat", "dog"))
    assert [(s.key, s.label, s.class_name, s.split) for s in catalog.samples] == [
        ("cat/house/000.png", 0, "cat", None),
        ("cat/wild/000.png", 0, "cat", None),
        ("cat/wild/001.png", 0, "cat", None),
        ("dog/000.png", 1, "dog", None),
        ("dog/001.png", 1, "dog", None),
    ]
    assert all(sample.path == root / sample.key for sample in catalog.samples)


@pytest.mark.parametrize("val", ["val", "valid", "validation"])
def test_folders_with_splits_inside(make_folder, val):
    root = make_folder({f"{split}/{name}": 1 for split in ("train", val, "test") for name in ("cat", "dog")})
    catalog = read_catalog(root)
    assert catalog.classes == ("cat", "dog")
    assert {(s.key.split("/")[0], s.split) for s in catalog.samples} == {
        ("train", "train"), (val, "val"), ("test", "test"),
    }  # fmt: skip


def test_a_class_may_be_called_train(make_folder):
    catalog = read_catalog(make_folder({"train": 1, "tram": 1, "test": 1}))
    assert catalog.classes == ("test", "train", "tram")
    assert {sample.split for sample in catalog.samples} == {None}


def test_what_is_no_picture_is_left_out_and_counted(make_folder, heard):
    files = ["readme.md", "cat/.hidden.png", "cat/notes.txt", "cat/b.txt", ".git/x/a.png", "dog/.trash/a.png"]
    catalog = read_catalog(make_folder({"cat": 1, "dog": 1, "empty": 0}, *files), heard)
    assert [sample.key for sample in catalog.samples] == ["cat/000.png", "dog/000.png"]
    (line,) = heard.lines
    assert "left out 5 entries" in line
    for kind in (".txt (2)", "hidden (1)", "empty/ without pictures (1)", "not in a class folder (1)"):
        assert kind in line


def test_linked_folders_inside_a_class_are_counted_not_followed(make_folder, heard):
    root = make_folder({"cat": 1, "dog": 1})
    (root / "cat" / "more").symlink_to(root / "dog")
    (root / "fox").symlink_to(root / "dog")  # a class itself may be a link
    catalog = read_catalog(root, heard)
    assert [sample.key for sample in catalog.samples] == ["cat/000.png", "dog/000.png", "fox/000.png"]
    assert heard.lines == [f"{root}: left out 1 entries that are no pictures of a class: linked folder (1)."]


def test_a_missing_path_names_its_neighbours(make_folder):
    root = make_folder({"cat": 1, "dog": 1})
    with pytest.raises(UsageError, match=r"no data at .*pest\. Did you mean 'pets'\?"):
        read_catalog(root.with_name("pest"))
    with pytest.raises(UsageError, match=r"Nor is there .*nowhere"):
        read_catalog(root / "nowhere" / "pets")


def test_folders_without_pictures_or_with_one_class_are_refused(make_folder):
    root = make_folder({"cat": 0})
    with pytest.raises(UsageError, match=r"holds no pictures in class folders: expected .*CLASS/PICTURE"):
        read_catalog(root)
    (root / "cat" / "a.jpg").touch()
    with pytest.raises(UsageError, match="one class only, 'cat'"):
        read_catalog(root)


def write_csv(root, text):
    path = root / "table.csv"
    path.write_text(text)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_csv_manifest(make_folder, encoding):
    root = make_folder({"a": 2, "b": 1})
    (root / "table.csv").write_text(
        "label,image,split,other\nz,b/000.png,test,1\ny,./a/000.png,train,2\ny,a/../a/001.png,val,3\n",
        encoding,
    )
    catalog = read_catalog(root / "table.csv")
    assert (catalog.source, catalog.root, catalog.classes) == ("table", root, ("y", "z"))
    assert [(s.key, s.class_name, s.split) for s in catalog.samples] == [
        ("a/000.png", "y", "train"),
        ("a/001.png", "y", "val"),
        ("b/000.png", "z", "test"),
    ]


def test_parquet_manifest_equals_csv(make_folder):
    root = make_folder({"a": 2})
    pq.write_table(pa.table({"image": ["a/000.png", "a/001.png"], "label": [7, 12]}), root / "table.parquet")
    csv = write_csv(root, "image,label\na/000.png,7\na/001.png,12\n")
    assert read_catalog(root / "table.parquet") == read_catalog(csv)


def test_a_table_with_the_pictures_inside_is_told_how_to_be_read(tmp_path):
    path = tmp_path / "table.parquet"
    pq.write_table(pa.table({"image": [{"bytes": b"x", "path": None}], "label": [0]}), path)
    with pytest.raises(UsageError, match=rf"image holds struct.*, not text.* is read as hf:{path}"):
        read_catalog(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "image,class\na/000.png,x\n",
            r"lacks the column label of image,label\[,split\]; it has 'image', 'class'",
        ),
        ("", "lacks the column image and label .*; it has none"),
        ("image,label\n", "has no rows"),
        ("image,label\na/000.png,x\na/001.png,\n", "row 2: label is empty"),
        ("image,label\n,x\n", "row 1: image is empty"),
        ("image,label\na/000.png,x\na/001.png,x\n", "one class only"),
        ("image,label,split\na/000.png,x,trian\n", "row 1: unknown split 'trian'.* Did you mean 'train'"),
        ("image,label,split\na/000.png,x\n", "row 1: unknown split ''"),
        ("image,label\na/000.png,x\n./a/000.png,y\n", "1 images stand more than once: a/000.png"),
        ("image,label\na/000.png,x\na/7.png,y\nb.png,y\n", "2 of 3 images have no file: a/7.png, b.png$"),
    ],
)
def test_faulty_manifests_are_refused(make_folder, text, said):
    root = make_folder({"a": 2})
    with pytest.raises(UsageError, match=said):
        read_catalog(write_csv(root, text))


def test_many_missing_files_are_counted_not_all_listed(make_folder):
    rows = "".join(f"{i}.png,{i % 2}\n" for i in range(30))
    with pytest.raises(
        UsageError, match=r"30 of 30 images have no file: 0.png, 1.png, 2.png, 3.png, 4.png, …$"
    ):
        read_catalog(write_csv(make_folder({"a": 1}), "image,label\n" + rows))


@pytest.mark.parametrize("name", ["table.csv", "table.parquet"])
def test_files_that_are_no_tables_are_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"\xff\xfe\x00\x01 nonsense")
    with pytest.raises(UsageError, match=r"cannot be read as a CSV or Parquet manifest"):
        read_catalog(tmp_path / name)


def test_importing_it_loads_nothing_heavy():
    code = (
        "import sys, makd.data.sources, makd.data.splits;"
        "sys.exit(any(m in sys.modules for m in ('torch', 'pyarrow', 'numpy', 'PIL')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
