"""The hub's own library talks to a hub over loopback, in a process of its own: it reads its address once."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.teachers import stub_hub

SCRIPT = """
import json, sys
from makd.errors import MakdError
from makd.teachers.checkpoint import load_checkpoint

said = []
for source, revision in json.loads(sys.argv[1]):
    try:
        checkpoint = load_checkpoint(source, revision=revision, device="cpu")
        said.append(f"{checkpoint.name} {checkpoint.revision} {checkpoint.licence}")
    except MakdError as error:
        said.append(f"{type(error).__name__}: {error}")
print(json.dumps(said))
"""


def load(cases: list[tuple[str, str | None]], cache: Path, **environment: str) -> list[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(cases)],
        env=inherited | {"HF_HOME": str(cache), "HF_HUB_DISABLE_TELEMETRY": "1", **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    said: list[str] = json.loads(done.stdout.splitlines()[-1])
    return said


@pytest.mark.slow
def test_hub_gives_a_commit_or_a_reason(internvl: Path, tmp_path: Path) -> None:
    card = internvl / "README.md"
    card.write_text("---\nlicense: cc-by-4.0\n---\n")
    cases: list[Any] = [
        ("tiny/model", None),
        ("tiny/model", "v1"),
        ("tiny/model", "v9"),
        ("gated/model", None),
        ("private/model", None),
        ("closed/model", None),
        ("broken/model", None),
    ]
    try:
        with stub_hub.running(internvl) as (address, revisions):
            said = load(cases, tmp_path, HF_ENDPOINT=address)
            with_token = load(cases[3:4], tmp_path, HF_ENDPOINT=address, HF_TOKEN="hf_nobody_may_see")
        offline = load([("tiny/other", None)], tmp_path, HF_HUB_OFFLINE="1")
    finally:
        card.unlink()
    assert said[:2] == [f"tiny/model {stub_hub.COMMIT} cc-by-4.0"] * 2
    assert set(revisions) == {"main", "v1", stub_hub.COMMIT}
    assert revisions.count("main") == revisions.count("v1") == 1 or revisions.count("main") == 2
    assert said[2].startswith("UsageError: tiny/model has no branch, tag or commit 'v9'; see https://")
    assert said[3].startswith("MakdError: The model 'gated/model' is gated: accept its terms on https://")
    assert "sign in with `hf auth login`" in said[3]
    assert said[4].startswith("UsageError: The hub has no model 'private/model', or it is private")
    assert said[5].startswith("MakdError: The hub refuses 'closed/model'")
    assert said[6].startswith("MakdError: The hub cannot give 'broken/model' now")
    assert "the account of the token in use" in with_token[0]
    assert "hf_nobody_may_see" not in with_token[0]
    assert "HF_HUB_OFFLINE forbids to fetch it" in offline[0]
