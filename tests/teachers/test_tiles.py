from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from transformers import (
    GotOcr2ImageProcessor,
    Idefics3ImageProcessor,
    LlavaNextImageProcessor,
    LlavaOnevisionImageProcessor,
    Qwen2VLImageProcessor,
    SmolVLMImageProcessor,
)

from makd.errors import UsageError
from makd.teachers.tiles import limit_tiles, tiles_of

SIDE = 28
PROCESSORS = {
    "internvl": lambda: GotOcr2ImageProcessor(
        size={"height": SIDE, "width": SIDE}, crop_to_patches=True, max_patches=6
    ),
    "idefics": lambda: Idefics3ImageProcessor(
        size={"longest_edge": 3 * SIDE}, max_image_size={"longest_edge": SIDE}
    ),
    "smolvlm": lambda: SmolVLMImageProcessor(
        size={"longest_edge": 3 * SIDE}, max_image_size={"longest_edge": SIDE}
    ),
    "llava-next": lambda: LlavaNextImageProcessor(
        size={"shortest_edge": SIDE},
        crop_size={"height": SIDE, "width": SIDE},
        image_grid_pinpoints=[[SIDE, 2 * SIDE], [2 * SIDE, SIDE], [2 * SIDE, 2 * SIDE], [3 * SIDE, SIDE]],
    ),
    "llava-onevision": lambda: LlavaOnevisionImageProcessor(
        size={"height": SIDE, "width": SIDE},
        image_grid_pinpoints=[[rows * SIDE, columns * SIDE] for rows in (1, 2, 3) for columns in (1, 2, 3)],
    ),
}
PICTURES = [(300, 300), (600, 300), (300, 700), (200, 900)]


def settings_of(image_processor):
    import json

    return json.loads(image_processor.to_json_string())


def cut(image_processor, size):
    """Count the tiles of a picture of (width, height), the overview left out, padding not counted."""
    picture = torch.zeros(3, size[1], size[0], dtype=torch.uint8)
    found = image_processor([[picture]], return_tensors="pt")
    if "pixel_attention_mask" in found:
        count = int(found["pixel_attention_mask"].flatten(2).any(-1).sum())
    elif "image_sizes" in found:
        count = found["pixel_values"].shape[1]
    else:
        count = len(found["pixel_values"])
    return max(count - 1, 1)


@pytest.mark.parametrize("name", PROCESSORS)
def test_never_more_tiles_than_asked_for_and_all_where_there_is_room(name):
    config = SimpleNamespace(image_grid_pinpoints=None)
    untouched = PROCESSORS[name]()
    most = tiles_of(settings_of(untouched), name)
    everything = [cut(untouched, size) for size in PICTURES]
    assert max(everything) <= most
    for tiles in range(1, most + 1):
        processor = SimpleNamespace(image_processor=PROCESSORS[name]())
        limit_tiles(SimpleNamespace(config=config), processor, tiles, name)
        assert tiles_of(settings_of(processor.image_processor), name) <= tiles
        assert all(cut(processor.image_processor, size) <= tiles for size in PICTURES)
    assert [cut(processor.image_processor, size) for size in PICTURES] == everything
    assert settings_of(processor.image_processor) == settings_of(untouched)


def test_the_model_looks_up_the_same_resolutions():
    model = SimpleNamespace(config=SimpleNamespace(image_grid_pinpoints=None))
    processor = SimpleNamespace(image_processor=PROCESSORS["llava-next"]())
    limit_tiles(model, processor, 2, "llava")
    assert model.config.image_grid_pinpoints == [[SIDE, 2 * SIDE], [2 * SIDE, SIDE]]
    limit_tiles(model, processor, 1, "llava")
    assert model.config.image_grid_pinpoints == [[SIDE, SIDE]]


def test_what_cuts_no_tiles_is_refused():
    processor = SimpleNamespace(image_processor=Qwen2VLImageProcessor())
    with pytest.raises(UsageError, match="qwen does not cut pictures into tiles"):
        limit_tiles(SimpleNamespace(config=None), processor, 2, "qwen")
    with pytest.raises(UsageError, match="a number is needed"):
        limit_tiles(SimpleNamespace(config=None), processor, "auto", "qwen")
