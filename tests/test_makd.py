from __future__ import annotations

import subprocess
import sys
from importlib import metadata

import pytest

import makd


@pytest.mark.parametrize("name", makd.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert callable(getattr(makd, name))
    assert name in dir(makd)


def test_the_version_is_the_package_s() -> None:
    assert makd.__version__ == metadata.version("makd")


def test_unknown_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'distill'"):
        _ = makd.distill


def test_importing_costs_nothing() -> None:
    heavy = "{'torch', 'numpy', 'timm', 'lightning', 'pydantic', 'transformers'}"
    code = f"import sys, makd; print(sorted(set(sys.modules) & {heavy}))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "[]\n"
    )
