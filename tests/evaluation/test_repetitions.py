from __future__ import annotations

from makd.evaluation.arm_definitions import parse_arms
from makd.evaluation.repetitions import alike, images_per_class
from makd.teachers.base import TeacherCard
from tests import fake_runs


def test_alike_repetitions_differ_in_their_seeds_alone(tmp_path):
    catalog = fake_runs.make_catalog(tmp_path)
    answers = fake_runs.make_answers(catalog)
    arms = parse_arms(("base", "makd"), teacher=TeacherCard("some/mllm"))
    found = alike(range(3, 5), catalog, answers, arms)
    assert [one.seed for one in found] == [3, 4]
    assert all(one.catalog is catalog and one.answers["makd"] is answers for one in found)
    assert images_per_class(found) == 10
