from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from makd.data.samples import Catalog, Sample, Split
from tests.recorder import Recorder

COLOURS = {
    "red": (1, 0, 0),
    "green": (0, 1, 0),
    "blue": (0, 0, 1),
    "yellow": (1, 1, 0),
    "cyan": (0, 1, 1),
    "pink": (1, 0, 1),
}


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_is_heard() -> None:
    """Let the tests' children hear Ctrl-C, even where the tests run in a background job that ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _cache_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAKD_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def squares(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Six colours, noisy squares of 24 px: 6 train, 2 val, 3 test images a class."""
    root = tmp_path_factory.mktemp("squares")
    rng = np.random.default_rng(0)
    samples = []
    for label, (name, colour) in enumerate(COLOURS.items()):
        (root / name).mkdir()
        for i in range(11):
            split: Split = "train" if i < 6 else "val" if i < 8 else "test"
            pixels = rng.integers(0, 120, (24, 24, 3)) + 120 * np.array(colour)
            path = root / name / f"{i:02d}.png"
            Image.fromarray(pixels.astype(np.uint8)).save(path)
            samples.append(Sample(f"{name}/{i:02d}.png", path, label, name, split))
    return Catalog("squares", root, tuple(COLOURS), tuple(samples))


@pytest.fixture(scope="session")
def colour_targets(squares: Catalog) -> Any:
    """A teacher that knows whether a training image has red, green, blue in it, and is 90 % sure."""
    from makd.training.targets import Targets

    samples = squares.of("train")
    has = np.array([COLOURS[str(sample.class_name)] for sample in samples])
    return Targets(
        question_ids=("red", "green", "blue"),
        question_hashes=("r" * 16, "g" * 16, "b" * 16),
        keys=tuple(sample.key for sample in samples),
        p_yes=np.where(has == 1, 0.9, 0.1).astype(np.float32),
        question_texts=("Is there red?", "Is there green?", "Is there blue?"),
    )


@pytest.fixture(scope="session")
def make_plan(squares: Catalog, colour_targets: Any) -> Callable[..., Any]:
    """Return a function that plans a tiny run; keywords are fields of the plan or settings."""
    from makd.classification.task import ClassificationTask
    from makd.config.training import TrainingSettings
    from makd.training.plan import TrainingPlan

    def make(out: Path, **changes: Any) -> TrainingPlan:
        parts: dict[str, Any] = {"task": ClassificationTask(), "catalog": squares, "targets": colour_targets}
        parts |= {name: changes.pop(name) for name in (*parts, "arm") if name in changes}
        settings: dict[str, Any] = {
            "model": {
                "name": "resnet10t",
                "kwargs": {"channels": [8, 8, 16, 16], "stem_width": 8, "drop_rate": 0.1},
            },
            "epochs": 4,
            "batch_size": 10,
            "image_size": 24,
            "lr": 0.01,
        }
        settings |= changes
        settings["optimizer"] = {"lr": settings.pop("lr")}
        return TrainingPlan(settings=TrainingSettings.model_validate(settings), out=out, **parts)

    return make


@pytest.fixture(scope="session")
def finished_run(make_plan: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the plan and the directory of a finished tiny run with three aspects."""
    from makd.training.fit import fit

    plan = make_plan(tmp_path_factory.mktemp("runs") / "finished", epochs=12)
    return plan, fit(plan, threads=1)


@pytest.fixture
def heard() -> Recorder:
    """A `Progress` that keeps what it is told."""
    return Recorder()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A server that answers as OpenAI's does, or misbehaves as told; its key is in the environment."""
    from tests.teachers.server import stub_server

    monkeypatch.setenv("OPENAI_API_KEY", stub_server.KEY)
    with stub_server.running() as running:
        yield running


@pytest.fixture
def waits() -> list[float]:
    """The seconds that a client would have waited."""
    return []
