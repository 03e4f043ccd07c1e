from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from makd.data.samples import Sample
from makd.teachers.base import Failure
from makd.teachers.checkpoint import Checkpoint
from makd.teachers.pictures import Picture, Pictures
from makd.teachers.prompts import Prompts
from tests.teachers.random_checkpoints import QUESTIONS


@pytest.fixture
def pictures(checkpoint: Checkpoint) -> Pictures:
    return Pictures(checkpoint.processor, Prompts.build(checkpoint.processor, QUESTIONS), window=4)


def read(
    pictures: Pictures, samples: Any, batch_size: int | None = 3
) -> tuple[list[list[Picture]], list[Failure]]:
    batches: list[list[Picture]] = []
    failures: list[Failure] = []
    for batch in pictures.batches(samples, batch_size, 10_000):
        (failures if isinstance(batch, Failure) else batches).append(batch)  # type: ignore[arg-type]
    return batches, failures


def test_every_sample_comes_once_in_batches_of_equal_length(
    pictures: Pictures, make_samples: Callable[[int], list[Sample]]
) -> None:
    samples = make_samples(12)
    batches, failures = read(pictures, samples)
    assert sorted(picture.sample.key for batch in batches for picture in batch) == sorted(
        s.key for s in samples
    )
    assert failures == []
    assert all(len({picture.length for picture in batch}) == 1 and len(batch) <= 3 for batch in batches)


def test_a_picture_among_others_is_prepared_as_if_alone(
    pictures: Pictures, make_samples: Callable[[int], list[Sample]]
) -> None:
    batches, _ = read(pictures, make_samples(12))
    prompts, processor = pictures.prompts, pictures.processor
    for picture in (picture for batch in batches for picture in batch):
        alone = processor(images=[picture.image], text=[prompts.texts[0]], return_tensors="pt")
        assert picture.inputs is not None
        own = picture.inputs["input_ids"][0].tolist() + list(prompts.suffixes[0])
        assert own == alone["input_ids"][0].tolist()
        torch.testing.assert_close(picture.inputs["pixel_values"], alone["pixel_values"])


def test_pictures_that_cannot_be_read_are_failures(
    pictures: Pictures, make_samples: Callable[[int], list[Sample]], tmp_path: Path
) -> None:
    good = make_samples(3)
    cut = tmp_path / "cut.jpg"
    Image.effect_noise((200, 200), 50).save(cut)
    cut.write_bytes(cut.read_bytes()[:2000])
    text = tmp_path / "text.jpg"
    text.write_text("not a picture")
    bad = [
        Sample("cut.jpg", cut),
        Sample("text.jpg", text),
        Sample("gone.jpg", tmp_path / "gone.jpg"),
        Sample("no", None),
    ]
    batches, failures = read(pictures, [good[0], *bad, *good[1:]])
    assert {failure.key: failure.reason for failure in failures} == {
        "cut.jpg": "the file is truncated",
        "text.jpg": "not a picture in a known format",
        "gone.jpg": "no such file",
        "no": "there is no picture to look at",
    }
    assert {picture.sample.key for batch in batches for picture in batch} == {sample.key for sample in good}


def test_a_picture_that_the_processor_refuses_harms_no_other(
    pictures: Pictures, make_samples: Callable[[int], list[Sample]]
) -> None:
    class Picky:
        """Refuses one picture of the batch."""

        tokenizer = pictures.processor.tokenizer

        def __call__(self, images: list[list[Image.Image]], **settings: Any) -> Any:
            if any(image.getpixel((0, 0)) == refused for (image,) in images):
                raise ValueError("too narrow")
            return processor(images=images, **settings)

    samples = make_samples(3)
    processor, pictures.processor = pictures.processor, Picky()
    with Image.open(str(samples[2].path)) as image:
        refused = image.getpixel((0, 0))
    batches, failures = read(pictures, samples)
    assert failures == [Failure("2.png", "the model's processor refuses it: too narrow")]
    assert len([picture for batch in batches for picture in batch]) == 2


def test_an_instance_is_cut_out(pictures: Pictures, make_samples: Callable[[int], list[Sample]]) -> None:
    whole = make_samples(1)[0]
    [[picture]], _ = read(pictures, [Sample(whole.key, whole.path, instance="7", box=(10.2, 5, 40, 25.4))])
    with Image.open(str(whole.path)) as image:
        assert picture.image.tobytes() == image.crop((10, 5, 40, 25)).tobytes()


def test_samples_are_read_at_most_two_windows_ahead(
    pictures: Pictures, make_samples: Callable[[int], list[Sample]]
) -> None:
    taken = 0

    def counting() -> Iterator[Sample]:
        nonlocal taken
        for sample in make_samples(1) * 100:
            taken += 1
            yield sample

    batches = pictures.batches(counting(), 4, 0)
    next(batches)
    assert taken <= 2 * pictures.window
    batches.close()  # type: ignore[attr-defined]


def test_prompts_without_a_common_part_that_holds_the_picture(
    checkpoint: Checkpoint, make_samples: Callable[[int], list[Sample]]
) -> None:
    prompts = Prompts.build(checkpoint.processor, QUESTIONS)
    turned = Prompts(prompts.texts, tuple(suffix[::-1] for suffix in prompts.suffixes))
    [[picture]], _ = read(Pictures(checkpoint.processor, turned, 4), make_samples(1))
    assert picture.inputs is None
    assert picture.length == 0


def test_without_a_batch_size_the_tokens_decide(
    pictures: Pictures, make_samples: Callable[[int], list[Sample]]
) -> None:
    same = make_samples(1) * 4
    [[picture], *_], _ = read(pictures, same, batch_size=1)
    tokens = picture.length + sum(map(len, pictures.prompts.suffixes))
    sizes = [len(batch) for batch in pictures.batches(same, None, 3 * tokens + 1) if isinstance(batch, list)]
    assert sizes == [3, 1]
