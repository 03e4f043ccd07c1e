import json

import numpy as np
import pytest
from benchmarks.studies import tuning
from benchmarks.studies.ladder import frequencies

from makd.fieldguide.attributes import answers
from makd.fieldguide.species import draw_species


def test_a_signature_says_how_often_each_answer_is_yes():
    rng = np.random.default_rng(0)
    for species in draw_species(3)[:4]:
        seen = np.mean([answers(species.individual(rng)) for _ in range(4000)], axis=0)
        np.testing.assert_allclose(frequencies(species), seen, atol=0.03)


@pytest.fixture
def tried(tmp_path):
    means = {
        "base": 0.5,
        "base, lr 0.008, mixup": 0.52,
        "makd": 0.55,
        "makd, lr 0.008, alpha 60": 0.56,
        "makd, lr 0.004": 0.4,
    }
    conditions = {name: {"mean": mean} for name, mean in means.items()}
    (tmp_path / "tuning.json").write_text(json.dumps({"conditions": conditions}))
    return tmp_path


def test_each_kind_gets_the_settings_that_were_best_for_it(tried):
    assert tuning.chosen("base", tried) == {"optimizer": {"lr": 0.008}, "augment": {"mixup": 0.2}}
    assert tuning.chosen("makd", tried) == {"optimizer": {"lr": 0.008}, "alpha": 60.0}


def test_both_kinds_are_tried_as_often():
    assert len(tuning.OF_BASE) == len(tuning.OF_MAKD)
