"""Tiny random checkpoints of the common architectures, each from its family's own config and processor."""

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.teachers.families.gemma import gemma3, paligemma2
from tests.teachers.families.idefics import idefics3, smolvlm
from tests.teachers.families.internvl import internvl
from tests.teachers.families.llava import llava_next, llava_onevision
from tests.teachers.families.mistral import mistral3, pixtral
from tests.teachers.families.mllama import mllama
from tests.teachers.families.qwen import qwen2_5_vl, qwen3_5, qwen3_vl

FAMILIES: Mapping[str, Callable[..., Path]] = {
    "InternVL": internvl,
    "Qwen2.5-VL": qwen2_5_vl,
    "Qwen3-VL": qwen3_vl,
    "Qwen3.5": qwen3_5,
    "LLaVA-OneVision": llava_onevision,
    "SmolVLM": smolvlm,
    "Idefics3": idefics3,
    "Gemma 3": gemma3,
    "PaliGemma 2": paligemma2,
    "Mllama": mllama,
    "Mistral 3": mistral3,
    "Pixtral": pixtral,
    "LLaVA-NeXT": llava_next,
}
"""What saves a checkpoint of each family: (folder, size)."""
