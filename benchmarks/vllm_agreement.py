"""Do `openai:` and `vllm:` give the answers that the transformers teacher gives? Asked of a real vLLM.

`make vllm-env`, then, from the repository's root: `.venv/bin/python -m benchmarks.vllm_agreement`. A small
InternVL of random weights, made willing to say yes or no, answers some pictures three times: by makd's own
engine, by a vLLM server over loopback, and by vLLM in process in its own environment.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from tests.teachers import random_checkpoints

from makd.answers.store import AnswerStore
from makd.data.samples import Sample
from makd.questions.bank import QuestionBank
from makd.teachers.base import Answer, Teacher
from makd.teachers.checkpoint import load_checkpoint
from makd.teachers.prompts import render
from makd.teachers.registry import open_teacher

RESULTS = Path(__file__).parent / "results" / "vllm_agreement.json"
ENGINE = {"enforce_eager": True, "max_model_len": 2048}
CPU = {
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
}
SIZES = ((64, 64), (90, 40), (40, 90), (120, 80))


def main() -> None:
    """Ask three times, compare, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--env", type=Path, default=Path(".venv-vllm"), help="environment of vLLM")
    parser.add_argument("--pictures", type=int, default=8)
    parser.add_argument("--out", type=Path, default=RESULTS)
    settings = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        checkpoint, bank = (
            willing(folder / "checkpoint"),
            QuestionBank.from_texts(random_checkpoints.QUESTIONS),
        )
        samples = pictures(folder / "data", settings.pictures)
        truth = ask(open_teacher(str(checkpoint), device="cpu", dtype="float32"), samples, bank)
        figures: dict[str, Any] = {
            "vllm": version(settings.env),
            "pictures": len(samples),
            "questions": len(bank),
            "log_odds_range": [float(truth.min()), float(truth.max())],
        }
        with serving(settings.env, checkpoint) as url:
            teacher = open_teacher("openai:willing", base_url=url, picture_format="png")
            figures["openai"] = compared(truth, ask(teacher, samples, bank))
        figures["vllm_in_process"] = compared(
            truth, in_process(settings.env, checkpoint, samples, bank, folder)
        )
    print(json.dumps(figures, indent=2))
    settings.out.write_text(json.dumps(figures, indent=2) + "\n")


def willing(folder: Path) -> Path:
    """Save a random InternVL in which yes and no are among the most probable answers.

    The rows of the output matrix that mean yes or no get a share of the direction that the last hidden
    states have in common, so that a server's 20 most probable tokens hold both words.
    """
    random_checkpoints.internvl(folder, width=256, heads=4, vision_width=128)
    loaded = load_checkpoint(folder, dtype="float32", device="cpu")
    model, processor = loaded.model, loaded.processor
    image = Image.fromarray(np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    with torch.no_grad():
        states = [
            model(
                **processor(images=[image], text=[render(processor, text)], return_tensors="pt"),
                output_hidden_states=True,
            ).hidden_states[-1][0, -1]
            for text in random_checkpoints.QUESTIONS
        ]
        common = torch.stack(states).mean(0)
        ids = [
            index
            for token, index in processor.tokenizer.get_vocab().items()
            if token.lower().strip("\u0120") in ("yes", "no")
        ]
        model.lm_head.weight[ids] += 25.0 * common / common.norm() ** 2
    model.save_pretrained(folder)
    return folder


def pictures(folder: Path, number: int) -> list[Sample]:
    """Write pictures of noise in several sizes, in two class folders."""
    rng = np.random.default_rng(0)
    samples = []
    for index in range(number):
        width, height = SIZES[index % len(SIZES)]
        path = folder / ("even", "odd")[index % 2] / f"{index}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8)).save(path)
        samples.append(Sample(path.relative_to(folder).as_posix(), path))
    return samples


def ask(teacher: Teacher, samples: Sequence[Sample], bank: QuestionBank) -> np.ndarray:
    """Return log-odds `[N, Q]`; what is no value but a bound is NaN."""
    found: dict[str, np.ndarray] = {}
    for answer in teacher.answer(samples, bank.questions):
        if not isinstance(answer, Answer):
            raise SystemExit(f"{answer.key}: {answer.reason}")
        kinds = [answer.kind] * len(bank) if isinstance(answer.kind, str) else answer.kind
        found[answer.key] = np.where(np.array(kinds) == "soft", answer.log_odds, np.nan)
    return np.stack([found[sample.key] for sample in samples])


def compared(truth: np.ndarray, other: np.ndarray) -> dict[str, float]:
    """Return the greatest difference in log-odds and in P(yes), over the answers that are values."""
    there = np.isfinite(other)
    p, q = 1 / (1 + np.exp(-truth[there])), 1 / (1 + np.exp(-other[there]))
    return {
        "answers": int(there.sum()),
        "without_value": int((~there).sum()),
        "greatest_difference_in_log_odds": float(np.abs(truth - other)[there].max()),
        "greatest_difference_in_p_yes": float(np.abs(p - q).max()),
    }


def in_process(
    env: Path, checkpoint: Path, samples: Sequence[Sample], bank: QuestionBank, folder: Path
) -> np.ndarray:
    """Let makd in vLLM's environment fill a store, and read it."""
    questions, store = folder / "questions.txt", folder / "answers"
    questions.write_text("\n".join(random_checkpoints.QUESTIONS) + "\n")
    engine = json.dumps(ENGINE)
    command = f"answers extract {folder / 'data'} --splits train,val,test --teacher vllm:{checkpoint}"
    subprocess.run(
        [
            *(str(env / "bin" / "makd"), *command.split(), "--teacher.dtype", "float32"),
            *("--teacher.engine", engine, "--questions", str(questions), "-o", str(store)),
        ],
        env=environment(),
        check=True,
    )
    answers = AnswerStore.open(store).answers(hashes=bank.hashes)
    rows = dict(zip(answers.keys, answers.log_odds, strict=True))
    return np.stack([rows[sample.key] for sample in samples])


@contextmanager
def serving(env: Path, checkpoint: Path) -> Iterator[str]:
    """Run vLLM's server over loopback, yield its address, and end it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    flags = f"--host 127.0.0.1 --port {port} --enforce-eager --dtype float32 --max-model-len 2048"
    program, served = str(env / "bin" / "vllm"), str(checkpoint)
    command = [program, "serve", served, "--served-model-name", "willing", *flags.split()]
    limit = ["--limit-mm-per-prompt", '{"image":1,"video":0}']
    server = subprocess.Popen([*command, *limit], env=environment(), start_new_session=True)
    try:
        wait_for(f"http://127.0.0.1:{port}/health", server)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)


def wait_for(url: str, server: subprocess.Popen[bytes], seconds: float = 400) -> None:
    """Return when the address answers."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + seconds
    while server.poll() is None and time.monotonic() < end:
        try:
            direct.open(url, timeout=5).close()
            return
        except OSError:
            time.sleep(1)
    raise SystemExit("vLLM's server did not start")


def environment() -> Mapping[str, str]:
    """Return this environment with vLLM's settings for a CPU."""
    return {**os.environ, **CPU}


def version(env: Path) -> str:
    """Return the version of vLLM in an environment."""
    code = "import importlib.metadata as m; print(m.version('vllm'))"
    done = subprocess.run([env / "bin" / "python", "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


if __name__ == "__main__":
    main()
