"""What it costs to ask an MLLM many questions about a picture: published protocol, plain, packed, vLLM.

A random InternVL of some 50 million parameters (float32, output layer scaled so that answers spread) is
asked questions of equal length about pictures of 1, 6 and 13 tiles. All ways are timed in turn, in one run;
the best of the repeats counts, in processor seconds, which other programs on the machine hardly change.

- published: one forward pass over picture and question for each question, the most favourable reading.
- plain: the same in batches. Both are timed on `--passes` of the questions, equally long, and scaled up.
- packed: makd.
- ideal: a pass over the prefix and a pass over as many tokens as all suffixes have, without a prefix.
- vllm: prefix caching, float32, in its own environment (`--vllm-python`).

Preprocessing is outside all times but vLLM's. `--gpu-8b` takes the shape of an 8B InternVL on CUDA, bfloat16;
it has never been run. From the repository's root:

    python -m benchmarks.extraction --threads 2
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from benchmarks.extraction_task import (
    draw_picture,
    large_model,
    lay_out,
    small_model,
)
from torch.utils.flop_counter import FlopCounterMode

from makd.storage import write_json
from makd.teachers.checkpoint import Checkpoint
from makd.teachers.model_inputs import to_model
from makd.teachers.paths import Plan, packed, plain
from makd.teachers.pictures import Picture

Seconds = dict[str, float]


def main() -> None:
    """Measure, print, write `benchmarks/results/extraction.json` and the figure."""
    options = _options()
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as name, torch.inference_mode():
        folder = Path(name)
        checkpoint = large_model(folder / "m") if options.gpu_8b else small_model(folder / "m", options.tile)
        cases: list[dict[str, Any]] = []
        asked: list[dict[str, Any]] = []
        for tiles in options.tiles:
            path = draw_picture(folder / f"{tiles}.png", tiles, 448 if options.gpu_8b else options.tile)
            for number in options.questions:
                picture, plan = lay_out(checkpoint, path, tiles, number)
                case = measure(checkpoint, picture, plan, tiles, options.repeats, options.passes)
                cases.append(case)
                asked.append({"picture": str(path), "prompts": plan.prompts.texts, "tiles": tiles})
                _show(case)
        for case, found in zip(cases, against_vllm(folder / "m", asked, options), strict=True):
            case |= found
            if isinstance(found["vllm"], dict):
                case["vllm_to_packed"] = round(found["vllm"]["cpu"] / case["seconds"]["packed"], 2)
                _show({name: case[name] for name in ("tiles", "questions", "vllm", "vllm_to_packed")})
    weights = sum(weight.numel() for weight in checkpoint.model.parameters())
    results = {
        "parameters": weights,
        "dtype": str(checkpoint.model.dtype),
        "device": str(checkpoint.model.device),
        "threads": options.threads,
        "torch": torch.__version__,
        "machine": platform.machine(),
        "cases": cases,
    }
    write_json(options.out, results)
    draw(cases, options.out.with_suffix(".png"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    numbers: dict[str, Any] = {"type": int, "nargs": "+"}
    parser.add_argument("--tiles", default=[1, 6, 13], help="the overview tile counted", **numbers)
    parser.add_argument("--questions", default=[10, 50, 100], **numbers)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--passes", type=int, default=10, help="questions that the slow protocols are timed on"
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tile", type=int, default=224, help="pixels of a tile's side")
    parser.add_argument("--vllm-python", type=Path, default=Path(".venv-vllm/bin/python"))
    parser.add_argument("--gpu-8b", action="store_true", help="the shape of an 8B InternVL on CUDA, bfloat16")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/extraction.json"))
    return parser.parse_args()


def timed(work: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    """Return the seconds that `work` takes: of the processors, on CUDA of the wall clock."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
        clock = time.perf_counter
    began = clock()
    work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return clock() - began


def measure(
    checkpoint: Checkpoint, picture: Picture, plan: Plan, tiles: int, repeats: int, passes: int
) -> dict[str, Any]:
    """Time every way in turn, compare answers, count work."""
    model, processor = checkpoint.model, checkpoint.processor
    number = len(plan.rows)
    few = plan.asking([index * number // min(passes, number) for index in range(min(passes, number))])
    single = replace(few, tokens=1)
    assert picture.inputs is not None
    prefix = to_model(model, picture.inputs)
    suffixes = torch.tensor(list(plan.rows), device=model.device)
    factor = 512 if model.device.type == "cpu" else 8192
    square = torch.randn(4 * factor, 4 * factor, dtype=model.dtype, device=model.device)
    ways: dict[str, Callable[[], object]] = {
        "packed": lambda: packed(model, processor, [picture], plan),
        "prefix": lambda: model(**prefix, use_cache=True, logits_to_keep=1),
        "suffixes": lambda: model.model.language_model(input_ids=suffixes, use_cache=False),
        "matmul": lambda: square @ square,
        "published": lambda: plain(model, processor, [picture], single),
        "plain": lambda: plain(model, processor, [picture], few),
        "preparing": lambda: [
            processor(images=[[picture.image]], text=[text], return_tensors="pt")
            for text in few.prompts.texts
        ],
    }
    runs: list[Seconds] = []
    for _ in range(repeats):
        runs.append({name: timed(way) for name, way in ways.items()})
    best = {name: min(run[name] for run in runs) for name in ways}
    scale = number / len(few.rows)
    best["published"] = (best["published"] - best["preparing"]) * scale
    best["plain"] = (best["plain"] - best.pop("preparing")) * scale
    peak = 2 * len(square) ** 3 / best.pop("matmul")
    return _case(checkpoint, picture, plan, tiles, best, peak) | _difference(checkpoint, picture, plan, few)


def _case(
    checkpoint: Checkpoint, picture: Picture, plan: Plan, tiles: int, best: Seconds, peak: float
) -> dict[str, Any]:
    counter = FlopCounterMode(display=False)
    with counter:
        packed(checkpoint.model, checkpoint.processor, [picture], plan)
    work = counter.get_total_flops()
    tokens, tree = sum(map(len, plan.rows)), sum(len(pack.ids) for pack in plan.packs)
    ideal = best["prefix"] + best["suffixes"]
    memory = (
        torch.cuda.max_memory_allocated()
        if torch.cuda.is_available()
        else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    )
    return {
        "tiles": tiles,
        "questions": len(plan.rows),
        "prefix_tokens": picture.length,
        "suffix_length": len(plan.rows[0]),
        "suffix_tokens": tokens,
        "packed_tokens": tree,
        "seconds": {name: round(value, 4) for name, value in best.items()},
        "published_to_packed": round(best["published"] / best["packed"], 2),
        "plain_to_packed": round(best["plain"] / best["packed"], 2),
        "packed_to_ideal": round(best["packed"] / ideal, 3),
        "packed_to_ideal_of_distinct_tokens": round(
            best["packed"] / (best["prefix"] + best["suffixes"] * tree / tokens), 3
        ),
        "share_of_matmul_peak": round(work / best["packed"] / peak, 3),
        "matmul_gflops_a_second": round(peak / 1e9, 1),
        "gflop": round(work / 1e9, 1),
        "peak_memory_so_far_mb": round(memory / 2**20),
    }


def _difference(checkpoint: Checkpoint, picture: Picture, plan: Plan, few: Plan) -> dict[str, float]:
    """Compare packed with plain answers on the questions that plain is timed on."""
    starts = len(plan.forms.starts)

    def log_odds(path: Any, of: Plan) -> torch.Tensor:
        logits = path(checkpoint.model, checkpoint.processor, [picture], of)[0]
        return of.forms.score(logits.view(-1, starts, logits.shape[-1]))[0].cpu()

    expected = log_odds(plain, few)
    asked = [plan.prompts.texts.index(text) for text in few.prompts.texts]
    got = log_odds(packed, plan)[asked]
    return {
        "greatest_difference": float((got - expected).abs().max()),
        "log_odds_std": round(float(expected.std(correction=0)), 2),
    }


def against_vllm(
    model: Path, asked: list[dict[str, Any]], options: argparse.Namespace
) -> list[dict[str, Any]]:
    """Time vLLM on the same prompts, pictures and checkpoint, or say why not."""
    python = options.vllm_python
    if options.gpu_8b or not python.exists():
        reason = "the weights are in no folder" if options.gpu_8b else f"there is no {python} (make vllm-env)"
        return [{"vllm": f"skipped: {reason}"}] * len(asked)
    task = {"model": str(model), "threads": options.threads, "repeats": options.repeats, "cases": asked}
    script = Path(__file__).with_name("extraction_vllm.py")
    done = subprocess.run([python, script, json.dumps(task)], capture_output=True, text=True, check=False)
    if done.returncode:
        return [{"vllm": f"failed: {done.stderr.strip().splitlines()[-1:]}"}] * len(asked)
    return [{"vllm": best} for best in json.loads(done.stdout.strip().splitlines()[-1])]


def draw(cases: list[dict[str, Any]], path: Path) -> None:
    """Draw the saving against the number of questions, a line for each number of tiles."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.add_subplot(xlabel="questions", ylabel="seconds of the published protocol / packed")
    for tiles in dict.fromkeys(case["tiles"] for case in cases):
        own = [case for case in cases if case["tiles"] == tiles]
        x = [case["questions"] for case in own]
        axes.plot(
            x, [case["published_to_packed"] for case in own], "o-", label=f"{tiles} tile{'s' * (tiles > 1)}"
        )
    axes.legend()
    figure.savefig(path, dpi=120)


def _show(row: dict[str, Any]) -> None:
    print("  ".join(f"{name} {value}" for name, value in row.items()), flush=True)


if __name__ == "__main__":
    main()
