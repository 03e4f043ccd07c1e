from __future__ import annotations

import pytest

from makd.config.policies import RandPolicy, rand_policy


def test_a_policy_is_read_as_timm_writes_it() -> None:
    assert rand_policy("rand-m9-n3-mstd0.5-p0.7") == RandPolicy(9, 3, 0.5, 0.7)
    assert rand_policy("rand-m7-inc1") == RandPolicy(7, 2, 0.0, 0.5)
    assert rand_policy("") is None


@pytest.mark.parametrize(
    "wrong", ["augmix", "rand-m11", "rand-m9-n0", "rand-p2", "rand-m1.2.3", "rand-w0", "rand-m9-"]
)
def test_what_is_no_policy_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="should be such as rand-m9"):
        rand_policy(wrong)
