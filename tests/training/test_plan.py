from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from makd.config.execution import ExecutionSettings


def test_a_plan_travels_to_other_processes(make_plan: Callable[..., Any]) -> None:
    plan = make_plan(Path("run"))
    assert pickle.loads(pickle.dumps(plan)).config() == plan.config()


def test_the_config_outlives_yaml(make_plan: Callable[..., Any]) -> None:
    config = make_plan(Path("run"), lr=1e-5).config()
    assert yaml.safe_load(yaml.safe_dump(config)) == config


def test_whatever_changes_the_student_changes_the_config(make_plan: Callable[..., Any]) -> None:
    plan = make_plan(Path("run"))
    catalog, targets = plan.catalog, plan.targets
    other_split = replace(catalog.samples[0], split="val")
    others = [
        make_plan(Path("run"), seed=1),
        make_plan(Path("run"), lr=0.02),
        make_plan(Path("run"), arm="makd"),
        make_plan(Path("run"), targets=None),
        make_plan(Path("run"), targets=replace(targets, p_yes=targets.p_yes + 0.01)),
        make_plan(Path("run"), catalog=replace(catalog, samples=(other_split, *catalog.samples[1:]))),
    ]
    configs = [plan.config(), *(other.config() for other in others)]
    assert all(a != b for i, a in enumerate(configs) for b in configs[:i])
    assert make_plan(Path("elsewhere")).config() == plan.config()
    execution = ExecutionSettings(devices=4, compile=True, logger=("csv",))
    assert replace(plan, execution=execution).config() == plan.config()
