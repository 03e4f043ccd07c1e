"""What `benchmarks.extraction` asks: random InternVL checkpoints, pictures of n tiles, equal questions."""

from __future__ import annotations

from collections import defaultdict
from itertools import product
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from tests.teachers.random_checkpoints import internvl
from transformers import AutoConfig, AutoProcessor, InternVLForConditionalGeneration

from makd.data.samples import Sample
from makd.teachers.answer_tokens import find_forms
from makd.teachers.checkpoint import Checkpoint, load_checkpoint
from makd.teachers.paths import Plan
from makd.teachers.pictures import Picture, Pictures
from makd.teachers.prompts import Prompts

FORMS = (
    "Does the animal have {} {}?",
    "Are there {} {} on it?",
    "Can you see an animal with {} {}?",
    "Is this a creature of the kind that has {} {}?",
)
KINDS = (
    "red",
    "blue",
    "long",
    "short",
    "round",
    "dark",
    "pale",
    "thin",
    "broad",
    "rough",
    "curved",
    "white",
    "green",
    "brown",
    "large",
    "small",
    "sharp",
    "blunt",
    "flat",
    "straight",
    "smooth",
    "yellow",
    "grey",
    "bright",
)
PARTS = (
    "horns",
    "wings",
    "stripes",
    "spots",
    "scales",
    "claws",
    "fins",
    "antlers",
    "feathers",
    "legs",
    "eyes",
)


def small_model(folder: Path, tile: int) -> Checkpoint:
    """Save and load an InternVL of some 50 million random parameters in float32."""
    if not (folder / "config.json").exists():
        internvl(
            folder,
            width=512,
            layers=8,
            heads=8,
            vision_width=384,
            vision_layers=10,
            tile=tile,
            spread=64.0,
            text={"intermediate_size": 2048},
        )
    return load_checkpoint(folder, dtype="float32", device="cpu")


def large_model(folder: Path) -> Checkpoint:
    """Draw an InternVL of the shape of an 8B one on the GPU, in bfloat16. Never run so far."""
    internvl(folder, tile=448)
    config = AutoConfig.from_pretrained(folder)
    vision = {
        "hidden_size": 1024,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "intermediate_size": 4096,
    }
    text = {
        "hidden_size": 3584,
        "num_hidden_layers": 28,
        "num_attention_heads": 28,
        "num_key_value_heads": 4,
        "intermediate_size": 18944,
        "vocab_size": 151_674,
        "layer_types": ["full_attention"] * 28,
    }
    for part, settings in ((config.vision_config, vision), (config.text_config, text)):
        for name, value in settings.items():
            setattr(part, name, value)
    torch.set_default_dtype(torch.bfloat16)
    with torch.device("cuda"):
        model = InternVLForConditionalGeneration(config).eval()
    torch.set_default_dtype(torch.float32)
    return Checkpoint(model, AutoProcessor.from_pretrained(folder), "internvl-8b-shape", "", "")


def draw_picture(path: Path, tiles: int, tile: int) -> Path:
    """Save a picture of noise that is cut into `tiles` tiles, the overview counted."""
    pixels = np.random.default_rng(0).integers(0, 256, (tile, max(1, tiles - 1) * tile, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def draw_jpegs(folder: Path, number: int) -> list[Sample]:
    """Save JPEGs of some 90 kB, 500 pixels on their longer side."""
    rng = np.random.default_rng(0)
    samples = []
    for index in range(number):
        width, height = ((500, 375), (375, 500), (500, 333), (500, 500))[index % 4]
        coarse = Image.fromarray(rng.integers(0, 256, (height // 4, width // 4, 3), dtype=np.uint8))
        path = folder / f"{index}.jpg"
        coarse.resize((width, height), Image.Resampling.BICUBIC).save(path, quality=90)
        samples.append(Sample(path.name, path))
    return samples


def questions_of_equal_length(checkpoint: Checkpoint, number: int) -> list[str]:
    """Choose questions with equally many tokens, so that the plain protocol's batches need no padding."""
    by_length: dict[int, list[str]] = defaultdict(list)
    for form, kind, part in product(FORMS, KINDS, PARTS):
        question = form.format(kind, part)
        by_length[len(checkpoint.processor.tokenizer(question)["input_ids"])].append(question)
    alike = max(by_length.values(), key=len)
    if len(alike) < number:
        raise SystemExit(f"There are only {len(alike)} questions of equal length; ask for fewer.")
    return [alike[index * len(alike) // number] for index in range(number)]


def lay_out(checkpoint: Checkpoint, picture: Path, tiles: int, number: int) -> tuple[Picture, Plan]:
    """Prepare a picture and the plan of `number` questions."""
    checkpoint.processor.image_processor.max_patches = max(1, tiles - 1)
    prompts = Prompts.build(checkpoint.processor, questions_of_equal_length(checkpoint, number))
    batch = next(Pictures(checkpoint.processor, prompts, 1).batches([Sample(picture.name, picture)], 1, 0))
    if not isinstance(batch, list):
        raise SystemExit(batch.reason)
    plan = Plan.build(prompts, find_forms(checkpoint.processor.tokenizer))
    return batch[0], plan
