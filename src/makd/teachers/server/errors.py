"""What a failed request means: try again, give up this picture, or stop."""

from __future__ import annotations

import email.utils
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from makd.errors import MakdError
from makd.teachers.server.endpoint import Endpoint
from makd.teachers.server.replies import MalformedReplyError

if TYPE_CHECKING:
    from openai import APIStatusError

_AGAIN = (408, 409, 425, 429, 500, 502, 503, 504, 529)
_LONGEST = 600.0
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0
_SPENT = ("insufficient_quota", "billing_hard_limit_reached")


@dataclass(frozen=True, slots=True)
class Again:
    """A request may succeed later.

    Attributes:
        reason: what happened.
        after: seconds the server asks to wait; None: it does not say.
    """

    reason: str
    after: float | None = None


class RefusedError(Exception):
    """The server does not take this request, whoever sends it and whenever; `str()` is its reason."""


def judge(error: Exception, endpoint: Endpoint) -> Again | RefusedError | MakdError:
    """Return what to do about an exception of a request.

    Args:
        error: what was raised, by the client library or by `replies.parse`.
        endpoint: who was asked; its key is repeated in no text.
    """
    import openai

    if isinstance(error, MalformedReplyError | openai.APIResponseValidationError):
        return Again("a malformed reply")
    if isinstance(error, openai.APITimeoutError):
        return Again("no reply in time")
    if isinstance(error, openai.APIConnectionError):
        return Again("no connection, or a cut one")
    if not isinstance(error, openai.APIStatusError):
        raise error
    model, host = endpoint.model, endpoint.host
    status, said = error.status_code, _said(error, endpoint.key)
    if status == 429 and error.code in _SPENT:
        return MakdError(f"The account at {host} has no quota left ({said}).")
    if status in _AGAIN:
        after = retry_after(error.response.headers)
        if after is not None and after > _LONGEST:
            return MakdError(f"{host} asks to come back in {after:,.0f} s (status {status}: {said}).")
        return Again(f"status {status}", after)
    if status in (401, 403):
        return MakdError(
            f"{host} refuses access to {model} (status {status}): set the environment variable "
            "OPENAI_API_KEY to a key that may use it."
        )
    if status == 404:
        return MakdError(
            f"{host} has no {model} there (status 404: {said}). Check the name behind openai: and "
            f"{endpoint.option}.base-url, which ends in /v1 on most servers."
        )
    return RefusedError(f"status {status}: {said}")


def pause(attempt: int, again: Again) -> float:
    """Return seconds before the `attempt`-th repetition: what the server asks for, else doubling.

    A random part keeps requests that failed together from coming back together.
    """
    grown = min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** (attempt - 1))
    if again.after is not None:
        return again.after + random.uniform(0, 1)
    return grown * random.uniform(0.5, 1)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a reply's headers ask to wait (a number, or a date), None when they do not."""
    value = headers.get("retry-after-ms")
    try:
        if value is not None:
            return max(0.0, float(value) / 1000)
        value = headers.get("retry-after", "")
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(str(value)).timestamp() - time.time())
    except ValueError:
        return None


def _said(error: APIStatusError, key: str) -> str:
    """Return the server's own words, short, without the key."""
    body: Any = error.body
    if isinstance(body, Mapping):
        body = body.get("message") or body.get("detail") or body
    text = " ".join(str(body or error.message).split())
    return (text.replace(key, "***") if key else text)[:200]
