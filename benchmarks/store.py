"""The answer store in large: seconds to open, to draw a batch, to resume; memory a row.

A store of 1.2 million pictures and 50 questions, written in parts of 256 rows, is compacted and opened in a
fresh process; a store of 100,000 rows is resumed with nothing left to ask; extractions of 1,000 and 20,000
pictures with a teacher that costs nothing show the memory that a row takes. From the repository's root:

    python -m benchmarks.store
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from makd.answers import parts
from makd.answers.compact import compact
from makd.answers.extract import extract_answers
from makd.answers.index import open_index
from makd.answers.manifest import Manifest
from makd.answers.parts import write_part
from makd.answers.store import AnswerStore
from makd.data.samples import Sample
from makd.questions.bank import Question, QuestionBank
from makd.storage import write_json
from makd.teachers.base import Answer, Need, TeacherCard
from makd.training.targets import Targets

BANK = QuestionBank.from_texts([f"Is it so in respect {i}?" for i in range(50)])
CARD = TeacherCard("benchmark")
BATCH = 256


class Nobody:
    """Answers at once, the same to everything."""

    card = CARD
    needs: Need = "image"

    def answer(self, samples: Iterable[Sample], questions: Sequence[Question]) -> Iterator[Answer]:
        """Yield zeros."""
        for sample in samples:
            zeros = np.zeros(len(questions), dtype=np.float32)
            yield Answer(sample.key, zeros, zeros)


def main() -> None:
    """Measure in processes of their own; print, and write `benchmarks/results/store.json`."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_200_000)
    parser.add_argument("--resume-rows", type=int, default=100_000)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/store.json"))
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    parser.add_argument("--measure", choices=MEASURES, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        print(json.dumps(MEASURES[asked.measure](Path(asked.folder), asked.rows)))
        return
    results: dict[str, Any] = {"machine": platform.processor() or platform.machine(), "questions": len(BANK)}
    for name, rows in (("large", asked.rows), ("resume", asked.resume_rows)):
        with tempfile.TemporaryDirectory() as folder:
            results[name] = {"rows": rows}
            for measure in [each for each in MEASURES if each.startswith(name)]:
                results[name] |= _in_a_process(measure, folder, rows)
                print(name, json.dumps(results[name]), flush=True)
    peaks = {}
    for rows in (1_000, 20_000):
        with tempfile.TemporaryDirectory() as folder:
            peaks[rows] = _in_a_process("extract", folder, rows)["peak_bytes"]
    a_row = (peaks[20_000] - peaks[1_000]) / 19_000
    results["extraction"] = {"peak_bytes": peaks, "bytes_a_row": round(a_row)}
    print("extraction", json.dumps(results["extraction"]))
    write_json(asked.out, results)


def _in_a_process(measure: str, folder: str, rows: int) -> dict[str, Any]:
    words = ["--measure", measure, "--folder", folder, "--rows", str(rows)]
    run = [sys.executable, "-m", "benchmarks.store", *words]
    found: dict[str, Any] = json.loads(subprocess.run(run, check=True, stdout=subprocess.PIPE).stdout)
    return found


def _write(folder: Path, rows: int) -> dict[str, Any]:
    """Write a store as extraction does, in parts of 256 rows; the pictures are never looked at."""
    store = AnswerStore.create(folder / "store", Manifest.of(CARD, BANK)).path
    rng = np.random.default_rng(0)
    for number, start in enumerate(range(0, rows, parts.ROWS_A_FLUSH)):
        keys = [_key(i) for i in range(start, min(start + parts.ROWS_A_FLUSH, rows))]
        seen = [(1, 1, hashlib.sha256(key.encode()).hexdigest()) for key in keys]
        _write_part(store, number, keys, seen, rng)
    return {}


def _write_part(
    store: Path, number: int, keys: list[str], seen: list[tuple[int, int, str]], rng: np.random.Generator
) -> None:
    n, q = len(keys), len(BANK)
    offsets = pa.array(np.arange(n + 1, dtype=np.int32) * q)
    numbers = pa.ListArray.from_arrays(offsets, pa.array(rng.normal(0, 3, n * q).astype(np.float32)))
    soft = pa.ListArray.from_arrays(offsets, pa.array(["soft"] * (n * q)))
    size, mtime, sha256 = zip(*seen, strict=True)
    table = pa.table(
        {
            "source": ["data"] * n,
            "key": keys,
            "instance": [None] * n,
            "box": [None] * n,
            "split": ["train"] * n,
            "size": size,
            "mtime": mtime,
            "sha256": sha256,
            "log_odds": numbers,
            "yes_no_mass": numbers,
            "kind": soft,
            "path": ["packed"] * n,
        }
    )
    file = store / f"part-{0:08x}-{number:05d}.parquet"
    write_part(file, table.cast(parts.schema()), BANK.hashes, time.time_ns())


def _key(i: int) -> str:
    return f"n{i % 1000:08d}/n{i % 1000:08d}_{i}.JPEG"


def _compact(folder: Path, rows: int) -> dict[str, Any]:
    start = time.perf_counter()
    done = compact(folder / "store")
    return {
        "parts_before": done.parts_before,
        "parts": done.parts_after,
        "compact_seconds": _since(start),
        "compact_bytes_a_row": round(_peak() / rows),
    }


def _open(folder: Path, rows: int) -> dict[str, Any]:
    """Open in a fresh process, as training does; draw batches by key and by row."""
    start = time.perf_counter()
    store = AnswerStore.open(folder / "store")
    targets = Targets.from_answers(open_index(store, "data"), BANK)
    opened = _since(start)
    start = time.perf_counter()
    places = targets.find([_key(i) for i in range(rows)])
    found = _since(start)
    rng = np.random.default_rng(0)
    draws = [rng.integers(0, rows, BATCH) for _ in range(300)]
    keys = iter([[_key(int(i)) for i in draw] for draw in draws])
    by_row = _median(lambda draw: targets.take(places[draw]), draws)
    by_key = _median(lambda _: targets.rows(next(keys)), draws)
    return {
        "open_seconds": opened,
        "find_all_seconds": found,
        "batch_ms": round(1000 * by_row, 4),
        "batch_by_key_ms": round(1000 * by_key, 4),
    }


def _pictures(folder: Path, rows: int) -> list[Sample]:
    (folder / "data").mkdir()
    samples = []
    for i in range(rows):
        path = folder / "data" / f"{i:06d}.jpg"
        path.write_bytes(i.to_bytes(4, "little"))
        samples.append(Sample(path.name, path, 0, "a", "train"))
    return samples


def _resume(folder: Path, rows: int) -> dict[str, Any]:
    """Take up a store of many small parts in which nothing is left to ask; then the same, compacted."""
    samples = _pictures(folder, rows)
    store = folder / "store"
    extract_answers(samples, Nobody(), BANK, store, source="data")
    seconds = {}
    for name in ("seconds", "seconds_compacted"):
        start = time.perf_counter()
        summary = extract_answers(samples, Nobody(), BANK, store, source="data")
        seconds[name] = _since(start)
        if summary.skipped != rows:
            raise SystemExit(f"{summary.skipped} of {rows} were skipped")
        compact(store)
    return {"parts": -(-rows // parts.ROWS_A_FLUSH), **seconds}


def _extract(folder: Path, rows: int) -> dict[str, Any]:
    extract_answers(_pictures(folder, rows), Nobody(), BANK, folder / "store", source="data")
    return {"peak_bytes": _peak()}


def _median(draw: Callable[[Any], object], draws: list[Any]) -> float:
    seconds = []
    for each in draws:
        start = time.perf_counter()
        draw(each)
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds[len(seconds) // 3 :]))


def _since(start: float) -> float:
    return round(time.perf_counter() - start, 3)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


MEASURES: dict[str, Callable[[Path, int], dict[str, Any]]] = {
    "large-write": _write,
    "large-compact": _compact,
    "large-open": _open,
    "resume": _resume,
    "extract": _extract,
}

if __name__ == "__main__":
    main()
