"""Where makd keeps its files, and how it writes them so that none is ever half there."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from makd.errors import MakdError


def cache_dir() -> Path:
    """Return the folder of everything that makd can make again: `MAKD_CACHE`, or the platform's place."""
    if chosen := os.environ.get("MAKD_CACHE"):
        return Path(chosen).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "makd"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "makd"


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's content, 64 hexadecimal digits.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it is fsynced and renamed to `path`, else removed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=f".tmp{path.suffix}", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
        _sync_directory(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def creating_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary folder beside `path`; on success its files are fsynced and it is renamed to `path`.

    When another process has made `path` meanwhile, that one stays. On failure nothing is left.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{path.name.lstrip('.')}.", suffix=".tmp", dir=path.parent))
    try:
        yield temporary
        _sync_files([file for file in temporary.rglob("*") if file.is_file()])
        temporary.chmod(0o777 & ~_umask())
        try:
            temporary.rename(path)
        except OSError:
            if not path.is_dir():
                raise
        _sync_directory(path.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


_TEMPORARY = ".*.tmp*"
"""What `replacing`, `creating_folder` and `create_text` call what is not yet whole."""


def is_temporary(path: Path) -> bool:
    """Return whether `path` is what a writer has not finished, perhaps because it was killed."""
    return path.match(_TEMPORARY)


def is_vacant(path: Path) -> bool:
    """Return whether nothing is at `path`, or a directory in which nothing is whole."""
    return not path.exists() or (path.is_dir() and all(map(is_temporary, path.iterdir())))


_NOT_WRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM)


@contextlib.contextmanager
def disk_trouble_told(place: Path, advice: str) -> Iterator[None]:
    """Turn what a full or locked disk raises into one sentence about `place`, with what to do.

    Raises:
        MakdError: the disk is full, a quota is used up, or nothing may be written there.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _NOT_WRITABLE:
            raise
        raise MakdError(f"{place} cannot be written: {os.strerror(error.errno)}. {advice}") from error


def remove_leftovers(folder: Path, older_than: float = 3600.0) -> None:
    """Remove the temporary files and folders of writers that were killed, `older_than` so many seconds."""
    for entry in [*folder.glob(_TEMPORARY)]:
        with contextlib.suppress(OSError):
            if time.time() - entry.stat().st_mtime < older_than:
                continue
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()


def write_text(path: Path, text: str) -> None:
    """Write `text` (UTF-8) to `path`, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def create_text(path: Path, text: str) -> None:
    """Write `text` (UTF-8) to the new file `path`, whole or not at all.

    Raises:
        FileExistsError: there is one already, perhaps written by another process a moment ago.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        write_text(temporary, text)
        os.link(temporary, path)  # unlike a rename, never replaces
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Write `value` to `path` as indented JSON, whole or not at all; NaN is refused."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


@contextlib.contextmanager
def locked(folder: Path, purpose: str = "") -> Iterator[None]:
    """Hold `folder` (made when absent) against other makd processes that ask for the same purpose.

    File systems without locks grant it to everyone.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f".{purpose}lock").open("w") as lock:
        with contextlib.suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield  # closing the file lets go


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


_MANY = 100
"""So many files are synced by one call for everything, sooner than one by one."""


def _sync_files(files: Sequence[Path]) -> None:
    if len(files) > _MANY:
        os.sync()
        return
    for file in files:
        with file.open("rb") as written:
            os.fsync(written.fileno())


def _sync_directory(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
