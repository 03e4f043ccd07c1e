from __future__ import annotations

import numpy as np
import torch

from makd.fieldguide.attributes import ASPECTS, answers, random_creature
from makd.fieldguide.teaching.checkpoint import IMAGE_TOKENS, TOWER_WIDTH, build_model, build_tokenizer
from makd.fieldguide.teaching.language import Views, examine, lagging, train_language, view
from makd.fieldguide.teaching.rounds import Round
from makd.progress import Silent


def test_view_shows_what_the_tower_sees() -> None:
    tower = build_model(build_tokenizer()).model.vision_tower
    views = view(tower, 100, seed=0, stream=4, workers=0, progress=Silent())
    assert views.features.shape == (100, IMAGE_TOKENS, TOWER_WIDTH)
    assert views.truth.shape == (100, len(ASPECTS))


def test_a_few_steps_find_the_prior_and_leave_the_tower_alone() -> None:
    torch.manual_seed(0)
    tokenizer = build_tokenizer()
    model = build_model(tokenizer)
    before = {name: value.clone() for name, value in model.model.vision_tower.state_dict().items()}
    rng = np.random.default_rng(0)
    truth = np.stack([answers(random_creature(rng)) for _ in range(64)]).astype(np.float32)
    views = Views(torch.randn(64, IMAGE_TOKENS, TOWER_WIDTH), torch.from_numpy(truth))
    train_language(model, tokenizer, views, Round(25), seed=0, progress=Silent())
    assert all(
        torch.equal(value, before[name]) for name, value in model.model.vision_tower.state_dict().items()
    )
    log_odds, known = examine(model, tokenizer, views)
    assert log_odds.shape == known.shape == (64, len(ASPECTS))
    assert ((log_odds > 0) == (known > 0.5)).float().mean() > 0.6


def test_lagging_questions_are_asked_six_times_as_often() -> None:
    truth = torch.tensor([[1.0, 1, 1], [0, 0, 0], [0, 0, 0], [0, 0, 0]])
    log_odds = torch.tensor([[2.0, -1, 3], [-1, -1, -1], [-1, -1, -1], [-1, -1, 1]])
    # all right; always no, balanced accuracy 1/2; a false yes, balanced accuracy 5/6
    assert np.allclose(lagging(log_odds, truth), np.array([1, 6, 6]) / 13)
