from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from makd.answers.distributed import Rank, block, rank_of
from makd.answers.extract import extract_answers
from makd.answers.store import AnswerStore
from makd.data.samples import Sample
from makd.errors import UsageError
from tests.answers.conftest import HashTeacher, log_odds


@pytest.mark.parametrize(
    ("environment", "rank"),
    [
        ({}, Rank(0, 1, 0)),
        ({"RANK": "3", "WORLD_SIZE": "8", "LOCAL_RANK": "1"}, Rank(3, 8, 1)),
        ({"SLURM_PROCID": "2", "SLURM_STEP_NUM_TASKS": "4", "SLURM_LOCALID": "2"}, Rank(2, 4, 2)),
        ({"SLURM_PROCID": "0", "SLURM_NTASKS": "4"}, Rank(0, 1, 0)),
        ({"SLURM_PROCID": "0", "SLURM_NTASKS": "4", "SLURM_STEP_NUM_TASKS": "1"}, Rank(0, 1, 0)),
        ({"RANK": "1", "WORLD_SIZE": "2", "SLURM_PROCID": "0", "SLURM_NTASKS": "1"}, Rank(1, 2, 0)),
        ({"RANK": "1"}, Rank(0, 1, 0)),
    ],
)
def test_ranks_are_read_from_what_torchrun_and_slurm_set(environment, rank):
    assert rank_of(environment) == rank


@pytest.mark.parametrize("environment", [("4", "4"), ("-1", "4"), ("x", "4")])
def test_ranks_that_cannot_be_are_refused(environment):
    with pytest.raises(UsageError):
        rank_of(dict(zip(("RANK", "WORLD_SIZE"), environment, strict=True)))


@pytest.mark.parametrize("world", [1, 3, 7, 20])
def test_blocks_share_out_all_samples_whatever_their_order(world):
    samples = [Sample(f"{i:02d}.jpg", Path(f"{i}")) for i in range(11)]
    blocks = [block(samples[::-1], number, world) for number in range(world)]
    assert [sample for each in blocks for sample in each] == samples
    assert max(map(len, blocks)) - min(map(len, blocks)) <= 1


def test_ranks_fill_one_store_and_another_number_of_them_goes_on(make_samples, bank, tmp_path):
    samples = make_samples(11)
    for number in (0, 2):
        extract_answers(block(samples, number, 3), HashTeacher(), bank, tmp_path / "store", source="data")
    teachers = [HashTeacher(), HashTeacher()]
    for number, teacher in enumerate(teachers):
        extract_answers(block(samples, number, 2), teacher, bank, tmp_path / "store", source="data")
    assert sum(len(teacher.asked) for teacher in teachers) == 4
    expected = np.stack([log_odds(sample.path.read_bytes(), bank.questions) for sample in samples])
    np.testing.assert_array_equal(AnswerStore.open(tmp_path / "store").answers().log_odds, expected)
