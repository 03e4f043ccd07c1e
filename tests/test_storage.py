from __future__ import annotations

import hashlib
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest

from makd import storage


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    path = tmp_path / "new" / "a.txt"
    storage.write_text(path, "first")
    with pytest.raises(UnicodeEncodeError):
        storage.write_text(path, "half \udcff")
    assert path.read_text() == "first"
    assert [entry.name for entry in path.parent.iterdir()] == ["a.txt"]
    assert path.stat().st_mode & 0o777 == 0o666 & ~storage._umask()


def test_what_a_killed_writer_leaves_is_known_as_such(tmp_path):
    with (
        storage.replacing(tmp_path / "config.yaml") as file,
        storage.creating_folder(tmp_path / "a") as folder,
    ):
        assert all(map(storage.is_temporary, (file, folder)))
    for kept in ("config.yaml", "a", ".lock", "notes.tmp"):
        assert not storage.is_temporary(tmp_path / kept)


def test_json_without_nan(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        storage.write_json(tmp_path / "a.json", {"x": float("nan")})
    assert not list(tmp_path.iterdir())


def test_a_file_is_created_once(tmp_path):
    storage.create_text(tmp_path / "a", "first")
    with pytest.raises(FileExistsError):
        storage.create_text(tmp_path / "a", "second")
    assert (tmp_path / "a").read_text() == "first"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def _add_one(folder: Path) -> None:
    for _ in range(50):
        with storage.locked(folder):
            count = int((folder / "count").read_text())
            (folder / "count").write_text(str(count + 1))


def test_a_lock_keeps_processes_apart(tmp_path):
    (tmp_path / "count").write_text("0")
    processes = [
        multiprocessing.get_context("spawn").Process(target=_add_one, args=(tmp_path,)) for _ in range(3)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        process.close()
    assert (tmp_path / "count").read_text() == "150"


def test_the_cache_goes_where_it_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("MAKD_CACHE", str(tmp_path))
    assert storage.cache_dir() == tmp_path


def test_importing_it_loads_nothing_heavy():
    code = "import sys, makd.storage; sys.exit(any(m in sys.modules for m in ('torch', 'pyarrow', 'numpy')))"
    assert subprocess.run([sys.executable, "-c", code], check=False, env=dict(os.environ)).returncode == 0


def test_a_files_hash_is_that_of_its_content(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    assert storage.file_hash(tmp_path / "file") == hashlib.sha256(b"abc").hexdigest()
