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

from tests.teachers.random_checkpoints import chat_template, language, make_tokenizer, save

_SIDE = 32
_PIXELS = {"size": {"longest_edge": 2 * _SIDE}, "max_image_size": {"longest_edge": _SIDE}}
_NAMES = {
    "fake_image_token": "<fake_token_around_image>",
    "image_token": "<image>",
    "global_image_token": "<global-img>",
    "end_of_utterance_token": "<end_of_utterance>",
    "video_token": "<video>",
}
_VISION: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": _SIDE,
    "patch_size": 8,
}


def smolvlm(folder: Path) -> Path:
    """Save a SmolVLM: tiles of 32 pixels, 2 x 2 tokens each."""
    tokenizer = make_tokenizer(("Yes", "No"), _NAMES)
    SmolVLMProcessor(
        image_processor=SmolVLMImageProcessor(**_PIXELS),
        tokenizer=tokenizer,
        video_processor=SmolVLMVideoProcessor(**_PIXELS),
        image_seq_len=4,
        chat_template=chat_template("<image>"),
    ).save_pretrained(folder)
    return save(SmolVLMForConditionalGeneration, SmolVLMConfig(**_settings(tokenizer)), folder)


def idefics3(folder: Path) -> Path:
    """Save an Idefics3: tiles of 32 pixels, 2 x 2 tokens each."""
    tokenizer = make_tokenizer(("Yes", "No"), _NAMES)
    Idefics3Processor(
        image_processor=Idefics3ImageProcessor(**_PIXELS),
        tokenizer=tokenizer,
        image_seq_len=4,
        chat_template=chat_template("<image>"),
    ).save_pretrained(folder)
    return save(Idefics3ForConditionalGeneration, Idefics3Config(**_settings(tokenizer)), folder)


def _settings(tokenizer: Any) -> dict[str, Any]:
    return {
        "vision_config": _VISION,
        "text_config": language(tokenizer, 64, 2, 4, {}, LlamaConfig),
        "image_token_id": tokenizer.convert_tokens_to_ids("<image>"),
        "pad_token_id": tokenizer.pad_token_id,
        "scale_factor": 2,
    }
