"""Mllama (Llama 3.2 Vision): the picture stands beside the text and is read by cross-attention."""

from pathlib import Path

from transformers import (
    MllamaConfig,
    MllamaForConditionalGeneration,
    MllamaImageProcessor,
    MllamaProcessor,
)
from transformers.models.mllama.configuration_mllama import MllamaTextConfig

from tests.teachers.random_checkpoints import chat_template, language, make_tokenizer, save

_SIDE = 28


def mllama(folder: Path) -> Path:
    """Save a Mllama of two layers, the second of cross-attention; up to four tiles of 28 pixels."""
    tokenizer = make_tokenizer(
        ("Yes", "No"), {}, ["<|begin_of_text|>", "<|python_tag|>"], bos_token="<|begin_of_text|>"
    )
    tokenizer.add_tokens(["<|image|>"], special_tokens=True)  # the last id: it has no row in the output
    MllamaProcessor(
        image_processor=MllamaImageProcessor(size={"height": _SIDE, "width": _SIDE}, max_image_tiles=4),
        tokenizer=tokenizer,
        chat_template=chat_template("<|image|>", "<|begin_of_text|>"),
    ).save_pretrained(folder)
    text = language(
        tokenizer,
        64,
        3,
        4,
        {
            "vocab_size": len(tokenizer) - 1,
            "cross_attention_layers": [1],
            "bos_token_id": tokenizer.bos_token_id,
            "eos_token_id": tokenizer.eos_token_id,
        },
        MllamaTextConfig,
    )
    vision = {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_global_layers": 1,
        "attention_heads": 2,
        "intermediate_size": 64,
        "vision_output_dim": 64,
        "image_size": _SIDE,
        "patch_size": 14,
        "intermediate_layers_indices": [0],
    }
    config = MllamaConfig(
        vision_config=vision,
        text_config=text,
        image_token_index=tokenizer.convert_tokens_to_ids("<|image|>"),
    )
    return save(MllamaForConditionalGeneration, config, folder)
