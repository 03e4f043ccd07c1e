from __future__ import annotations

import pytest
from pydantic import ValidationError

from makd.config.training import TrainingSettings


def test_nesterov_is_for_sgd_with_momentum():
    def optimizer(**given):
        return TrainingSettings.model_validate({"optimizer": {"nesterov": True, **given}}).optimizer

    assert optimizer(name="sgd", momentum=0.9).nesterov
    assert optimizer(name="adamw", momentum=0).nesterov
    with pytest.raises(ValidationError, match=r"optimizer\.nesterov\n.*off with sgd of momentum 0"):
        optimizer(name="sgd", momentum=0)
