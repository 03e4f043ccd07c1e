"""An LLM behind an OpenAI-compatible server."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

from makd.errors import MakdError
from makd.questions.generation.llm import Schema
from makd.teachers.server.endpoint import Endpoint
from makd.teachers.server.errors import Again, RefusedError, judge, pause
from makd.teachers.server.replies import Reply, parse


@dataclass(frozen=True, slots=True)
class LlmEndpoint(Endpoint):
    """The options of `--llm openai:MODEL`; a reply is some thousand tokens long and takes its time."""

    option: ClassVar[str] = "--llm"

    _: KW_ONLY
    timeout: float = 600.0


class ServerLlm:
    """Asks for replies in a JSON schema, and does without where the server refuses or spoils it.

    Args:
        endpoint: which model, and where.
        wait: waits so many seconds before a request is sent again.

    Attributes:
        schemas: whether the server is still asked to keep to a schema.
    """

    def __init__(self, endpoint: LlmEndpoint, wait: Callable[[float], None] | None = None) -> None:
        self.endpoint, self.wait = endpoint, wait or time.sleep
        self.schemas = True

    @property
    def name(self) -> str:
        """`openai:MODEL`."""
        return f"openai:{self.endpoint.model}"

    def reply(self, prompt: str, schema: Schema) -> str:
        """Return the model's words, or those with which it refuses.

        Raises:
            MakdError: the server cannot be reached, lets nobody in, or refuses the request.
        """
        tries = self.endpoint.retries + 1
        if self.schemas:
            outcome = self._patiently(prompt, schema, tries)
            if isinstance(outcome, Reply) and (words := _words(outcome)):
                return words
            tries = 1 if isinstance(outcome, Again) else tries
        outcome = self._patiently(prompt, None, tries)
        self.schemas = self.schemas and isinstance(outcome, Again)
        if isinstance(outcome, Reply):
            return _words(outcome)
        model, host = self.endpoint.model, self.endpoint.host
        if isinstance(outcome, RefusedError):
            raise MakdError(f"{host} refuses to ask {model} ({outcome}).")
        raise MakdError(
            f"{host} does not answer ({outcome.reason}, {self.endpoint.retries + 1} times) at "
            f"{self.endpoint.address}. What {model} said before is kept; start again when the server is back."
        )

    def _patiently(self, prompt: str, schema: Schema | None, tries: int) -> Reply | Again | RefusedError:
        """Send one request, again and again while that may help; return what came of it in the end.

        Raises:
            MakdError: the server answers nobody.
        """
        outcome: Reply | Again | RefusedError = Again("")
        for attempt in range(tries):
            if attempt and isinstance(outcome, Again):
                self.wait(pause(attempt, outcome))
            outcome = self._send(prompt, schema)
            if not isinstance(outcome, Again):
                break
        return outcome

    def _send(self, prompt: str, schema: Schema | None) -> Reply | Again | RefusedError:
        options = self.endpoint.connection()
        import openai

        form: dict[str, Any] = {}
        if schema is not None:
            described = {"name": "reply", "strict": True, "schema": dict(schema)}
            form = {"response_format": {"type": "json_schema", "json_schema": described}}
        try:
            with openai.OpenAI(**options) as connection:
                raw = connection.chat.completions.with_raw_response.create(
                    model=self.endpoint.model, messages=[{"role": "user", "content": prompt}], **form
                )
                return parse(raw.http_response.text)
        except (openai.OpenAIError, ValueError) as error:
            outcome = judge(error, self.endpoint)
        if isinstance(outcome, MakdError):
            raise outcome from None
        return outcome


def _words(reply: Reply) -> str:
    return reply.text if reply.text.strip() else reply.refusal
