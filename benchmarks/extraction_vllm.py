"""The same prompts through vLLM with prefix caching, run by `benchmarks.extraction` in vLLM's environment.

Reads one JSON object (model, picture, prompts, tiles, threads, repeats) and prints one (wall and processor
seconds a run). vLLM's processor cache is off and its prefix cache emptied before each run: each run is a new
picture.
"""

import json
import os
import sys
import time

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
from PIL import Image  # noqa: E402
from vllm import LLM, SamplingParams  # noqa: E402

torch.set_num_threads(task["threads"])
image = Image.open(task["picture"]).convert("RGB")
engine = LLM(
    model=task["model"],
    dtype="float32",
    enable_prefix_caching=True,
    enforce_eager=True,
    max_model_len=4096,
    max_num_seqs=128,
    limit_mm_per_prompt={"image": 1},
    mm_processor_kwargs={"max_patches": max(1, task["tiles"] - 1)},
    mm_processor_cache_gb=0,
    disable_log_stats=True,
)
sampling = SamplingParams(max_tokens=1, temperature=0.0, logprobs=20)
requests = [{"prompt": prompt, "multi_modal_data": {"image": image}} for prompt in task["prompts"]]
runs = []
for _ in range(task["repeats"] + 1):
    engine.reset_prefix_cache()
    wall, cpu = time.perf_counter(), time.process_time()
    # the first prompt fills the cache, all others find the prefix there
    engine.generate(requests[:1], sampling, use_tqdm=False)
    engine.generate(requests[1:], sampling, use_tqdm=False)
    runs.append({"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu})
print(json.dumps(runs[1:]))
