"""The same prompts through vLLM with prefix caching, run by `benchmarks.extraction` in vLLM's environment.

Reads one JSON object (model, threads, repeats, cases of picture, prompts and tiles) and prints a list: the
wall and processor seconds of each case's best run. Each run moves the picture by a pixel and empties the
prefix cache, so that neither the vision tower's nor the language model's work is taken from the run before.
"""

import json
import os
import sys
import time
from typing import Any

task = json.loads(sys.argv[1])
os.environ |= {
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    "VLLM_LOGGING_LEVEL": "ERROR",
    "VLLM_CPU_KVCACHE_SPACE": "2",
    "VLLM_NO_USAGE_STATS": "1",
    "HF_HUB_OFFLINE": "1",
    "OMP_NUM_THREADS": str(task["threads"]),
}

import torch  # noqa: E402
from PIL import Image, ImageChops  # noqa: E402
from vllm import LLM, SamplingParams  # noqa: E402

torch.set_num_threads(task["threads"])
most = max(1, max(case["tiles"] for case in task["cases"]) - 1)
engine = LLM(
    model=task["model"],
    dtype="float32",
    enable_prefix_caching=True,
    enforce_eager=True,
    max_model_len=4096,
    max_num_seqs=128,
    limit_mm_per_prompt={"image": 1},
    mm_processor_kwargs={"max_patches": most},
    mm_processor_cache_gb=0,
    disable_log_stats=True,
)
sampling = SamplingParams(max_tokens=1, temperature=0.0, logprobs=20)


def run(case: dict[str, Any], number: int) -> dict[str, Any]:
    """Ask all questions about the picture, moved by `number` pixels; return the seconds."""
    image = ImageChops.offset(Image.open(case["picture"]).convert("RGB"), number, 0)
    settings = {"max_patches": max(1, case["tiles"] - 1)}
    requests = [
        {"prompt": prompt, "multi_modal_data": {"image": image}, "mm_processor_kwargs": settings}
        for prompt in case["prompts"]
    ]
    engine.reset_prefix_cache()
    wall, cpu = time.perf_counter(), time.process_time()
    first = engine.generate(requests[:1], sampling, use_tqdm=False)  # fills the cache for all others
    engine.generate(requests[1:], sampling, use_tqdm=False)
    return {
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "tokens": len(first[0].prompt_token_ids),
    }


best = []
for case in task["cases"]:
    runs = [run(case, number) for number in range(task["repeats"] + 1)][1:]
    best.append(min(runs, key=lambda one: one["cpu"]))
print(json.dumps(best))
