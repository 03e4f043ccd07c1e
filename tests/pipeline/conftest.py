from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

from makd.data.samples import Catalog
from tests.conftest import COLOURS

TINY: dict[str, Any] = {
    "model": {"name": "resnet10t", "kwargs": {"channels": [8, 8, 16, 16], "stem_width": 8}},
    "epochs": 2,
    "batch_size": 10,
    "image_size": 24,
    "seeds": 2,
    "jobs": 1,
}


@pytest.fixture
def folder(squares: Catalog) -> Path:
    """The undivided class folders of the coloured squares."""
    return squares.root


@pytest.fixture(scope="session")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("bank") / "colours.txt"
    file.write_text("Is there red?\nIs there green?\nIs there blue?\n")
    return file


@pytest.fixture(scope="session")
def table(bank: Path) -> Path:
    """A class table that knows the colours' parts."""
    rows = {name: [0.9 if part else 0.1 for part in colour] for name, colour in COLOURS.items()}
    file = bank.with_name("table.yaml")
    content = {"name": "colours", "source": "written by hand", "questions": str(bank), "classes": rows}
    file.write_text(yaml.safe_dump(content))
    return file


@pytest.fixture
def road(folder: Path, bank: Path, table: Path, tmp_path: Path) -> Callable[..., Any]:
    """Return a function that gives the settings of a tiny whole road; keywords change them."""
    from makd.config.commands import RunCommand

    def settings(**changes: Any) -> RunCommand:
        asked = {"data": str(folder), "teacher": f"table:{table}", "questions": str(bank)}
        return RunCommand.model_validate({**TINY, **asked, "out": tmp_path / "out", **changes})

    return settings


@pytest.fixture
def broken(folder: Path, tmp_path: Path) -> Path:
    """A copy of the squares in which one picture of each class is cut off in the middle."""
    copy = tmp_path / "broken"
    for name in COLOURS:
        (copy / name).mkdir(parents=True)
        for file in sorted((folder / name).iterdir()):
            Image.open(file).save(copy / name / f"{file.stem}.png")
        victim = copy / name / "00.png"
        victim.write_bytes(victim.read_bytes()[:200])
    return copy
