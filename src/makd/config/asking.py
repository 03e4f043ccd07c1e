"""Who answers, who writes questions, and when asking stops."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import field_validator

from makd.config.group import Group, setting


class TeacherSettings(Group):
    """Who answers. Each kind of teacher takes its own options, and only those; unset: the kind's default."""

    name: str = setting(
        ...,
        "hub id, checkpoint directory, `openai:MODEL`, `vllm:MODEL`, `table:FILE.yaml` or `fieldguide`",
        min_length=1,
    )
    revision: str | None = setting(None, "commit or branch of the hub repository")
    dtype: Literal["auto", "float32", "bfloat16", "float16"] | None = setting(
        None, "weights' type [auto: float32 on CPU, else bfloat16; vLLM: the checkpoint's own]"
    )
    device: str | None = setting(None, "auto, cpu, cuda, cuda:1, mps [auto]")
    device_map: Literal["auto"] | None = setting(
        None, "auto: layers spread over all GPUs and, where they end, the CPU (accelerate)"
    )
    quantization: Literal["4bit", "8bit"] | None = setting(None, "weights in 4 or 8 bits (bitsandbytes)")
    batch_size: int | None = setting(None, "images at once [chosen by the engine]", ge=1)
    tiles: int | Literal["auto"] | None = setting(
        None, "greatest number of tiles an image is cut into; auto: the fewest that change hardly any answer"
    )
    answer_tokens: Literal["forms", "pair"] | None = setting(
        None, "all forms of yes and no, or the paper's two tokens [forms]"
    )
    trust_remote_code: bool | None = setting(None, "run code that comes with the checkpoint")
    engine: dict[str, Any] | None = setting(
        None, "more arguments of vLLM's engine, as YAML ({max_model_len: 4096})"
    )
    base_url: str | None = setting(
        None, "address of an OpenAI-compatible server [OPENAI_BASE_URL, else OpenAI]"
    )
    concurrency: int | None = setting(None, "requests to the server at a time [16]", ge=1)
    timeout: float | None = setting(None, "seconds that a reply may take [120.0]", gt=0)
    retries: int | None = setting(None, "how often a failed request is sent again [6]", ge=0)
    picture_format: Literal["jpeg", "png"] | None = setting(
        None, "how pictures are sent: jpeg of quality 95, or png, lossless [jpeg]"
    )
    picture_side: int | None = setting(None, "longest side of a picture as sent, in pixels [1536]", ge=28)
    picture_detail: Literal["auto", "low", "high"] | None = setting(
        None, "how closely OpenAI looks; decides the cost"
    )
    questions_per_request: int | None = setting(
        None, "questions answered by one reply; more than one: hard answers [1]", ge=1
    )
    compared: int | None = setting(
        None, "pictures on which joint and single questions are compared, 0 = none [8]", ge=0
    )
    reliability: float | None = setting(
        None, "share of hard answers that are right: they stand for this probability", gt=0.5, lt=1
    )
    max_requests: int | None = setting(None, "budget: requests to the server", ge=1)
    max_tokens: int | None = setting(None, "budget: tokens, in and out together", ge=1)
    max_cost: float | None = setting(None, "budget: money, in the prices' currency", gt=0)
    price_input: float | None = setting(None, "price of a million input tokens", ge=0)
    price_output: float | None = setting(None, "price of a million output tokens", ge=0)

    @field_validator("tiles", mode="before")
    @classmethod
    def _number_or_auto(cls, value: Any) -> Any:
        if value is None or value == "auto":
            return value
        if not str(value).isdecimal() or int(value) < 1:
            raise ValueError("should be a number from 1 up or 'auto'")
        return int(value)


class LlmSettings(Group):
    """Who writes questions. Each kind takes its own options, and only those; unset: the kind's default."""

    name: str = setting(
        ..., "`openai:MODEL`, a chat model's hub id or folder, or `manual` (you carry prompts)", min_length=1
    )
    base_url: str | None = setting(
        None, "address of an OpenAI-compatible server [OPENAI_BASE_URL, else OpenAI]"
    )
    timeout: float | None = setting(None, "seconds that a reply of the server may take [600.0]", gt=0)
    retries: int | None = setting(None, "how often a failed request is sent again [6]", ge=0)
    revision: str | None = setting(None, "commit or branch of the hub repository")
    dtype: Literal["auto", "float32", "bfloat16", "float16"] | None = setting(
        None, "weights' type [auto: float32 on CPU, else bfloat16]"
    )
    device: str | None = setting(None, "auto, cpu, cuda, cuda:1, mps [auto]")
    max_tokens: int | None = setting(None, "tokens of a chat model's reply at most [4096]", ge=1)


class AskingSettings(Group):
    """When asking stops, and what is looked at again."""

    max_failures: int | None = setting(None, "stop after so many pictures that could not be answered", ge=1)
    min_mass: float = setting(
        0.5, "stop when yes and no have a lower probability together in the first answers", ge=0, le=1
    )
    verify: bool = setting(False, "hash every picture again, not only those of new size or time")

    @property
    def limits(self) -> dict[str, Any]:
        """What `extract_answers` takes of them."""
        return {name: getattr(self, name) for name in AskingSettings.model_fields}
