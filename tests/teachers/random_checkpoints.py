"""Random multimodal checkpoints of native architectures, built offline: real files, no meaning."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import nn
from transformers import (
    FastVlmConfig,
    FastVlmForConditionalGeneration,
    GotOcr2ImageProcessor,
    InternVLConfig,
    InternVLForConditionalGeneration,
    InternVLProcessor,
    InternVLVideoProcessor,
    InternVLVisionConfig,
    LlavaProcessor,
    PreTrainedConfig,
    PreTrainedTokenizerFast,
    Qwen2Config,
    SiglipImageProcessor,
    TimmWrapperConfig,
)

QUESTIONS = (
    "Does the animal have horns?",
    "Is it red?",
    "Are there stripes or bands on its back that run from one side to the other?",
    "Does it stand in water?",
    "Is the tail long?",
    "Are its eyes large and round?",
    "Does it have wings?",
    "Is the picture taken at night, with little light and strong shadows?",
)
_MARKS = ("<|end|>", "<|user|>", "<|assistant|>")
_TEMPLATE = (
    "{% for message in messages %}<|user|>"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}IMAGE\n{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def internvl(
    folder: Path,
    *,
    width: int = 64,
    layers: int = 2,
    vision_width: int = 32,
    vision_layers: int = 1,
    tile: int = 28,
    heads: int = 4,
    words: Sequence[str] = ("Yes", "No"),
    spread: float = 8.0,
    text: Mapping[str, Any] | None = None,
) -> Path:
    """Save a random InternVL checkpoint with tiles of `tile` pixels ((tile / 28)^2 x 1 image tokens each)."""
    names = {
        "start_image_token": "<img>",
        "end_image_token": "</img>",
        "context_image_token": "<image>",
        "video_token": "<video>",
    }
    tokenizer = make_tokenizer(words, names)
    size = {"height": tile, "width": tile}
    tokens = (tile // 14) ** 2 // 4
    InternVLProcessor(
        image_processor=GotOcr2ImageProcessor(size=size, crop_to_patches=True, max_patches=6),
        tokenizer=tokenizer,
        video_processor=InternVLVideoProcessor(size=size),
        image_seq_length=tokens,
        chat_template=chat_template("<image>"),
    ).save_pretrained(folder)
    vision = InternVLVisionConfig(
        hidden_size=vision_width,
        num_hidden_layers=vision_layers,
        num_attention_heads=4,
        intermediate_size=4 * vision_width,
        image_size=[tile, tile],
        patch_size=[14, 14],
    )
    config = InternVLConfig(
        vision_config=vision.to_dict(),
        text_config=language(tokenizer, width, layers, heads, text or {}),
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        image_seq_length=tokens,
    )
    return save(InternVLForConditionalGeneration, config, folder, spread)


def fastvlm(
    folder: Path,
    *,
    width: int = 64,
    layers: int = 2,
    heads: int = 4,
    feed_forward: int = 128,
    channels: Sequence[int] = (8, 16, 16, 32),
    spread: float = 8.0,
    words: Sequence[str] = ("Yes", "No"),
    text: Mapping[str, Any] | None = None,
) -> Path:
    """Save a random FastVLM checkpoint: 64 px pictures, 2 x 2 image tokens."""
    tokenizer = make_tokenizer(words, {"image_token": "<image>"})
    LlavaProcessor(
        image_processor=SiglipImageProcessor(size={"height": 64, "width": 64}),
        tokenizer=tokenizer,
        patch_size=32,
        vision_feature_select_strategy="full",
        chat_template=chat_template("<image>"),
    ).save_pretrained(folder)
    vision = TimmWrapperConfig(
        architecture="resnet10t",
        do_pooling=False,
        model_args={"channels": tuple(channels), "in_chans": 3},
        num_classes=0,
        hidden_size=channels[-1],
    )
    config = FastVlmConfig(
        vision_config=vision.to_dict(),
        text_config=language(
            tokenizer, width, layers, heads, {"intermediate_size": feed_forward, **(text or {})}
        ),
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
    )
    return save(FastVlmForConditionalGeneration, config, folder, spread)


def chat_template(image: str, start: str = "") -> str:
    """Return a chat template that puts `image` where the picture goes, and `start` before everything."""
    return start + _TEMPLATE.replace("IMAGE", image)


def make_tokenizer(
    words: Sequence[str], names: Mapping[str, str], marks: Sequence[str] = (), **more: Any
) -> PreTrainedTokenizerFast:
    """Train a tokenizer on the questions; `names` are special tokens by attribute, `marks` others."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=480,
        special_tokens=["<pad>", *_MARKS, *marks, *names.values()],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    wordless = [re.sub("yes|no", "", line, flags=re.IGNORECASE) for line in QUESTIONS]
    tokenizer.train_from_iterator([*wordless, *words] * 50, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        eos_token="<|end|>",
        extra_special_tokens=dict(names),
        **more,
    )


def language(
    tokenizer: PreTrainedTokenizerFast,
    width: int,
    layers: int,
    heads: int,
    more: Mapping[str, Any],
    kind: type[PreTrainedConfig] = Qwen2Config,
) -> dict[str, Any]:
    """Return the settings of a small language model, Qwen2 unless told otherwise."""
    settings = {
        "vocab_size": len(tokenizer),
        "hidden_size": width,
        "intermediate_size": 2 * width,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": heads,
        "initializer_range": width**-0.5,
        "max_position_embeddings": 8192,
        "pad_token_id": tokenizer.pad_token_id,
        "tie_word_embeddings": False,
    }
    written: dict[str, Any] = kind(**{**settings, **more}).to_dict()
    return written


def save(kind: Any, config: Any, folder: Path, spread: float = 8.0) -> Path:
    """Draw weights with which pictures and questions matter, and save the model."""
    torch.manual_seed(0)
    config.tie_word_embeddings = False
    model = kind(config).eval()
    with torch.no_grad():
        for name, module in model.model.named_modules():
            if not name.startswith("language_model") and isinstance(
                module, nn.Linear | nn.Conv2d | nn.Conv3d
            ):
                nn.init.kaiming_normal_(module.weight)  # else pictures hardly change the answers
        for name, parameter in model.named_parameters():
            if parameter.numel() == 1:
                parameter.fill_(1.0)  # gates that training opens
            elif name.endswith("projection_weight"):
                nn.init.kaiming_normal_(parameter)
        head = model.get_output_embeddings()
        head.weight.normal_(std=spread * head.in_features**-0.5)
    model.save_pretrained(folder)
    return folder
