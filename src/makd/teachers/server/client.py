"""One request to a server: bounded in number, tried again, counted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from makd.errors import MakdError, UsageError
from makd.teachers.server.budget import Budget
from makd.teachers.server.dialect import Dialect
from makd.teachers.server.errors import Again, RefusedError, judge, pause
from makd.teachers.server.messages import Message, message, one_question
from makd.teachers.server.replies import Reply, parse
from makd.teachers.server.settings import ServerSettings

if TYPE_CHECKING:
    from openai import AsyncOpenAI

Wait = Callable[[float], Awaitable[None]]
_PROBE = message(one_question("Is ice cold?"))


class Client:
    """Talks to one server while a context lasts (`async with`).

    Args:
        settings: where to, and how patiently.
        budget: counts, and ends it.
        wait: waits so many seconds.
        dialect: what the server is known to understand.
    """

    def __init__(self, settings: ServerSettings, budget: Budget, wait: Wait, dialect: Dialect) -> None:
        self.settings, self.budget, self.wait, self.dialect = settings, budget, wait, dialect
        self._connection = _connected(settings)
        self._free = asyncio.Semaphore(settings.concurrency)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._connection.close()

    async def probe(self) -> Reply:
        """Ask a question without a picture, and find out meanwhile what the server understands.

        Raises:
            MakdError: the server refuses, is not there, thinks first, or cannot keep to the budget.
        """
        self.budget.plan(1)
        while True:
            try:
                reply = await self.ask(_PROBE)
                break
            except RefusedError as refusal:
                simpler = self.dialect.without(str(refusal))
                if simpler is None:
                    raise MakdError(
                        f"{self.settings.host} refuses to ask {self.settings.model} ({refusal})."
                    ) from None
                self.dialect = simpler
        if not reply.top and not reply.first and self.dialect.top_logprobs is not None:
            self.dialect = Dialect(
                None, self.dialect.limit, self.dialect.temperature, self.dialect.no_thinking
            )
        if self.budget.needs_tokens and reply.input_tokens is None:
            raise UsageError(
                f"{self.settings.host} tells no token counts, so --teacher.max-tokens and --teacher.max-cost "
                "cannot be kept; limit --teacher.max-requests instead."
            )
        return reply

    async def ask(self, messages: Sequence[Message], tokens: int | None = None) -> Reply:
        """Return the reply to one request, sent again with growing pauses while that may help.

        Args:
            messages: what is asked.
            tokens: of the reply at most; None: one, with its probabilities.

        Raises:
            RefusedError: the server will not answer this request, though it answers others.
            BudgetSpentError: no more may be sent.
            MakdError: the server answers nobody, or not as it should.
        """
        again = Again("")
        for attempt in range(self.settings.retries + 1):
            if attempt:
                await self.wait(pause(attempt, again))
            outcome = await self._send(messages, tokens, again=attempt > 0)
            if isinstance(outcome, Reply):
                return outcome
            if not isinstance(outcome, Again):
                raise outcome from None
            again = outcome
        trouble = f"{again.reason}, {self.settings.retries + 1} times"
        if isinstance(await self._send(_PROBE, None, again=True), Reply):
            raise RefusedError(f"the server does not answer about it ({trouble})")
        raise MakdError(
            f"{self.settings.host} does not answer ({trouble}) at {self.settings.address}. "
            "What is answered is kept; start again when the server is back."
        )

    async def _send(
        self, messages: Sequence[Message], tokens: int | None, *, again: bool
    ) -> Reply | Again | RefusedError | MakdError:
        import openai

        try:
            async with self._free:
                self.budget.send(again=again)
                raw = await self._connection.chat.completions.with_raw_response.create(
                    model=self.settings.model,
                    messages=messages,  # type: ignore[arg-type]
                    **self.dialect.parameters(tokens),
                )
            return self._checked(parse(raw.http_response.text))
        except (openai.OpenAIError, ValueError) as error:
            return judge(error, self.settings)

    def _checked(self, reply: Reply) -> Reply:
        self.budget.count(reply.input_tokens, reply.output_tokens)
        if reply.thinks:
            raise MakdError(
                f"{self.settings.model} at {self.settings.host} thinks before it answers, and makd reads the "
                "answer's first token. Turn its thinking off on the server (vLLM: "
                "--default-chat-template-kwargs '{\"enable_thinking\": false}'), or take another model."
            )
        return reply


def _connected(settings: ServerSettings) -> AsyncOpenAI:
    options = settings.connection()
    from openai import AsyncOpenAI

    return AsyncOpenAI(**options)
