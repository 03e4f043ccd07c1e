from __future__ import annotations

import os
from dataclasses import replace

import pytest

from makd.data.files import fingerprint, states
from makd.data.samples import Sample


@pytest.fixture
def samples(tmp_path):
    (tmp_path / "a.png").write_bytes(b"123")
    return [
        Sample("a", tmp_path / "a.png", split="train"),
        Sample("b", tmp_path / "b.png"),
        Sample("c", None),
    ]


def test_states_tell_size_and_time_or_that_there_is_no_file(samples):
    os.utime(samples[0].path, ns=(5, 7))
    assert [state for _, state in states(samples)] == [(3, 7), None, None]


def test_a_fingerprint_changes_with_files_and_kind_not_with_samples(samples):
    def known_by(kind="x", of=samples):
        return fingerprint(kind, states(of))

    first = known_by()
    assert known_by() == known_by(of=[replace(samples[0], split="test"), *samples[1:]]) == first
    others = {known_by("y"), known_by(of=samples[:2]), known_by(of=samples[::-1])}
    samples[0].path.write_bytes(b"1234")
    others.add(known_by())
    os.utime(samples[0].path, ns=(5, 7))
    others.add(known_by())
    samples[1].path.write_bytes(b"")
    others.add(known_by())
    assert len(others - {first}) == 6


def test_what_else_counts_is_said_by_the_caller(samples):
    moved = [replace(samples[0], split="test"), *samples[1:]]
    of_splits = [fingerprint("x", states(of), lambda sample: sample.split) for of in (samples, moved)]
    assert of_splits[0] != of_splits[1]
