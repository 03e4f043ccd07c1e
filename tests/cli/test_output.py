from __future__ import annotations

import os
import subprocess
import sys

import pytest

from makd.cli.output import print_json, results_alone


def test_what_libraries_print_goes_to_stderr(capfd: pytest.CaptureFixture[str]):
    with results_alone():
        sys.stdout.write("from python\n")
        os.write(1, b"from C\n")
        subprocess.run([sys.executable, "-c", "print('from a child')"], check=True)
    print_json({"a": 1})
    out, err = capfd.readouterr()
    assert out == '{\n  "a": 1\n}\n'
    assert {"from python", "from C", "from a child"} == set(err.split("\n")) - {""}


def test_stdout_is_back_after_a_failure(capfd: pytest.CaptureFixture[str]):
    with pytest.raises(ValueError, match="broken"), results_alone():
        raise ValueError("broken")
    os.write(1, b"here\n")
    assert capfd.readouterr().out == "here\n"


def test_what_is_no_json_is_refused():
    with pytest.raises(ValueError, match="JSON"):
        print_json({"a": float("nan")})
