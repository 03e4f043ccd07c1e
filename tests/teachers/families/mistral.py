"""Mistral 3 and Pixtral: pictures keep their shape, lines of image tokens end with a break."""

from pathlib import Path
from typing import Any

from transformers import (
    LlavaConfig,
    LlavaForConditionalGeneration,
    Mistral3Config,
    Mistral3ForConditionalGeneration,
    MistralConfig,
    PixtralImageProcessor,
    PixtralProcessor,
    PixtralVisionConfig,
)

from tests.teachers.families.size import TINY, Size
from tests.teachers.random_checkpoints import chat_template, language, make_tokenizer, save

_SIDE, _PATCH = 48, 8
_MARKS = ("[IMG]", "[IMG_BREAK]", "[IMG_END]")


def mistral3(folder: Path, size: Size = TINY) -> Path:
    """Save a Mistral 3: patches of 8 pixels, merged 2 x 2."""
    tokenizer = _processor(folder, size, merge=2)
    config = Mistral3Config(
        **_settings(tokenizer, size), spatial_merge_size=2, image_token_index=_image_token(tokenizer)
    )
    return save(Mistral3ForConditionalGeneration, config, folder)


def pixtral(folder: Path, size: Size = TINY) -> Path:
    """Save a Pixtral: in transformers a LLaVA with Pixtral's vision tower."""
    tokenizer = _processor(folder, size, merge=1)
    config = LlavaConfig(
        **_settings(tokenizer, size),
        vision_feature_select_strategy="full",
        vision_feature_layer=-1,
        image_token_index=_image_token(tokenizer),
    )
    return save(LlavaForConditionalGeneration, config, folder)


def _processor(folder: Path, size: Size, merge: int) -> Any:
    tokenizer = make_tokenizer(("Yes", "No"), {}, ["<s>", *_MARKS], bos_token="<s>")
    PixtralProcessor(
        image_processor=PixtralImageProcessor(
            size={"longest_edge": _SIDE * size.side}, patch_size={"height": _PATCH, "width": _PATCH}
        ),
        tokenizer=tokenizer,
        patch_size=_PATCH,
        spatial_merge_size=merge,
        chat_template=chat_template("[IMG]", "<s>"),
    ).save_pretrained(folder)
    return tokenizer


def _settings(tokenizer: Any, size: Size) -> dict[str, Any]:
    vision = PixtralVisionConfig(**size.vision(_SIDE, _PATCH))
    heads = {"head_dim": 16, "sliding_window": None}
    text = language(tokenizer, size.width, size.layers, size.heads, heads, MistralConfig)
    return {"vision_config": vision.to_dict(), "text_config": text}


def _image_token(tokenizer: Any) -> int:
    return int(tokenizer.convert_tokens_to_ids("[IMG]"))
