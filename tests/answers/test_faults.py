"""The faults of `faults`, in small; `python -m benchmarks.faults` meets each of them many times."""

from __future__ import annotations

import pytest

from makd.answers import parts
from tests.answers import faults
from tests.answers.faults import World


@pytest.fixture
def world(tmp_path, monkeypatch) -> World:
    world = World(tmp_path / "world", n=40, pause=0.002)
    monkeypatch.setattr(parts, "ROWS_A_FLUSH", world.flush)
    return world.draw()


def test_an_extraction_killed_in_the_middle_goes_on(world):
    faults.killed(world, "extract", [0.5])


@pytest.mark.slow
def test_extractions_and_compactions_killed_at_any_moment_go_on(world):
    faults.killed(world, "extract", faults.random_moments(4, seed=0))
    faults.killed(world, "compact", faults.random_moments(4, seed=1))


def test_a_full_disk_is_told_and_leaves_nothing_half_written(world):
    told = faults.disk_full(world)
    assert "cannot be written: " in told
    assert told.endswith("make room, then the same command goes on.")
    assert "\n" not in told


def test_a_limit_on_files_is_told_alike(world, monkeypatch):
    monkeypatch.setattr(faults.os, "geteuid", lambda: 1000)
    assert "cannot be written: File too large" in faults.disk_full(world)


def test_a_part_cut_short_is_named(world):
    assert "is damaged and cannot be read" in faults.truncated(world)


def test_two_extractions_fill_one_store(world):
    faults.two_at_once(world)


def test_changed_images_are_asked_again(world):
    faults.changed_images(world)


def test_an_extended_bank_asks_what_is_new(world):
    faults.extended_bank(world)


def test_a_newer_manifest_is_refused(world):
    assert "written by makd 9.0 with schema 99" in faults.newer_manifest(world)


def test_contents_that_differ_are_told_apart(world):
    world.ask(world.folder / "store")
    found = faults.content(world.folder / "store")
    with pytest.raises(AssertionError, match="39 rows instead of 40"):
        faults.check(found[1:], found)
    with pytest.raises(AssertionError, match=r"1 rows differ, 0000\.jpg first"):
        faults.check([(*found[0][:-1], []), *found[1:]], found)
