"""LLaVA-OneVision and LLaVA-NeXT: as many crops a picture as its shape asks for."""

from collections.abc import Sequence
from pathlib import Path

from transformers import (
    CLIPVisionConfig,
    LlamaConfig,
    LlavaNextConfig,
    LlavaNextForConditionalGeneration,
    LlavaNextImageProcessor,
    LlavaNextProcessor,
    LlavaOnevisionConfig,
    LlavaOnevisionForConditionalGeneration,
    LlavaOnevisionImageProcessor,
    LlavaOnevisionProcessor,
    LlavaOnevisionVideoProcessor,
    SiglipVisionConfig,
)

from tests.teachers.families.size import TINY, Size
from tests.teachers.random_checkpoints import chat_template, language, make_tokenizer, save

_SIDE, _PATCH = 28, 7
_GRIDS = ((1, 1), (1, 2), (2, 1), (2, 2), (1, 3), (3, 1))


def llava_onevision(folder: Path, size: Size = TINY) -> Path:
    """Save a LLaVA-OneVision: crops of 28 pixels, 4 x 4 tokens each at side 1."""
    tokenizer = make_tokenizer(("Yes", "No"), {"image_token": "<image>", "video_token": "<video>"})
    side = _SIDE * size.side
    square = {"height": side, "width": side}
    grids = _in_pixels(_GRIDS, side)
    LlavaOnevisionProcessor(
        image_processor=LlavaOnevisionImageProcessor(size=square, image_grid_pinpoints=grids),
        tokenizer=tokenizer,
        video_processor=LlavaOnevisionVideoProcessor(size=square),
        num_image_tokens=(side // _PATCH) ** 2,
        vision_feature_select_strategy="full",
        chat_template=chat_template("<image>"),
    ).save_pretrained(folder)
    config = LlavaOnevisionConfig(
        vision_config=SiglipVisionConfig(**size.vision(_SIDE, _PATCH), vision_use_head=False).to_dict(),
        text_config=language(tokenizer, size.width, size.layers, size.heads, {}),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        video_token_index=tokenizer.convert_tokens_to_ids("<video>"),
        image_grid_pinpoints=grids,
    )
    return save(LlavaOnevisionForConditionalGeneration, config, folder)


def llava_next(folder: Path, size: Size = TINY) -> Path:
    """Save a LLaVA-NeXT: crops of 28 pixels, 4 x 4 tokens each at side 1, the class token dropped."""
    tokenizer = make_tokenizer(("Yes", "No"), {"image_token": "<image>"})
    side = _SIDE * size.side
    grids = _in_pixels(_GRIDS[1:], side)
    LlavaNextProcessor(
        image_processor=LlavaNextImageProcessor(
            size={"shortest_edge": side},
            crop_size={"height": side, "width": side},
            image_grid_pinpoints=grids,
        ),
        tokenizer=tokenizer,
        patch_size=_PATCH,
        num_additional_image_tokens=1,
        vision_feature_select_strategy="default",
        chat_template=chat_template("<image>"),
    ).save_pretrained(folder)
    config = LlavaNextConfig(
        vision_config=CLIPVisionConfig(**size.vision(_SIDE, _PATCH)).to_dict(),
        text_config=language(tokenizer, size.width, size.layers, size.heads, {}, LlamaConfig),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        image_grid_pinpoints=grids,
        image_seq_length=(side // _PATCH) ** 2,
    )
    return save(LlavaNextForConditionalGeneration, config, folder)


def _in_pixels(grids: Sequence[tuple[int, int]], side: int) -> list[list[int]]:
    return [[side * rows, side * columns] for rows, columns in grids]
