"""LLaVA-OneVision and LLaVA-NeXT: as many crops a picture as its shape asks for."""

from pathlib import Path
from typing import Any

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

from tests.teachers.random_checkpoints import chat_template, language, make_tokenizer, save

_SIDE = 28
_GRIDS = [[28, 28], [28, 56], [56, 28], [56, 56], [28, 84], [84, 28]]
_VISION: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": _SIDE,
    "patch_size": 7,
}


def llava_onevision(folder: Path) -> Path:
    """Save a LLaVA-OneVision: crops of 28 pixels, 4 x 4 tokens each."""
    tokenizer = make_tokenizer(("Yes", "No"), {"image_token": "<image>", "video_token": "<video>"})
    size = {"height": _SIDE, "width": _SIDE}
    LlavaOnevisionProcessor(
        image_processor=LlavaOnevisionImageProcessor(size=size, image_grid_pinpoints=_GRIDS),
        tokenizer=tokenizer,
        video_processor=LlavaOnevisionVideoProcessor(size=size),
        num_image_tokens=16,
        vision_feature_select_strategy="full",
        chat_template=chat_template("<image>"),
    ).save_pretrained(folder)
    config = LlavaOnevisionConfig(
        vision_config=SiglipVisionConfig(**_VISION, vision_use_head=False).to_dict(),
        text_config=language(tokenizer, 64, 2, 4, {}),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        video_token_index=tokenizer.convert_tokens_to_ids("<video>"),
        image_grid_pinpoints=_GRIDS,
    )
    return save(LlavaOnevisionForConditionalGeneration, config, folder)


def llava_next(folder: Path) -> Path:
    """Save a LLaVA-NeXT: crops of 28 pixels, 4 x 4 tokens each, the class token dropped."""
    tokenizer = make_tokenizer(("Yes", "No"), {"image_token": "<image>"})
    LlavaNextProcessor(
        image_processor=LlavaNextImageProcessor(
            size={"shortest_edge": _SIDE},
            crop_size={"height": _SIDE, "width": _SIDE},
            image_grid_pinpoints=_GRIDS[1:],
        ),
        tokenizer=tokenizer,
        patch_size=7,
        num_additional_image_tokens=1,
        vision_feature_select_strategy="default",
        chat_template=chat_template("<image>"),
    ).save_pretrained(folder)
    config = LlavaNextConfig(
        vision_config=CLIPVisionConfig(**_VISION).to_dict(),
        text_config=language(tokenizer, 64, 2, 4, {}, LlamaConfig),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        image_grid_pinpoints=_GRIDS[1:],
        image_seq_length=16,
    )
    return save(LlavaNextForConditionalGeneration, config, folder)
