"""Mllama (Llama 3.2 Vision): the picture stands beside the text and is read by cross-attention."""

from pathlib import Path

from transformers import (
    MllamaConfig,
    MllamaForConditionalGeneration,
    MllamaImageProcessor,
    MllamaProcessor,
)
from transformers.models.mllama.configuration_mllama import MllamaTextConfig

from tests.teachers.families.size import TINY, Size
from tests.teachers.random_checkpoints import chat_template, language, make_tokenizer, save

_SIDE, _PATCH = 28, 14


def mllama(folder: Path, size: Size = TINY) -> Path:
    """Save a Mllama, its second layer of cross-attention; up to four tiles of 28 pixels at side 1."""
    tokenizer = make_tokenizer(
        ("Yes", "No"), {}, ["<|begin_of_text|>", "<|python_tag|>"], bos_token="<|begin_of_text|>"
    )
    tokenizer.add_tokens(["<|image|>"], special_tokens=True)  # the last id: it has no row in the output
    side = _SIDE * size.side
    MllamaProcessor(
        image_processor=MllamaImageProcessor(size={"height": side, "width": side}, max_image_tiles=4),
        tokenizer=tokenizer,
        chat_template=chat_template("<|image|>", "<|begin_of_text|>"),
    ).save_pretrained(folder)
    text = language(
        tokenizer,
        size.width,
        size.layers + 1,
        size.heads,
        {
            "vocab_size": len(tokenizer) - 1,
            "cross_attention_layers": [1],
            "bos_token_id": tokenizer.bos_token_id,
            "eos_token_id": tokenizer.eos_token_id,
        },
        MllamaTextConfig,
    )
    vision = {
        "hidden_size": size.vision_width,
        "num_hidden_layers": 2,
        "num_global_layers": 1,
        "attention_heads": size.vision_heads,
        "intermediate_size": 2 * size.vision_width,
        "vision_output_dim": 2 * size.vision_width,
        "image_size": side,
        "patch_size": _PATCH,
        "intermediate_layers_indices": [0],
    }
    config = MllamaConfig(
        vision_config=vision,
        text_config=text,
        image_token_index=tokenizer.convert_tokens_to_ids("<|image|>"),
    )
    return save(MllamaForConditionalGeneration, config, folder)
