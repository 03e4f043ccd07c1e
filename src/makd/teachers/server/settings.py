"""The options of `openai:MODEL`, each with its default."""

from __future__ import annotations

import math
import os
from dataclasses import KW_ONLY, dataclass
from typing import Literal
from urllib.parse import urlsplit

from makd.errors import UsageError

_OPENAI = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How a model behind an OpenAI-compatible server is asked.

    Attributes:
        model: as the server calls it.
        base_url: of the server; None: the environment's OPENAI_BASE_URL, else OpenAI's own.
        concurrency: requests under way at a time.
        timeout: seconds that a reply may take.
        retries: how often a request that failed is sent again.
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

    model: str
    _: KW_ONLY
    base_url: str | None = None
    concurrency: int = 16
    timeout: float = 120.0
    retries: int = 6
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
        if not self.model:
            raise UsageError(
                "--teacher openai: lacks the model's name, as the server calls it: openai:MODEL."
            )
        address = urlsplit(self.address)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise UsageError(
                f"--teacher.base-url {self.base_url}: not an address such as http://localhost:8000/v1."
            )
        if address.username or address.password or address.query:
            raise UsageError(
                "--teacher.base-url holds more than an address; keys belong in the environment "
                "(OPENAI_API_KEY), where no file or log sees them."
            )
        if self.max_cost is not None and self.price_input is None and self.price_output is None:
            raise UsageError(
                "--teacher.max-cost needs --teacher.price-input and --teacher.price-output (per million)."
            )
        if self.address == _OPENAI and not self.key:
            raise UsageError(
                "OpenAI needs a key: set the environment variable OPENAI_API_KEY, or name another server "
                "with --teacher.base-url."
            )

    @property
    def address(self) -> str:
        """Where requests go."""
        return (self.base_url or os.environ.get("OPENAI_BASE_URL") or _OPENAI).rstrip("/")

    @property
    def host(self) -> str:
        """Host and port of the address."""
        return urlsplit(self.address).netloc

    @property
    def key(self) -> str:
        """The key, from the environment alone; empty when there is none (local servers need none)."""
        return os.environ.get("OPENAI_API_KEY", "")

    @property
    def hard(self) -> float:
        """The log-odds that a hard Yes stands for: of `reliability`, 10 where none is given."""
        return 10.0 if self.reliability is None else math.log(self.reliability / (1 - self.reliability))
