"""The parts of the checkpoint before training: tokenizer, processor, chat template, model.

The architecture is FastVLM as transformers has it: a convolutional vision tower from timm, a projector, a
Qwen2 language model. Only its sizes are small.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from makd.fieldguide.wordings import FILLER, INSTRUCTIONS, WORDINGS
from makd.fieldguide.world import SIDE

TOWER_WIDTH = 256
_WIDTH, _LAYERS, _HEADS, _HIDDEN = 128, 3, 4, 384
_STRIDE = 32
IMAGE_TOKENS = (SIDE // _STRIDE) ** 2
PAD, USER, ASSISTANT, END, IMAGE = "<|pad|>", "<|user|>", "<|assistant|>", "<|end|>", "<image>"
_VOCABULARY = 640

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|user|>' if message['role'] == 'user' else '<|assistant|>' }}"
    "{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}"
    "{% if message['role'] == 'assistant' %}<|end|>{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def build_tokenizer() -> Any:
    """Train a byte-level BPE tokenizer on the training wordings; `Yes` and `No` are tokens of their own."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=_VOCABULARY,
        special_tokens=[PAD, USER, ASSISTANT, END, IMAGE],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_corpus(), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=END,
        padding_side="left",
        extra_special_tokens={"image_token": IMAGE},
    )


def _corpus() -> Iterable[str]:
    for wordings in WORDINGS.values():
        yield from wordings.asked + wordings.denied
    for _ in range(50):
        yield from ("Yes", "No", *INSTRUCTIONS)
    for _ in range(5):
        yield FILLER


def build_processor(tokenizer: Any) -> Any:
    """Return the processor: pictures scaled to [-1, 1], one placeholder a place of the tower's grid."""
    from transformers import LlavaProcessor, SiglipImageProcessor

    pictures = SiglipImageProcessor(
        size={"height": SIDE, "width": SIDE}, image_mean=[0.5] * 3, image_std=[0.5] * 3, do_convert_rgb=True
    )
    return LlavaProcessor(
        pictures,
        tokenizer,
        patch_size=_STRIDE,
        vision_feature_select_strategy="full",
        image_token=IMAGE,
        chat_template=CHAT_TEMPLATE,
    )


def build_model(tokenizer: Any) -> Any:
    """Return the model with random weights, 2 million parameters in float32.

    Weights start at about 1 / sqrt(width): with the customary 0.02 so narrow a language model learns the
    majority's answer and stays there.
    """
    from transformers import FastVlmConfig, FastVlmForConditionalGeneration, Qwen2Config, TimmWrapperConfig

    vision = TimmWrapperConfig(
        architecture="resnet10t",
        model_args={"channels": [32, 64, 128, TOWER_WIDTH], "stem_type": "", "stem_width": 32},
        do_pooling=False,
        hidden_size=TOWER_WIDTH,
    )
    text = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=_WIDTH,
        intermediate_size=_HIDDEN,
        num_hidden_layers=_LAYERS,
        num_attention_heads=_HEADS,
        num_key_value_heads=_HEADS,
        max_position_embeddings=512,
        initializer_range=_WIDTH**-0.5,
        tie_word_embeddings=True,
        use_cache=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    config = FastVlmConfig(
        vision_config=vision,
        text_config=text,
        image_token_index=tokenizer.convert_tokens_to_ids(IMAGE),
        image_seq_length=IMAGE_TOKENS,
        tie_word_embeddings=True,
        initializer_range=_WIDTH**-0.5,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return FastVlmForConditionalGeneration(config)
