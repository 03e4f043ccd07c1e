import pytest

from makd.teachers.batch_size import BatchSize


def drive(sizes: BatchSize, tokens: int, seconds_a_token: dict[int, float], batches: int = 30) -> int:
    """Answer full batches; `seconds_a_token` by pictures at once; return the size that is settled on."""
    for _ in range(batches):
        number = sizes.pictures(tokens)
        sizes.answered(number, tokens, number * tokens * seconds_a_token.get(number, 1.0))
    return sizes.pictures(tokens)


def test_it_grows_while_that_gains_and_keeps_the_size_before_the_first_that_does_not() -> None:
    assert drive(BatchSize(None, 2**20, 1), 1024, {4: 1.0, 8: 0.6, 16: 0.4, 32: 0.39, 64: 0.1}) == 16


def test_it_stays_within_the_bound() -> None:
    assert drive(BatchSize(None, 16384, 1), 1024, {4: 1.0, 8: 0.5, 16: 0.25, 32: 0.1}) == 16


def test_one_picture_is_always_allowed() -> None:
    assert BatchSize(None, 16384, 2**40).pictures(100_000) == 1


def test_logits_bound_the_pictures() -> None:
    assert BatchSize(None, 16384, 2**28 // 3).pictures(10) == 3


def test_parts_that_are_not_full_teach_nothing() -> None:
    sizes = BatchSize(None, 2**20, 1)
    for _ in range(10):
        sizes.answered(1, 1024, 1e-9)
    assert sizes.pictures(1024) == 4


@pytest.mark.parametrize("fixed", [None, 4])
def test_memory_halves_it_and_ends_the_search(fixed: int | None) -> None:
    sizes = BatchSize(fixed, 2**20, 1)
    sizes.exceeded(4, 1024)
    assert sizes.pictures(1024) == 2
    assert drive(sizes, 1024, {2: 1.0, 4: 0.1}) == 2
