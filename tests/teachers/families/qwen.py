"""Qwen2.5-VL and Qwen3-VL: positions of several dimensions, patches of all pictures in one row."""

from pathlib import Path

from transformers import (
    PreTrainedTokenizerFast,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2_5_VLProcessor,
    Qwen2VLImageProcessor,
    Qwen2VLVideoProcessor,
    Qwen3_5Config,
    Qwen3_5ForConditionalGeneration,
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
    Qwen3VLProcessor,
    Qwen3VLVideoProcessor,
)
from transformers.models.qwen2_5_vl.configuration_qwen2_5_vl import Qwen2_5_VLTextConfig
from transformers.models.qwen3_5.configuration_qwen3_5 import Qwen3_5TextConfig
from transformers.models.qwen3_vl.configuration_qwen3_vl import Qwen3VLTextConfig

from tests.teachers.families.size import TINY, Size
from tests.teachers.random_checkpoints import chat_template, language, make_tokenizer, save

_NAMES = {
    "vision_start_token": "<|vision_start|>",
    "vision_end_token": "<|vision_end|>",
    "image_token": "<|image_pad|>",
    "video_token": "<|video_pad|>",
}
_TEMPLATE = chat_template("<|vision_start|><|image_pad|><|vision_end|>")
_INTERLEAVED = {"rope_type": "default", "mrope_section": [3, 3, 2], "mrope_interleaved": True}
_SIDE = 128


def qwen2_5_vl(folder: Path, size: Size = TINY) -> Path:
    """Save a Qwen2.5-VL: patches of 14 pixels, merged 2 x 2, windowed attention in the vision tower."""
    tokenizer = make_tokenizer(("Yes", "No"), _NAMES)
    Qwen2_5_VLProcessor(
        image_processor=Qwen2VLImageProcessor(size=_pixels(size)),
        tokenizer=tokenizer,
        video_processor=Qwen2VLVideoProcessor(size=_pixels(size)),
        chat_template=_TEMPLATE,
    ).save_pretrained(folder)
    rope = {"rope_type": "default", "mrope_section": [2, 3, 3]}
    settings = {"rope_parameters": rope, "bos_token_id": None, "eos_token_id": tokenizer.eos_token_id}
    text = language(tokenizer, size.width, size.layers, size.heads, settings, Qwen2_5_VLTextConfig)
    config = Qwen2_5_VLConfig(
        vision_config={**_vision(size), "window_size": 56, "fullatt_block_indexes": [1]},
        text_config=text,
        **_ids(tokenizer),
    )
    return save(Qwen2_5_VLForConditionalGeneration, config, folder)


def qwen3_vl(folder: Path, size: Size = TINY) -> Path:
    """Save a Qwen3-VL: interleaved positions, pictures added again to the first layers' states."""
    tokenizer = _with_patches_of_16(folder, size)
    settings = {"head_dim": 16, "rope_parameters": _INTERLEAVED}
    text = language(tokenizer, size.width, size.layers + 1, size.heads, settings, Qwen3VLTextConfig)
    config = Qwen3VLConfig(
        vision_config={**_vision(size), "deepstack_visual_indexes": [0, 1], "num_position_embeddings": 64},
        text_config=text,
        **_ids(tokenizer),
    )
    return save(Qwen3VLForConditionalGeneration, config, folder)


def qwen3_5(folder: Path, size: Size = TINY) -> Path:
    """Save a Qwen3.5: layers of linear attention, whose state holds all tokens before, in their order."""
    tokenizer = _with_patches_of_16(folder, size)
    settings = {
        "head_dim": 16,
        "rope_parameters": {**_INTERLEAVED, "partial_rotary_factor": 1.0},
        "layer_types": ["linear_attention", "full_attention"] * (size.layers // 2),
        "linear_key_head_dim": 16,
        "linear_value_head_dim": 16,
        "linear_num_key_heads": 2,
        "linear_num_value_heads": 4,
    }
    config = Qwen3_5Config(
        vision_config={**_vision(size), "num_position_embeddings": 64},
        text_config=language(tokenizer, size.width, size.layers, size.heads, settings, Qwen3_5TextConfig),
        **_ids(tokenizer),
    )
    return save(Qwen3_5ForConditionalGeneration, config, folder)


def _with_patches_of_16(folder: Path, size: Size) -> PreTrainedTokenizerFast:
    tokenizer = make_tokenizer(("Yes", "No"), _NAMES)
    Qwen3VLProcessor(
        image_processor=Qwen2VLImageProcessor(patch_size=16, size=_pixels(size)),
        tokenizer=tokenizer,
        video_processor=Qwen3VLVideoProcessor(),
        chat_template=_TEMPLATE,
    ).save_pretrained(folder)
    return tokenizer


def _pixels(size: Size) -> dict[str, int]:
    return {"shortest_edge": 28 * 28, "longest_edge": (_SIDE * size.side) ** 2}


def _vision(size: Size) -> dict[str, int]:
    return {
        "depth": 2,
        "hidden_size": size.vision_width,
        "intermediate_size": 2 * size.vision_width,
        "num_heads": size.vision_heads,
        "out_hidden_size": size.width,
    }


def _ids(tokenizer: PreTrainedTokenizerFast) -> dict[str, int]:
    return {f"{name}_id": tokenizer.convert_tokens_to_ids(token) for name, token in _NAMES.items()}
