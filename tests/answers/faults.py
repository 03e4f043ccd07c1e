"""What can befall an extraction, and what must hold afterwards; `test_faults` and `benchmarks.faults` use it.

Every fault ends alike: the same command, started again, leaves the store of an undisturbed run, row for row,
or a refusal has said why not.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from makd.answers import parts
from makd.answers.compact import compact
from makd.answers.extract import extract_answers
from makd.answers.store import AnswerStore
from makd.data.samples import Sample
from makd.errors import MakdError
from makd.questions.bank import QuestionBank
from tests.answers.conftest import HashTeacher

ROOT = Path(__file__).parents[2]
TEXTS = ["Is it red?", "Is it round?", "Has it wings?", "Is it old?"]


@dataclass(frozen=True)
class World:
    """Pictures, and how they are asked about.

    Attributes:
        folder: where everything lies.
        n: number of pictures.
        pause: seconds a picture takes the teacher.
        flush: rows a part.
    """

    folder: Path
    n: int = 60
    pause: float = 0.01
    flush: int = 7

    def draw(self) -> World:
        """Make the pictures."""
        (self.folder / "data").mkdir(parents=True)
        for i in range(self.n):
            (self.folder / "data" / f"{i:04d}.jpg").write_bytes(f"picture {i}".encode())
        return self

    def ask(self, store: Path, questions: int = 3) -> None:
        """Extract in this process."""
        pictures = sorted((self.folder / "data").iterdir())
        samples = [Sample(path.name, path, 0, "a", "train") for path in pictures]
        bank = QuestionBank.from_texts(TEXTS[:questions])
        extract_answers(samples, Patient(pause=self.pause), bank, store, source="data")

    def start(self, store: Path, verb: str = "extract", limit: int | None = None) -> subprocess.Popen[str]:
        """Extract (or compact) in a process of its own; return it once its work begins.

        Args:
            store: where to.
            verb: `extract` or `compact`.
            limit: greatest size of a file that it may write, in bytes.
        """
        places = [str(ROOT), os.environ.get("PYTHONPATH", "")]
        words = (verb, self.folder, store, self.n, self.pause, self.flush, limit or 0)
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.answers.faults", *map(str, words)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, places))},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    def undisturbed(self, questions: int = 3) -> list[Any]:
        """Return what a store holds when nothing befalls it."""
        store = self.folder / f"undisturbed-{time.time_ns()}"
        World(self.folder, self.n, 0.0, self.flush).ask(store, questions)
        return content(store)


class Patient(HashTeacher):
    """Takes its time over each picture."""

    def __init__(self, pause: float) -> None:
        super().__init__()
        self.pause = pause

    def _reply(self, waiting: Any, questions: Any) -> Any:
        for reply in super()._reply(waiting, questions):
            time.sleep(self.pause)
            yield reply


def content(store: Path) -> list[Any]:
    """Return all that a store says about each picture, in an order of its own."""
    opened = AnswerStore.open(store)
    answers, history = opened.answers(), opened.history("data")
    places = history.ids.find(answers.keys)
    columns = (answers.log_odds, answers.yes_no_mass, answers.kind)
    return [
        (key, *(column[i].tolist() for column in columns), history.seen(place), sorted(history.hashes(place)))
        for i, (key, place) in enumerate(zip(answers.keys, places.tolist(), strict=True))
    ]


def check(found: list[Any], expected: list[Any]) -> None:
    """Compare two contents.

    Raises:
        AssertionError: they differ.
    """
    differing = [a[0] for a, b in zip(found, expected, strict=False) if repr(a) != repr(b)]
    assert len(found) == len(expected), f"{len(found)} rows instead of {len(expected)}"
    assert not differing, f"{len(differing)} rows differ, {differing[0]} first"


def killed(world: World, verb: str, moments: list[float]) -> int:
    """Kill an extraction (or compaction) at each moment, a share of its time; return how many were killed."""
    count = 0
    expected = world.undisturbed()
    for moment in moments:
        store = world.folder / f"{verb}-{moment:.6f}"
        seconds = world.n * world.pause + 0.2
        if verb == "compact":
            World(world.folder, world.n, 0.0, world.flush).ask(store)
            seconds = 0.3
        process = world.start(store, verb)
        time.sleep(moment * seconds)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        count += process.returncode == -signal.SIGKILL
        World(world.folder, world.n, 0.0, world.flush).ask(store)
        check(content(store), expected)
        compact(store)
        check(content(store), expected)
    return count


def disk_full(world: World) -> str:
    """Fill the disk in the middle; return the sentence that was told."""
    with _small_disk(world.folder / "disk") as (folder, limit, more_room):
        store = folder / "store"
        process = world.start(store, limit=limit)
        _, told = process.communicate(timeout=60)
        assert process.returncode == 1, told
        kept = AnswerStore.open(store).answers()  # whatever is there is whole
        assert not list(store.glob(".part-*")), "a half-written part was left"
        assert len(kept.keys) < world.n
        more_room()
        world.ask(store)
        check(content(store), world.undisturbed())
    return told.strip()


@contextlib.contextmanager
def _small_disk(folder: Path) -> Iterator[tuple[Path, int | None, Callable[[], object]]]:
    """Yield a folder on a disk of 48 KiB and how to enlarge it; a limit on files where none can be had."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=48k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        yield folder, 3000, lambda: None
        return
    try:
        yield (
            folder,
            None,
            lambda: subprocess.run(["mount", "-o", "remount,size=64m", str(folder)], check=True),
        )
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def truncated(world: World) -> str:
    """Cut a part short by hand; return the refusal. Moved out, what it held is asked again."""
    store = world.folder / "truncated"
    world.ask(store)
    file = sorted(store.glob("part-*"))[2]
    file.write_bytes(file.read_bytes()[:-100])
    refusal = _refusal(lambda: world.ask(store))
    file.rename(world.folder / file.name)
    world.ask(store)
    check(content(store), world.undisturbed())
    return refusal


def two_at_once(world: World) -> None:
    """Run two extractions into one store."""
    store = world.folder / "two"
    for process in [world.start(store), world.start(store)]:
        _, told = process.communicate(timeout=120)
        assert process.returncode == 0, told
    check(content(store), world.undisturbed())


def changed_images(world: World) -> None:
    """Change some pictures between runs, touch one, remove one."""
    store = world.folder / "changed"
    world.ask(store)
    pictures = sorted((world.folder / "data").iterdir())
    pictures[3].write_bytes(b"another")
    pictures[5].write_bytes(pictures[5].read_bytes()[::-1])
    os.utime(pictures[8], ns=(1, 1))
    world.ask(store)
    expected = world.undisturbed()
    found = content(store)
    for row, other in zip(found, expected, strict=True):
        assert row[4].sha256 == other[4].sha256  # a touched picture keeps the time it was asked at
        assert (row[:4], row[5]) == (other[:4], other[5])


def extended_bank(world: World) -> None:
    """Ask one more question between runs."""
    store = world.folder / "extended"
    world.ask(store)
    world.ask(store, questions=4)
    check(content(store), world.undisturbed(questions=4))


def newer_manifest(world: World) -> str:
    """Meet a store of a newer makd; return the refusal."""
    store = world.folder / "newer"
    world.ask(store)
    file = store / "manifest.json"
    before = json.loads(file.read_text())
    file.write_text(json.dumps({**before, "schema_version": 99, "makd_version": "9.0"}))
    untouched = {path.name: path.read_bytes() for path in store.glob("[!.]*")}
    refusal = _refusal(lambda: world.ask(store))
    assert {path.name: path.read_bytes() for path in store.glob("[!.]*")} == untouched
    return refusal


def _refusal(run: Callable[[], object]) -> str:
    try:
        run()
    except MakdError as error:
        return str(error)
    raise AssertionError("it was not refused")


def random_moments(n: int, seed: int) -> list[float]:
    """Draw moments, as shares of the time that an undisturbed run takes."""
    draw = random.Random(seed)
    return [draw.random() for _ in range(n)]


def _child(verb: str, folder: str, store: str, n: str, pause: str, flush: str, limit: str) -> int:
    parts.ROWS_A_FLUSH = int(flush)
    if int(limit):
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    try:
        if verb == "compact":
            compact(Path(store))
        else:
            World(Path(folder), int(n), float(pause), int(flush)).ask(Path(store))
    except MakdError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(_child(*sys.argv[1:]))
