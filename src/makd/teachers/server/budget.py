"""What a server's answers have cost, and where that is to end."""

from __future__ import annotations

from dataclasses import dataclass

from makd.errors import MakdError


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used up to now.

    Attributes:
        requests: sent, repeated ones included.
        repeated: of them.
        input_tokens: as the server counts them, pictures included.
        output_tokens: of replies.
        uncounted: replies for which the server told no tokens.
        cost: at the given prices, reductions for cached input left out; None without prices.
    """

    requests: int = 0
    repeated: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    uncounted: int = 0
    cost: float | None = None

    def __str__(self) -> str:
        repeated = f" ({self.repeated:,} of them repeated)" if self.repeated else ""
        text = (
            f"{self.requests:,} requests{repeated}, {self.input_tokens:,} tokens in, "
            f"{self.output_tokens:,} tokens out"
        )
        if self.uncounted:
            text += f" (without {self.uncounted:,} replies that told no tokens)"
        return text if self.cost is None else f"{text}, cost {self.cost:,.4f}"


class BudgetSpentError(MakdError):
    """A limit is reached; what was answered before is kept.

    Attributes:
        limit: the option and its value.
        budget: whose usage is told as it stands when the error is shown.
    """

    def __init__(self, limit: str, budget: Budget) -> None:
        super().__init__(limit)
        self.limit, self.budget = limit, budget

    def __str__(self) -> str:
        return (
            f"The budget of --teacher.{self.limit} is spent, as far as whole pictures fit: "
            f"{self.budget.usage}. "
            "What is answered is kept; the same command with a new budget goes on from there."
        )


class Budget:
    """Counts requests and tokens; refuses what would go beyond a limit.

    Limits on tokens and cost are seen when a reply has come, so the requests under way at that moment may
    go beyond them; the limit on requests is never exceeded.

    Args:
        max_requests: to send at most, repeated ones included.
        max_tokens: to use at most, in and out together.
        max_cost: to spend at most, in the currency of the prices.
        price_input: of a million input tokens.
        price_output: of a million output tokens.
    """

    def __init__(
        self,
        *,
        max_requests: int | None = None,
        max_tokens: int | None = None,
        max_cost: float | None = None,
        price_input: float | None = None,
        price_output: float | None = None,
    ) -> None:
        self.max_requests, self.max_tokens, self.max_cost = max_requests, max_tokens, max_cost
        self.price_input, self.price_output = price_input, price_output
        self._planned = self._first = self._repeated = 0
        self._input = self._output = self._uncounted = 0

    @property
    def usage(self) -> Usage:
        """What was used up to now."""
        cost = None
        if self.price_input is not None or self.price_output is not None:
            cost = (self._input * (self.price_input or 0) + self._output * (self.price_output or 0)) / 1e6
        requests = self._first + self._repeated
        return Usage(requests, self._repeated, self._input, self._output, self._uncounted, cost)

    @property
    def needs_tokens(self) -> bool:
        """Whether a limit can be kept only when the server tells its tokens."""
        return self.max_tokens is not None or self.max_cost is not None

    def plan(self, requests: int) -> None:
        """Set so many requests aside, so that what needs them all is not begun in vain.

        Raises:
            BudgetSpentError: they would go beyond a limit.
        """
        self._check(self._planned + self._repeated + requests)
        self._planned += requests

    def send(self, *, again: bool) -> None:
        """Count one request; `again`: it repeats one that failed.

        Raises:
            BudgetSpentError: it would go beyond a limit.
        """
        self._check(self._first + self._repeated + 1)
        if again:
            self._repeated += 1
        else:
            self._first += 1
            self._planned = max(self._planned, self._first)

    def count(self, input_tokens: int | None, output_tokens: int | None) -> None:
        """Count the tokens of a reply; None: the server did not tell."""
        self._uncounted += input_tokens is None
        self._input += input_tokens or 0
        self._output += output_tokens or 0

    def _check(self, requests: int) -> None:
        usage = self.usage
        if self.max_requests is not None and requests > self.max_requests:
            raise BudgetSpentError(f"max-requests {self.max_requests:,}", self)
        if self.max_tokens is not None and usage.input_tokens + usage.output_tokens >= self.max_tokens:
            raise BudgetSpentError(f"max-tokens {self.max_tokens:,}", self)
        if self.max_cost is not None and (usage.cost or 0) >= self.max_cost:
            raise BudgetSpentError(f"max-cost {self.max_cost:g}", self)
