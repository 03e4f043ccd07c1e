"""Gemma 3 and PaliGemma 2: image tokens, or the whole prompt, attended in both directions."""

from pathlib import Path
from typing import Any

from transformers import (
    Gemma2Config,
    Gemma3Config,
    Gemma3ForConditionalGeneration,
    Gemma3ImageProcessor,
    Gemma3Processor,
    Gemma3TextConfig,
    LlavaProcessor,
    PaliGemmaConfig,
    PaliGemmaForConditionalGeneration,
    PaliGemmaProcessor,
    SiglipImageProcessor,
)

from tests.teachers.random_checkpoints import chat_template, language, make_tokenizer, save

_VISION: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": 32,
    "patch_size": 8,
    "vision_use_head": False,
}
_SIZE = {"height": 32, "width": 32}
_NAMES = {"image_token": "<image_soft_token>", "boi_token": "<start_of_image>", "eoi_token": "<end_of_image>"}


def gemma3(folder: Path, *, window: int = 4096) -> Path:
    """Save a Gemma 3 whose every other layer sees `window` tokens back; a picture is 2 x 2 tokens."""
    tokenizer = make_tokenizer(("Yes", "No"), _NAMES, ["<bos>"], bos_token="<bos>")
    Gemma3Processor(
        image_processor=Gemma3ImageProcessor(size=_SIZE),
        tokenizer=tokenizer,
        image_seq_length=4,
        chat_template=chat_template("<start_of_image>", "<bos>"),
    ).save_pretrained(folder)
    settings = {
        "head_dim": 16,
        "query_pre_attn_scalar": 16,
        "sliding_window": window,
        "layer_types": ["sliding_attention", "full_attention"],
    }
    config = Gemma3Config(
        vision_config=_VISION,
        text_config=language(tokenizer, 64, 2, 4, settings, Gemma3TextConfig),
        mm_tokens_per_image=4,
        image_token_index=tokenizer.convert_tokens_to_ids(_NAMES["image_token"]),
        boi_token_index=tokenizer.convert_tokens_to_ids(_NAMES["boi_token"]),
        eoi_token_index=tokenizer.convert_tokens_to_ids(_NAMES["eoi_token"]),
    )
    return save(Gemma3ForConditionalGeneration, config, folder)


def paligemma2(folder: Path, *, own_processor: bool = True) -> Path:
    """Save a PaliGemma 2, with a chat template, which the published ones lack.

    Its own processor ends each prompt in a way that leaves nothing to share; with another one the prompts
    share a prefix, and only the attention in both directions forbids to use it.
    """
    tokenizer = make_tokenizer(("Yes", "No"), {"image_token": "<image>"}, ["<bos>"], bos_token="<bos>")
    images = SiglipImageProcessor(size=_SIZE)
    images.image_seq_length = 16
    template = chat_template("<image>")
    processor = (
        PaliGemmaProcessor(images, tokenizer, chat_template=template)
        if own_processor
        else LlavaProcessor(images, tokenizer, 8, "full", chat_template=template)
    )
    processor.save_pretrained(folder)
    settings = {"head_dim": 16, "query_pre_attn_scalar": 16, "sliding_window": 4096}
    config = PaliGemmaConfig(
        vision_config=_VISION,
        text_config=language(tokenizer, 64, 2, 4, settings, Gemma2Config),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        projection_dim=64,
        hidden_size=64,
        vocab_size=len(tokenizer),
    )
    return save(PaliGemmaForConditionalGeneration, config, folder)
