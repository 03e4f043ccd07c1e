"""The options of `openai:MODEL`, each with its default."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass
from typing import Literal

from makd.errors import UsageError
from makd.teachers.server.endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class ServerSettings(Endpoint):
    """How a model behind an OpenAI-compatible server is asked about pictures.

    Attributes:
        concurrency: requests under way at a time.
        picture_format: how pictures are encoded.
        picture_side: longest side of a picture as sent, in pixels.
        picture_detail: OpenAI's word for how closely to look; it decides what a picture costs.
        questions_per_request: more than one: answered by one reply of several lines, hard answers.
        compared: pictures on which answers of joint questions are compared with single ones.
        reliability: share of hard answers that are right; they stand for log-odds of this probability.
        max_requests: budget.
        max_tokens: budget, in and out together.
        max_cost: budget, in the currency of the prices.
        price_input: of a million input tokens.
        price_output: of a million output tokens.

    Raises:
        UsageError: the options do not go together, or the address holds what must not be stored.
    """

    _: KW_ONLY
    concurrency: int = 16
    picture_format: Literal["jpeg", "png"] = "jpeg"
    picture_side: int = 1536
    picture_detail: Literal["auto", "low", "high"] | None = None
    questions_per_request: int = 1
    compared: int = 8
    reliability: float | None = None
    max_requests: int | None = None
    max_tokens: int | None = None
    max_cost: float | None = None
    price_input: float | None = None
    price_output: float | None = None

    def __post_init__(self) -> None:
        Endpoint.__post_init__(self)  # super() knows no class that slots have made anew
        if self.max_cost is not None and self.price_input is None and self.price_output is None:
            raise UsageError(
                "--teacher.max-cost needs --teacher.price-input and --teacher.price-output (per million)."
            )

    @property
    def hard(self) -> float:
        """The log-odds that a hard Yes stands for: of `reliability`, 10 where none is given."""
        return 10.0 if self.reliability is None else math.log(self.reliability / (1 - self.reliability))
