"""What becomes of pictures that cannot be read; see `test_extract` for what is asked when."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from makd.answers import plan as planning
from makd.answers.extract import extract_answers
from makd.data import images
from makd.data.images import ImageError, load_image
from makd.data.samples import Sample
from makd.errors import MakdError
from makd.teachers.base import Failure
from tests.answers.conftest import HashTeacher


class Looking(HashTeacher):
    """Decodes what it is shown, as every teacher that looks does."""

    def _reply(self, waiting, questions):
        broken = {}
        for sample in waiting:
            try:
                load_image(sample.path)
            except ImageError as error:
                broken[sample.key] = error.reason
        yield from (Failure(key, reason) for key, reason in broken.items())
        waiting[:] = [sample for sample in waiting if sample.key not in broken]
        yield from super()._reply(waiting, questions)


@pytest.fixture
def pictures(tmp_path, monkeypatch) -> list[Sample]:
    (folder := tmp_path / "pictures").mkdir()
    noise = np.random.default_rng(0).integers(0, 255, (40, 40, 3), dtype=np.uint8)
    for name in ("bomb.png", "good.png", "truncated.png", "unreadable.png"):
        Image.fromarray(noise if name != "bomb.png" else np.tile(noise, (2, 2, 1))).save(folder / name)
    whole = (folder / "truncated.png").read_bytes()
    (folder / "truncated.png").write_bytes(whole[: len(whole) // 2])
    (folder / "zero.png").touch()
    (folder / "text.png").write_text("no picture")
    monkeypatch.setattr(images, "MAX_PIXELS", 2000)
    read = Path.open

    def guarded(path, *arguments, **more):
        if path.name == "unreadable.png":
            raise PermissionError(13, "Permission denied", str(path))
        return read(path, *arguments, **more)

    monkeypatch.setattr(Path, "open", guarded)
    names = ("bomb", "good", "missing", "text", "truncated", "unreadable", "zero")
    return [Sample(f"{name}.png", folder / f"{name}.png") for name in names]


def test_every_kind_of_broken_picture_is_told_by_its_reason(pictures, bank, tmp_path, monkeypatch):
    summary = extract_answers(pictures, Looking(), bank, tmp_path / "store", source="data")
    assert (summary.answered, summary.failed) == (1, 6)
    assert summary.reasons == {
        "more than 0 million pixels": 1,
        "no such file": 1,
        "not a picture in a known format": 1,
        "the file is truncated": 1,
        "no permission to read it": 1,
        "the file is empty": 1,
    }
    again = extract_answers(pictures, Looking(), bank, tmp_path / "store", source="data")
    assert (again.asked, again.skipped, again.quarantined) == (0, 1, 6)
    assert again.reasons == summary.reasons
    monkeypatch.undo()
    mended = extract_answers(pictures, Looking(), bank, tmp_path / "store", source="data")
    assert (mended.answered, mended.quarantined) == (
        1,
        5,
    )  # the permission is back; the bomb is the same file


def test_too_many_broken_pictures_stop_a_run(pictures, bank, tmp_path):
    with pytest.raises(MakdError, match="Stopped after 3 images that could not be answered"):
        extract_answers(pictures, Looking(), bank, tmp_path / "store", source="data", max_failures=3)


def test_a_device_error_is_a_reason_too(make_samples, bank, tmp_path, monkeypatch):
    def broken(path):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(planning, "file_hash", broken)
    summary = extract_answers(make_samples(1), HashTeacher(), bank, tmp_path / "store", source="data")
    assert summary.reasons == {"cannot be read (Input/output error)": 1}
