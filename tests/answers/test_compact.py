from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from makd.answers import compact as compaction
from makd.answers import parts
from makd.answers.compact import compact
from makd.answers.extract import extract_answers
from makd.answers.index import open_index
from makd.answers.store import AnswerStore
from makd.data.samples import Sample
from makd.errors import UsageError
from makd.questions.bank import QuestionBank
from tests.answers.conftest import HashTeacher, log_odds

MORE = QuestionBank.from_texts(["Is it old?"])


def ask(samples, bank, store, teacher=None, source="data", **kwargs):
    return extract_answers(samples, teacher or HashTeacher(), bank, store, source=source, **kwargs)


def content(store: Path, source: str = "data"):
    opened = AnswerStore.open(store)
    answers = opened.answers(source=source)
    history = opened.history(source)
    asked = [(history.seen(i), sorted(history.hashes(i))) for i in history.ids.find(answers.keys)]
    return answers.keys, answers.log_odds.tolist(), answers.yes_no_mass.tolist(), answers.kind.tolist(), asked


def same(one, other) -> bool:
    return repr(one) == repr(other)  # NaN equals NaN here


@pytest.fixture
def scattered(make_samples, bank, tmp_path, monkeypatch) -> list[Sample]:
    """A store of many parts: an extended bank, changed pictures, kinds, a box, cells without an answer."""

    class Mixed(HashTeacher):
        def _reply(self, waiting, questions):
            for reply in super()._reply(waiting, questions):
                reply.log_odds[0] = np.nan
                yield replace(reply, kind=("soft", "hard", "bounded")[: len(questions)], path="packed")

    monkeypatch.setattr(parts, "ROWS_A_FLUSH", 3)
    samples = make_samples(20)
    store = tmp_path / "store"
    ask(samples[:12], bank, store)
    ask(samples[:5], MORE, store)
    samples[2].path.write_bytes(b"changed")
    samples[7].path.write_bytes(b"changed too")
    ask(samples[:3], bank, store)
    ask(samples[12:], bank, store, Mixed())
    ask([Sample("0000.jpg", samples[0].path, instance="4", box=(0.0, 1.0, 2.0, 3.5))], bank, store)
    return samples


def test_a_compacted_store_says_the_same(scattered, bank, tmp_path):
    store = tmp_path / "store"
    before, todo = content(store), ask(scattered, bank, tmp_path / "store2")
    files = len(list(store.glob("part-*")))
    done = compact(store)
    assert (done.rows, done.superseded, done.parts_before) == (21, 6, files)
    assert done.parts_after == len(list(store.glob("part-*"))) == 2  # asked three questions, or four
    assert same(content(store), before)
    assert compact(store).parts_before == compact(store).parts_after == 2
    assert todo.answered == 20
    assert ask(scattered, bank, store).answered == 1  # 0007.jpg has changed and was not asked again


def test_compacted_rows_hold_all_columns_of_the_newest(scattered, tmp_path):
    store = tmp_path / "store"
    compact(store)
    rows = {
        (row["key"], row["instance"]): row
        for f in store.glob("part-*")
        for row in pq.read_table(f).to_pylist()
    }
    assert len(rows) == 21
    assert rows["0000.jpg", "4"]["box"] == [0.0, 1.0, 2.0, 3.5]
    row = rows["0013.jpg", None]
    assert (row["kind"], row["path"], row["split"]) == (["soft", "hard", "bounded"], "packed", "train")
    assert row["source"] == "data"
    assert rows["0002.jpg", None]["size"] == len(b"changed")
    assert len(rows["0002.jpg", None]["log_odds"]) == 3
    assert len(rows["0001.jpg", None]["log_odds"]) == 4


def test_several_data_sets_stay_apart(scattered, bank, tmp_path):
    store = tmp_path / "store"
    ask(scattered[:4], bank, store, source="others")
    before = content(store), content(store, "others")
    compact(store)
    assert same((content(store), content(store, "others")), before)
    assert open_index(AnswerStore.open(store), "others").keys == content(store, "others")[0]


def test_large_stores_get_several_parts(scattered, tmp_path, monkeypatch):
    monkeypatch.setattr(compaction, "ROWS_A_PART", 6)
    before = content(tmp_path / "store")
    assert compact(tmp_path / "store").parts_after == 4
    assert same(content(tmp_path / "store"), before)
    assert compact(tmp_path / "store").parts_before == 4


def test_a_part_that_was_begun_before_is_older_row_by_row(make_samples, bank, tmp_path, monkeypatch):
    """Who writes while others compact: its row is newer than one compacted row and older than another."""
    samples = make_samples(2)
    store = tmp_path / "store"
    clock = iter(range(1_000, 9_000, 1_000))
    monkeypatch.setattr(parts.time, "time_ns", lambda: next(clock))
    ask(samples[:1], bank, store)  # 0000 at 1000
    samples[0].path.write_bytes(b"changed")
    (tmp_path / "aside").mkdir()
    known = set(store.glob("part-*"))
    ask(samples, bank, store)  # 0000 and 0001 at 2000, not seen by the compaction
    (late,) = set(store.glob("part-*")) - known
    late.rename(tmp_path / "aside" / late.name)
    samples[1].path.write_bytes(b"changed as well")
    ask(samples[1:], bank, store)  # 0001 at 3000
    compact(store)
    (tmp_path / "aside" / late.name).rename(store / late.name)
    expected = np.stack([log_odds(sample.path.read_bytes(), bank.questions) for sample in samples])
    np.testing.assert_array_equal(AnswerStore.open(store).answers().log_odds, expected)
    compact(store)
    np.testing.assert_array_equal(AnswerStore.open(store).answers().log_odds, expected)


def test_writers_and_readers_go_on_while_a_store_is_compacted(scattered, bank, tmp_path, monkeypatch):
    store = tmp_path / "store"
    before = AnswerStore.open(store).answers(["0001.jpg"]).log_odds
    read = parts.Part.read
    calls = []

    def compacting_in_between(self, columns, source=None):
        calls.append(self.file)
        if len(calls) == 3:
            compact(store)
        return read(self, columns, source)

    monkeypatch.setattr(parts.Part, "read", compacting_in_between)
    np.testing.assert_array_equal(AnswerStore.open(store).answers(["0001.jpg"]).log_odds, before)
    assert len(calls) > 3


def test_a_kill_at_any_moment_loses_nothing(scattered, bank, tmp_path):
    store = tmp_path / "store"
    before = content(store)
    places = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, places))}
    script = f"""
        import os, signal
        from pathlib import Path
        from makd.answers.compact import compact

        calls = int(os.environ["AFTER"])
        def killed(event, arguments):
            global calls
            if event in ("os.rename", "os.remove", "os.rmdir", "os.link"):
                calls -= 1
                if calls < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
        import sys
        sys.addaudithook(killed)
        compact(Path({str(store)!r}))
    """
    for after in (0, 1, 2, 3, 5, 9):
        run = [sys.executable, "-c", textwrap.dedent(script)]
        ended = subprocess.run(run, env={**environment, "AFTER": str(after)}, check=False)
        assert same(content(store), before)
        if ended.returncode == 0:
            break
        assert ended.returncode == -signal.SIGKILL
    compact(store)
    assert same(content(store), before)
    assert compact(store).superseded == 0


def test_leftovers_of_killed_writers_go_when_they_are_old(store, bank):
    old, new = store.path / ".part-a-00000.parquet.x.tmp.parquet", store.path / ".index-a.y.tmp"
    old.write_bytes(b"half")
    new.mkdir()
    os.utime(old, (time.time() - 7200,) * 2)
    compact(store.path)
    assert not old.exists()
    assert new.exists()


def test_what_is_no_store_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no answer store"):
        compact(tmp_path / "nothing")


def test_what_others_write_meanwhile_stays(make_samples, bank, tmp_path, monkeypatch):
    samples = make_samples(6)
    store = tmp_path / "store"
    ask(samples[:2], bank, store)
    ask(samples[2:3], bank, store)
    write = compaction.write_part

    def with_another(*arguments):
        ask(samples[3:5], bank, store)
        ask(samples[:1], MORE, store)
        write(*arguments)

    monkeypatch.setattr(compaction, "write_part", with_another)
    compact(store)
    asked = QuestionBank.from_texts([*(q.text for q in bank.questions), "Is it old?"])
    expected = np.stack([log_odds(sample.path.read_bytes(), asked.questions) for sample in samples[:5]])
    expected[1:, 3] = np.nan
    np.testing.assert_array_equal(AnswerStore.open(store).answers().log_odds, expected)
    np.testing.assert_array_equal(open_index(AnswerStore.open(store)).log_odds, expected)
