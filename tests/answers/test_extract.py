from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from makd.answers import parts
from makd.answers.extract import extract_answers
from makd.answers.store import AnswerStore
from makd.data.samples import Sample
from makd.errors import MakdError, UsageError
from makd.questions.bank import QuestionBank
from makd.teachers.base import KINDS, TeacherCard
from tests.answers.conftest import HashTeacher, log_odds


def ask(samples, teacher, bank, store, **kwargs):
    return extract_answers(samples, teacher, bank, store, source="data", **kwargs)


def expected(samples, bank):
    return np.stack([log_odds(sample.path.read_bytes(), bank.questions) for sample in samples])


def test_answers_are_stored_with_what_the_design_asks_for(make_samples, bank, tmp_path):
    samples = make_samples(5)
    summary = ask(samples, HashTeacher(), bank, tmp_path / "store")
    assert (summary.asked, summary.answered, summary.failed, summary.skipped) == (5, 5, 0, 0)
    assert summary.images_per_second == pytest.approx(5 / summary.seconds)
    store = AnswerStore.open(tmp_path / "store")
    answers = store.answers([sample.key for sample in reversed(samples)], bank.hashes[::-1])
    np.testing.assert_array_equal(answers.log_odds, expected(samples, bank)[::-1, ::-1])
    assert (answers.yes_no_mass == np.float32(0.9)).all()
    assert answers.kind.dtype == np.uint8
    assert not answers.kind.any()
    (file,) = (tmp_path / "store").glob("part-*.parquet")
    table = pq.read_table(file)
    names = "source key instance box split size mtime sha256 log_odds yes_no_mass kind path"
    assert " ".join(table.column_names) == names
    assert str(table.schema.field("log_odds").type) == "list<element: float>"
    row = next(row for row in table.to_pylist() if row["key"] == "0003.jpg")
    stat = samples[3].path.stat()
    assert (row["size"], row["mtime"], row["kind"], row["split"]) == (
        9,
        stat.st_mtime_ns,
        ["soft"] * 3,
        "train",
    )


def test_a_teacher_sees_the_picture_or_the_label_never_both(make_samples, bank, tmp_path):
    samples = make_samples(4)
    sees = HashTeacher()
    ask(samples, sees, bank, tmp_path / "images")
    assert {(s.label, s.class_name, s.path is None) for s in sees.shown} == {(None, None, False)}
    reads = HashTeacher(needs="label")
    ask(samples, reads, bank, tmp_path / "labels")
    assert {(s.class_name, s.path) for s in reads.shown} == {("a", None), ("b", None)}


def test_answers_by_label_are_asked_again_when_the_label_changes_not_the_picture(
    make_samples, bank, tmp_path
):
    samples = make_samples(2)
    ask(samples, HashTeacher(needs="label"), bank, tmp_path / "store")
    samples[0].path.write_bytes(b"another picture")
    moved = [samples[0], Sample("0001.jpg", samples[1].path, 0, "a", "train")]
    again = HashTeacher(needs="label")
    assert ask(moved, again, bank, tmp_path / "store").skipped == 1
    assert [key for key, _ in again.asked] == ["0001.jpg"]


def test_the_teacher_is_fed_lazily(make_samples, bank, tmp_path):
    samples = make_samples(40)
    teacher = HashTeacher()
    pulled = []

    class Counting(HashTeacher):
        def answer(self, given, questions):
            def counted():
                for sample in given:
                    pulled.append(len(pulled) + 1 - replied[0])
                    yield sample

            replied = [0]
            for reply in teacher.answer(counted(), questions):
                replied[0] += 1
                yield reply

    ask(samples, Counting(), bank, tmp_path / "store")
    assert max(pulled) <= teacher.ahead


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_a_run_cut_off_and_resumed_equals_an_undisturbed_one(make_samples, bank, tmp_path, error):
    samples = make_samples(31)
    ask(samples, HashTeacher(), bank, tmp_path / "whole")
    with pytest.raises(error):
        ask(samples, HashTeacher(stops_after=11, error=error), bank, tmp_path / "cut")
    kept = AnswerStore.open(tmp_path / "cut").answers()
    assert len(kept.keys) == 10
    rest = HashTeacher()
    summary = ask(samples, rest, bank, tmp_path / "cut")
    assert (summary.skipped, summary.answered) == (10, 21)
    assert not {key for key, _ in rest.asked} & set(kept.keys)
    assert rows(tmp_path / "cut") == rows(tmp_path / "whole")


def rows(store: Path) -> list[dict]:
    found = [row for file in store.glob("part-*.parquet") for row in pq.read_table(file).to_pylist()]
    return sorted(found, key=lambda row: row["key"])


def test_a_killed_process_loses_one_flush_at_most(make_samples, bank, tmp_path, monkeypatch):
    samples = make_samples(600)
    script = f"""
        import os, signal
        from pathlib import Path
        from makd.answers.extract import extract_answers
        from makd.data.samples import Sample
        from makd.questions.bank import QuestionBank
        from tests.answers.conftest import HashTeacher

        class Killed(HashTeacher):
            def _reply(self, waiting, questions):
                if len(self.asked) > 520:
                    os.kill(os.getpid(), signal.SIGKILL)
                return super()._reply(waiting, questions)

        pictures = sorted(Path({str(tmp_path / "data")!r}).iterdir())
        samples = [Sample(path.name, path, 0, "a", "train") for path in pictures]
        bank = QuestionBank.from_texts({[q.text for q in bank.questions]!r})
        extract_answers(samples, Killed(), bank, Path({str(tmp_path / "store")!r}), source="data")
    """
    places = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, places))}
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], env=environment, check=False)
    assert ended.returncode == -signal.SIGKILL
    kept = AnswerStore.open(tmp_path / "store").answers()
    assert len(kept.keys) == 512 == 2 * parts.ROWS_A_FLUSH
    assert ask(samples, HashTeacher(), bank, tmp_path / "store").answered == 88
    answers = AnswerStore.open(tmp_path / "store").answers([sample.key for sample in samples])
    np.testing.assert_array_equal(answers.log_odds, expected(samples, bank))


def test_flushes_come_after_so_many_rows_and_so_many_seconds(make_samples, bank, tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "ROWS_A_FLUSH", 4)
    ask(make_samples(10), HashTeacher(), bank, tmp_path / "rows")
    assert sorted(len(pq.read_table(f)) for f in (tmp_path / "rows").glob("part-*")) == [2, 4, 4]
    monkeypatch.setattr(parts, "SECONDS_A_FLUSH", 0.0)
    samples = [Sample(p.name, p) for p in sorted((tmp_path / "data").iterdir())]
    ask(samples, HashTeacher(), bank, tmp_path / "seconds")
    assert len(list((tmp_path / "seconds").glob("part-*"))) == 10


def test_two_writers_at_once_do_not_touch_each_other(make_samples, bank, tmp_path):
    samples = make_samples(8)

    class Inside(HashTeacher):
        def answer(self, given, questions):
            ask(samples[3:], HashTeacher(), bank, tmp_path / "store")
            yield from super().answer(given, questions)

    ask(samples[:5], Inside(), bank, tmp_path / "store")
    answers = AnswerStore.open(tmp_path / "store").answers([sample.key for sample in samples])
    np.testing.assert_array_equal(answers.log_odds, expected(samples, bank))
    assert len({file.name.split("-")[1] for file in (tmp_path / "store").glob("part-*")}) == 2


def test_a_changed_picture_is_asked_again_and_its_old_answers_are_gone(make_samples, bank, tmp_path):
    samples = make_samples(4)
    other = QuestionBank.from_texts(["Is it old?"])
    ask(samples, HashTeacher(), bank, tmp_path / "store")
    ask(samples, HashTeacher(), other, tmp_path / "store")
    samples[2].path.write_bytes(b"changed")
    again = HashTeacher()
    assert ask(samples, again, bank, tmp_path / "store").skipped == 3
    assert [key for key, _ in again.asked] == ["0002.jpg"]
    answers = AnswerStore.open(tmp_path / "store").answers(hashes=bank.hashes + other.hashes)
    np.testing.assert_array_equal(answers.log_odds[:, :3], expected(samples, bank))
    assert np.isnan(answers.log_odds[:, 3]).tolist() == [False, False, True, False]


def test_a_touched_picture_is_not_asked_again(make_samples, bank, tmp_path):
    samples = make_samples(3)
    ask(samples, HashTeacher(), bank, tmp_path / "store")
    os.utime(samples[1].path, ns=(1, 1))
    assert ask(samples, HashTeacher(), bank, tmp_path / "store").skipped == 3


def test_only_verify_finds_a_change_behind_equal_size_and_time(make_samples, bank, tmp_path):
    samples = make_samples(3)
    ask(samples, HashTeacher(), bank, tmp_path / "store")
    stat = samples[1].path.stat()
    samples[1].path.write_bytes(b"pictur3 1")
    os.utime(samples[1].path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert ask(samples, HashTeacher(), bank, tmp_path / "store").skipped == 3
    assert ask(samples, HashTeacher(), bank, tmp_path / "store", verify=True).asked == 1


def test_an_extended_bank_asks_the_new_questions_only(make_samples, bank, tmp_path):
    samples = make_samples(6)
    ask(samples[:4], HashTeacher(), bank, tmp_path / "store")
    longer = QuestionBank.from_texts([*(q.text for q in bank.questions[::-1]), "Is it old?", "Is it wet?"])
    teacher = HashTeacher()
    assert ask(samples, teacher, longer, tmp_path / "store").asked == 6
    assert dict(teacher.asked) == {
        **{f"000{i}.jpg": ("q04", "q05") for i in range(4)},
        **{f"000{i}.jpg": ("q01", "q02", "q03", "q04", "q05") for i in (4, 5)},
    }
    store = AnswerStore.open(tmp_path / "store")
    answers = store.answers([sample.key for sample in samples], longer.hashes)
    np.testing.assert_array_equal(answers.log_odds, expected(samples, longer))
    assert [q.text for q in store.manifest.questions] == [
        *(q.text for q in bank.questions), "Is it old?", "Is it wet?",
    ]  # fmt: skip
    assert ask(samples, HashTeacher(), bank, tmp_path / "store").skipped == 6


def test_an_extension_cut_off_goes_on_with_what_each_picture_lacks(make_samples, bank, tmp_path):
    samples = make_samples(6)
    ask(samples, HashTeacher(), bank, tmp_path / "store")
    longer = QuestionBank.from_texts([*(q.text for q in bank.questions), "Is it old?"])
    with pytest.raises(RuntimeError):
        ask(samples, HashTeacher(stops_after=3), longer, tmp_path / "store")
    assert ask(samples, HashTeacher(), longer, tmp_path / "store").skipped == 2
    answers = AnswerStore.open(tmp_path / "store").answers(hashes=longer.hashes)
    np.testing.assert_array_equal(answers.log_odds, expected(samples, longer))


def test_broken_pictures_are_counted_kept_apart_and_asked_again_only_when_they_change(
    make_samples, bank, tmp_path
):
    samples = make_samples(6)
    samples[5].path.unlink()
    broken = frozenset({"0001.jpg", "0004.jpg"})
    first = ask(samples, HashTeacher(fails_on=broken), bank, tmp_path / "store")
    assert (first.asked, first.answered, first.failed) == (6, 3, 3)
    assert first.reasons == {"cannot be decoded": 2, "no such file": 1}
    second = ask(samples, HashTeacher(), bank, tmp_path / "store")
    assert (second.asked, second.skipped, second.quarantined) == (0, 3, 3)
    assert second.reasons == first.reasons
    samples[4].path.write_bytes(b"repaired")
    samples[5].path.write_bytes(b"found")
    third = ask(samples, HashTeacher(), bank, tmp_path / "store")
    assert (third.answered, third.quarantined) == (2, 1)
    assert ask(samples, HashTeacher(), bank, tmp_path / "store").skipped == 5


def test_a_quarantine_line_cut_off_by_a_kill_is_passed_over(make_samples, bank, tmp_path):
    samples = make_samples(2)
    ask(samples, HashTeacher(fails_on=frozenset({"0000.jpg", "0001.jpg"})), bank, tmp_path / "store")
    (file,) = (tmp_path / "store").glob("quarantine-*.jsonl")
    assert [json.loads(line)["key"] for line in file.read_text().splitlines()] == ["0001.jpg", "0000.jpg"]
    file.write_text(file.read_text()[:-20])
    assert ask(samples, HashTeacher(), bank, tmp_path / "store").answered == 1


def test_too_many_failures_stop_the_run_and_keep_the_answers(make_samples, bank, tmp_path):
    samples = make_samples(9)
    teacher = HashTeacher(fails_on=frozenset({"0002.jpg", "0005.jpg", "0006.jpg"}))
    with pytest.raises(MakdError, match=r"Stopped after 2 images .*cannot be decoded \(2\)"):
        ask(samples, teacher, bank, tmp_path / "store", max_failures=2)
    assert AnswerStore.open(tmp_path / "store").answers().keys == ("0000.jpg", "0001.jpg", "0003.jpg")


@pytest.mark.parametrize(
    ("card", "said"),
    [
        (TeacherCard("other", image_settings={"size": (8, 8)}), "name: 'hash' in the store, 'other' now"),
        (TeacherCard("hash", prompt="Q: {question}", image_settings={"size": (8, 8)}), "prompt"),
        (TeacherCard("hash", image_settings={"size": (9, 9)}), r"image_settings: .*8.* in the store, .*9"),
        (TeacherCard("hash", image_settings={"size": (8, 8)}, dtype="bfloat16"), "dtype"),
        (TeacherCard("hash", image_settings={"size": (8, 8)}, revision="abc"), "revision"),
    ],
)
def test_a_store_of_another_teacher_is_refused_and_left_alone(make_samples, bank, tmp_path, card, said):
    samples = make_samples(2)
    ask(samples, HashTeacher(), bank, tmp_path / "store")
    before = {file.name: file.read_bytes() for file in (tmp_path / "store").iterdir()}
    with pytest.raises(UsageError, match=said):
        ask(samples, HashTeacher(card=card), bank, tmp_path / "store")
    assert {file.name: file.read_bytes() for file in (tmp_path / "store").iterdir()} == before


def test_answers_that_do_not_fit_the_questions_are_refused(make_samples, bank, tmp_path):
    class Short(HashTeacher):
        def answer(self, samples, questions):
            return super().answer(samples, questions[:2])

    class Mute(HashTeacher):
        def answer(self, samples, questions):
            return iter([list(samples), iter(())][1])

    with pytest.raises(MakdError, match=r"log_odds \(2,\) and yes_no_mass \(2,\); both must be \(3,\)"):
        ask(make_samples(2), Short(), bank, tmp_path / "store")
    samples = [Sample(p.name, p) for p in sorted((tmp_path / "data").iterdir())]
    with pytest.raises(MakdError, match=r"no answer about 2 images it was shown, 0000\.jpg first"):
        ask(samples, Mute(), bank, tmp_path / "store")


def test_each_cell_keeps_its_kind(make_samples, bank, tmp_path):
    class Bounded(HashTeacher):
        def _reply(self, waiting, questions):
            for reply in super()._reply(waiting, questions):
                reply.log_odds[0] = np.nan
                yield replace(reply, kind=("hard", "bounded", "soft")[: len(questions)])

    samples = make_samples(3)
    ask(samples, Bounded(), bank, tmp_path / "store")
    ask(samples[:1], HashTeacher(), QuestionBank.from_texts(["Is it old?"]), tmp_path / "store")
    store = AnswerStore.open(tmp_path / "store")
    (file, _) = sorted((tmp_path / "store").glob("part-*"), key=lambda file: file.stat().st_mtime_ns)
    assert pq.read_table(file)["kind"][0].as_py() == ["hard", "bounded", "soft"]
    assert [KINDS[place] for place in store.answers().kind[0]] == ["soft", "bounded", "soft", "soft"]
    assert [KINDS[place] for place in store.answers().kind[2]] == ["soft", "bounded", "soft", "soft"]


def test_kinds_that_do_not_fit_the_questions_are_refused(make_samples, bank, tmp_path):
    class Short(HashTeacher):
        def _reply(self, waiting, questions):
            yield from (replace(reply, kind=("soft", "hard")) for reply in super()._reply(waiting, questions))

    with pytest.raises(MakdError, match="2 kinds of answer to 3 questions"):
        ask(make_samples(1), Short(), bank, tmp_path / "store")


def test_instances_of_one_picture_are_told_apart(make_samples, bank, tmp_path):
    picture = make_samples(1)[0]
    samples = [Sample(picture.key, picture.path, instance=i, box=(0.0, 0.0, 1.0, 2.0)) for i in ("7", "9")]
    ask(samples, HashTeacher(), bank, tmp_path / "store")
    store = AnswerStore.open(tmp_path / "store")
    assert store.answers().keys == ("0000.jpg#7", "0000.jpg#9")
    assert rows(tmp_path / "store")[0]["box"] == [0.0, 0.0, 1.0, 2.0]
    assert ask(samples, HashTeacher(), bank, tmp_path / "store").skipped == 2
