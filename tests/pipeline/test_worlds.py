from __future__ import annotations

from collections import Counter

import pytest

from makd.config.answers import AnswersSettings
from makd.config.commands import CompareCommand
from makd.errors import UsageError
from makd.pipeline.answered import Answered
from makd.pipeline.worlds import World, open_catalogs, repetitions, thinned, with_answers
from tests import fake_runs


def opened(where, heard, **changes):
    settings = CompareCommand.model_validate({"data": str(where), "seeds": 3, **changes})
    return open_catalogs(settings, settings.data, heard)


def train_keys(catalog):
    return {sample.key for sample in catalog.of("train")}


def test_unless_asked_all_repetitions_have_the_same_pictures(folder, heard):
    first, *others = opened(folder, heard)
    assert all(other is first for other in others)
    assert sum("6 classes" in line for line in heard.lines) == 1


def test_splits_vary_from_the_first_seed_on(folder, heard):
    catalogs = opened(folder, heard, vary="split", data={"name": str(folder), "split_seed": 4})
    assert len({frozenset(train_keys(catalog)) for catalog in catalogs}) == 3
    (alone,) = opened(folder, heard, seeds=1, data={"name": str(folder), "split_seed": 5})
    assert catalogs[1].samples == alone.samples


def test_data_with_splits_of_their_own_have_nothing_to_vary(folder, tmp_path, heard):
    for split in ("train", "val", "test"):
        (tmp_path / "divided" / split).parent.mkdir(exist_ok=True)
        (tmp_path / "divided" / split).symlink_to(folder)
    with pytest.raises(UsageError, match="brings its own splits"):
        opened(tmp_path / "divided", heard, vary="split")


def test_only_fieldguide_has_draws(folder, heard):
    with pytest.raises(UsageError, match="only fieldguide has draws"):
        opened(folder, heard, vary="draw")


def test_a_vision_teacher_goes_with_one_split_alone(folder, heard):
    with pytest.raises(UsageError, match="has seen pictures"):
        opened(folder, heard, vary="split", vision_teacher="runs/teacher")


def test_draws_vary_with_their_seeds(heard, monkeypatch):
    monkeypatch.setattr(
        "makd.fieldguide.source.materialize", lambda draw: fake_runs.make_catalog_named(f"draw{draw}")
    )
    assert [one.source for one in opened("fieldguide", heard, vary="draw")] == ["draw0", "draw1", "draw2"]


def test_each_distinct_world_is_read_once(folder, heard):
    read = []
    worlds = with_answers(opened(folder, heard), lambda catalog: read.append(catalog))
    assert len(worlds) == 3
    assert len(read) == 1


def test_shares_are_balanced_nested_and_of_training_images_alone(tmp_path):
    catalog = fake_runs.make_catalog(tmp_path)
    less = {share: thinned(catalog, share, seed=7) for share in (0.1, 0.25, 0.5, 1.0)}
    assert less[1.0] is catalog
    for share, number in ((0.1, 1), (0.25, 2), (0.5, 5)):
        assert set(Counter(s.label for s in less[share].of("train")).values()) == {number}
        assert less[share].of("val", "test") == catalog.of("val", "test")
    assert train_keys(less[0.1]) < train_keys(less[0.25]) < train_keys(less[0.5]) < train_keys(catalog)
    assert train_keys(thinned(catalog, 0.5, seed=8)) != train_keys(less[0.5])


def test_arms_share_the_images_and_readings_see_no_others(tmp_path):
    catalog = fake_runs.make_catalog(tmp_path)
    targets = fake_runs.make_answers(catalog)
    asked = []

    def read(settings, catalog=None):
        asked.append(catalog)
        return targets

    plain = AnswersSettings(name=tmp_path)
    prior = AnswersSettings(name=tmp_path, calibrate="prior")
    world = World(catalog, Answered(targets, None, plain, read))
    found = repetitions([world, world], {"makd": plain, "calibrated": prior}, seed=5, share=0.5)
    assert [one.seed for one in found] == [5, 6]
    assert train_keys(found[0].catalog) != train_keys(found[1].catalog)
    assert asked == [found[0].catalog, found[1].catalog]
    assert found[0].answers["makd"] is found[1].answers["makd"] is targets
