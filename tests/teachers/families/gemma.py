"""Gemma 3 and PaliGemma 2: image tokens, or the whole prompt, attended in both directions."""

from pathlib import Path

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

from tests.teachers.families.size import TINY, Size
from tests.teachers.random_checkpoints import chat_template, language, make_tokenizer, save

_SIDE, _PATCH = 32, 8
_NAMES = {"image_token": "<image_soft_token>", "boi_token": "<start_of_image>", "eoi_token": "<end_of_image>"}


def gemma3(folder: Path, size: Size = TINY, *, window: int = 4096) -> Path:
    """Save a Gemma 3 whose every other layer sees `window` tokens back; 2 x 2 tokens at side 1."""
    tokenizer = make_tokenizer(("Yes", "No"), _NAMES, ["<bos>"], bos_token="<bos>")
    tokens = (2 * size.side) ** 2
    Gemma3Processor(
        image_processor=Gemma3ImageProcessor(size=_square(size)),
        tokenizer=tokenizer,
        image_seq_length=tokens,
        chat_template=chat_template("<start_of_image>", "<bos>"),
    ).save_pretrained(folder)
    settings = {
        "head_dim": 16,
        "query_pre_attn_scalar": 16,
        "sliding_window": window,
        "layer_types": ["sliding_attention", "full_attention"] * (size.layers // 2),
    }
    config = Gemma3Config(
        vision_config=size.vision(_SIDE, _PATCH, vision_use_head=False),
        text_config=language(tokenizer, size.width, size.layers, size.heads, settings, Gemma3TextConfig),
        mm_tokens_per_image=tokens,
        image_token_index=tokenizer.convert_tokens_to_ids(_NAMES["image_token"]),
        boi_token_index=tokenizer.convert_tokens_to_ids(_NAMES["boi_token"]),
        eoi_token_index=tokenizer.convert_tokens_to_ids(_NAMES["eoi_token"]),
    )
    return save(Gemma3ForConditionalGeneration, config, folder)


def paligemma2(folder: Path, size: Size = TINY, *, own_processor: bool = True) -> Path:
    """Save a PaliGemma 2, with a chat template, which the published ones lack.

    Its own processor ends each prompt in a way that leaves nothing to share; with another one the prompts
    share a prefix, and only the attention in both directions forbids to use it.
    """
    tokenizer = make_tokenizer(("Yes", "No"), {"image_token": "<image>"}, ["<bos>"], bos_token="<bos>")
    images = SiglipImageProcessor(size=_square(size))
    images.image_seq_length = (size.side * _SIDE // _PATCH) ** 2
    template = chat_template("<image>")
    processor = (
        PaliGemmaProcessor(images, tokenizer, chat_template=template)
        if own_processor
        else LlavaProcessor(images, tokenizer, _PATCH, "full", chat_template=template)
    )
    processor.save_pretrained(folder)
    settings = {"head_dim": 16, "query_pre_attn_scalar": 16, "sliding_window": 4096}
    config = PaliGemmaConfig(
        vision_config=size.vision(_SIDE, _PATCH, vision_use_head=False),
        text_config=language(tokenizer, size.width, size.layers, size.heads, settings, Gemma2Config),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        projection_dim=size.width,
        hidden_size=size.width,
        vocab_size=len(tokenizer),
    )
    return save(PaliGemmaForConditionalGeneration, config, folder)


def _square(size: Size) -> dict[str, int]:
    return {"height": _SIDE * size.side, "width": _SIDE * size.side}
