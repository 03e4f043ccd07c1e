"""SmolVLM and Idefics3: tiles of one picture in a dimension of their own, with a mask of their pixels."""

from pathlib import Path
from typing import Any

from transformers import (
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    Idefics3ImageProcessor,
    Idefics3Processor,
    LlamaConfig,
    SmolVLMConfig,
    SmolVLMForConditionalGeneration,
    SmolVLMImageProcessor,
    SmolVLMProcessor,
    SmolVLMVideoProcessor,
)

from tests.teachers.families.size import TINY, Size
from tests.teachers.random_checkpoints import chat_template, language, make_tokenizer, save

_SIDE, _PATCH, _MERGED = 32, 8, 2
_NAMES = {
    "fake_image_token": "<fake_token_around_image>",
    "image_token": "<image>",
    "global_image_token": "<global-img>",
    "end_of_utterance_token": "<end_of_utterance>",
    "video_token": "<video>",
}


def smolvlm(folder: Path, size: Size = TINY) -> Path:
    """Save a SmolVLM: tiles of 32 pixels, 2 x 2 tokens each at side 1."""
    tokenizer = make_tokenizer(("Yes", "No"), _NAMES)
    SmolVLMProcessor(
        image_processor=SmolVLMImageProcessor(**_pixels(size)),
        tokenizer=tokenizer,
        video_processor=SmolVLMVideoProcessor(**_pixels(size)),
        image_seq_len=_tokens(size),
        chat_template=chat_template("<image>"),
    ).save_pretrained(folder)
    return save(SmolVLMForConditionalGeneration, SmolVLMConfig(**_settings(tokenizer, size)), folder)


def idefics3(folder: Path, size: Size = TINY) -> Path:
    """Save an Idefics3: tiles of 32 pixels, 2 x 2 tokens each at side 1."""
    tokenizer = make_tokenizer(("Yes", "No"), _NAMES)
    Idefics3Processor(
        image_processor=Idefics3ImageProcessor(**_pixels(size)),
        tokenizer=tokenizer,
        image_seq_len=_tokens(size),
        chat_template=chat_template("<image>"),
    ).save_pretrained(folder)
    return save(Idefics3ForConditionalGeneration, Idefics3Config(**_settings(tokenizer, size)), folder)


def _pixels(size: Size) -> dict[str, dict[str, int]]:
    side = _SIDE * size.side
    return {"size": {"longest_edge": 2 * side}, "max_image_size": {"longest_edge": side}}


def _tokens(size: Size) -> int:
    return (_SIDE * size.side // _PATCH // _MERGED) ** 2


def _settings(tokenizer: Any, size: Size) -> dict[str, Any]:
    return {
        "vision_config": size.vision(_SIDE, _PATCH),
        "text_config": language(tokenizer, size.width, size.layers, size.heads, {}, LlamaConfig),
        "image_token_id": tokenizer.convert_tokens_to_ids("<image>"),
        "pad_token_id": tokenizer.pad_token_id,
        "scale_factor": _MERGED,
    }
