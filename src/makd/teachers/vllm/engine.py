"""vLLM in this process: a checkpoint loaded by it, in the environment that `make vllm-env` builds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from makd.errors import MakdError, UsageError

SETUP = "`make vllm-env` builds one, .venv-vllm; run its makd"


@dataclass(frozen=True, slots=True)
class Engine:
    """A checkpoint that vLLM has loaded.

    Attributes:
        llm: vLLM's engine.
        processor: tokenizer, chat template and image processor, as `TransformersTeacher` uses them.
        name: folder name or hub id.
        revision: asked for; empty when none was.
        dtype: of the weights.
        concurrency: questions that the engine is given at a time.
    """

    llm: Any
    processor: Any
    name: str
    revision: str
    dtype: str
    concurrency: int


def load_engine(
    source: str,
    *,
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto",
    revision: str | None = None,
    trust_remote_code: bool = False,
    engine: dict[str, Any] | None = None,
) -> Engine:
    """Load a checkpoint into vLLM, with prefix caching and one picture a prompt.

    Args:
        source: a folder or a hub id.
        dtype: of the weights; `auto` is what the checkpoint says.
        revision: of the hub repository.
        trust_remote_code: whether code that comes with the checkpoint may run.
        engine: more arguments of `vllm.LLM` (`{max_model_len: 4096, tensor_parallel_size: 2}`).

    Raises:
        UsageError: vLLM is not in this environment, or does not take the arguments.
        MakdError: it cannot load the checkpoint.
    """
    if not source:
        raise UsageError("--teacher vllm: lacks the checkpoint: vllm:OWNER/NAME or vllm:FOLDER.")
    try:
        from vllm import LLM
    except ImportError as error:
        raise UsageError(
            f"vllm: teachers need vLLM, which this environment lacks ({error}). It pins a torch of its own, "
            f"so it lives in an environment of its own: {SETUP}."
        ) from error
    from transformers import AutoProcessor

    hub = {"revision": revision, "trust_remote_code": trust_remote_code}
    arguments = {"enable_prefix_caching": True, "limit_mm_per_prompt": {"image": 1, "video": 0}}
    try:
        processor = AutoProcessor.from_pretrained(source, **hub)
        llm = LLM(model=source, dtype=dtype, **hub, **{**arguments, **(engine or {})})
    except (TypeError, ValueError) as error:
        raise UsageError(f"vLLM does not take {source} as asked: {_first_line(error)}") from error
    except (OSError, RuntimeError) as error:
        raise MakdError(f"vLLM cannot load {source}: {_first_line(error)}") from error
    settings = llm.llm_engine.vllm_config
    folder = Path(source)
    return Engine(
        llm,
        processor,
        folder.resolve().name if folder.is_dir() else source,
        revision or "",
        str(settings.model_config.dtype).removeprefix("torch."),
        settings.scheduler_config.max_num_seqs,
    )


def log_probabilities(
    engine: Engine, prompts: Sequence[dict[str, Any]], tokens: Sequence[int]
) -> list[list[float]]:
    """Return `[prompts][tokens]` natural log-probabilities of each of `tokens` to be next.

    They are asked for by id, so that none can fall out of a top-k.

    Raises:
        MakdError: vLLM does not give them.
    """
    from vllm import SamplingParams

    asked = SamplingParams(max_tokens=1, temperature=0.0, logprob_token_ids=list(tokens), detokenize=False)
    found = []
    for output in engine.llm.generate(list(prompts), asked, use_tqdm=False):
        given = output.outputs[0].logprobs
        if not given or not all(token in given[0] for token in tokens):
            raise MakdError(
                "This vLLM does not tell the log-probabilities of given tokens; take a newer one."
            )
        found.append([given[0][token].logprob for token in tokens])
    return found


def in_words(engine: Engine, prompt: dict[str, Any], tokens: int) -> str:
    """Return the most probable reply to a prompt, of at most so many tokens."""
    from vllm import SamplingParams

    (output,) = engine.llm.generate(
        [prompt], SamplingParams(max_tokens=tokens, temperature=0.0), use_tqdm=False
    )
    text: str = output.outputs[0].text
    return text


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:300]
