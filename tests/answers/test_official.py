from __future__ import annotations

import json

import numpy as np
import pytest

from makd.answers.official import export_official, import_official, read_official
from makd.answers.store import Answers, AnswerStore
from makd.data.samples import Sample
from makd.errors import UsageError

P_YES = {"0000.jpg": [0.25, 1.0, 0.5], "0002.jpg": [0.0, 0.75, None], "elsewhere.jpg": [0.1, 0.1, 0.1]}


@pytest.fixture
def write(tmp_path):
    def write(content) -> object:
        (file := tmp_path / "answers.json").write_text(json.dumps(content))
        return file

    return write


def test_numbers_go_to_the_pictures_that_bear_the_names(write, make_samples, bank, tmp_path):
    teacher = read_official(write(P_YES), bank)
    summary = import_official(teacher, make_samples(4), tmp_path / "store", source="data")
    assert (summary.answered, summary.skipped) == (2, 0)
    store = AnswerStore.open(tmp_path / "store")
    answers = store.answers(["0000.jpg", "0001.jpg", "0002.jpg"], bank.hashes)
    p_yes = 1 / (1 + np.exp(-answers.log_odds.astype(float)))
    expected = [[0.25, 1 - 1e-7, 0.5], [np.nan] * 3, [1e-7, 0.75, np.nan]]
    np.testing.assert_allclose(p_yes, expected, atol=1e-8)
    assert np.isnan(answers.yes_no_mass).all()
    assert store.manifest.teacher.name == "file:answers.json"


def test_another_file_is_another_teacher_unless_one_is_named(write, make_samples, bank, tmp_path):
    samples = make_samples(4)
    import_official(read_official(write(P_YES), bank), samples, tmp_path / "store", source="data")
    more = write({**P_YES, "0003.jpg": [0.5] * 3})
    with pytest.raises(UsageError, match="another teacher"):
        import_official(read_official(more, bank), samples, tmp_path / "store", source="data")
    for content, answered in ((P_YES, 2), ({**P_YES, "0003.jpg": [0.5] * 3}, 1)):
        teacher = read_official(write(content), bank, "InternVL2.5-8B")
        summary = import_official(teacher, samples, tmp_path / "named", source="data")
        assert summary.answered == answered


def test_what_is_exported_is_what_was_imported(write, make_samples, bank, tmp_path):
    teacher = read_official(write(P_YES), bank)
    import_official(teacher, make_samples(4), tmp_path / "store", source="data")
    content, left_out = export_official(AnswerStore.open(tmp_path / "store").answers())
    assert list(content) == ["0000.jpg"]
    assert content["0000.jpg"] == pytest.approx([0.25, 1, 0.5], abs=2e-7)
    assert left_out == 1
    two = AnswerStore.open(tmp_path / "store").answers(hashes=bank.hashes[:2])
    assert export_official(two)[0]["0002.jpg"] == pytest.approx([0, 0.75], abs=2e-7)


def test_pictures_of_one_base_name_are_refused_with_the_list(write, make_samples, bank, tmp_path):
    one, two, _ = make_samples(3)
    samples = [Sample("a/0000.jpg", one.path), Sample("b/0000.jpg", two.path)]
    with pytest.raises(UsageError, match=r"1 names belong to several.*\n  0000\.jpg: a/0000\.jpg, b/0000"):
        import_official(read_official(write(P_YES), bank), samples, tmp_path / "store", source="data")
    assert not (tmp_path / "store").exists()
    other = [Sample("a/x.jpg", one.path), Sample("b/x.jpg", two.path), Sample("a/0002.jpg", two.path)]
    teacher = read_official(write(P_YES), bank)
    assert import_official(teacher, other, tmp_path / "store", source="data").answered == 1
    cells = (np.zeros((2, 1), kind) for kind in ("f4", "f4", "u1"))
    with pytest.raises(UsageError, match=r"0000\.jpg: a/0000\.jpg, b/0000\.jpg"):
        export_official(Answers(("a/0000.jpg", "b/0000.jpg"), ("h",), *cells))


def test_objects_in_pictures_cannot_be_exported():
    cells = [np.zeros((2, 1), kind) for kind in ("f4", "f4", "u1")]
    with pytest.raises(UsageError, match="2 rows are about objects"):
        export_official(Answers(("a/1.jpg#7", "a/2.jpg#9"), ("h",), *cells))
    assert export_official(Answers(("a#1/1.jpg", "a#1/2#.jpg"), ("h",), *cells))[0]["2#.jpg"] == [0.5]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([0.5], "expected an object"),
        ({"a": [0.5, 0.5]}, "'a': has 2 numbers, but the bank has 3 questions"),
        ({"a": 0.5}, "'a': has float"),
        ({"a": [0.5, 0.5, 1.5]}, r"P\(yes\) must lie in \[0, 1\]"),
        ({"a": [0.5, 0.5, "yes"]}, "not a number"),
    ],
)
def test_files_of_another_form_are_refused(write, bank, content, said):
    with pytest.raises(UsageError, match=said):
        read_official(write(content), bank)


def test_what_is_no_json_or_fits_no_picture_is_refused(write, bank, make_samples, tmp_path):
    with pytest.raises(UsageError, match="cannot be read as JSON"):
        read_official(tmp_path / "nothing.json", bank)
    teacher = read_official(write({"x.jpg": [0.5] * 3}), bank)
    with pytest.raises(UsageError, match="None of the 1 names"):
        import_official(teacher, make_samples(1), tmp_path / "store", source="data")
