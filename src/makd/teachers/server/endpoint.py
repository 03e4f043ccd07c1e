"""Where an OpenAI-compatible server is, which of its models is meant, and how patiently it is asked."""

from __future__ import annotations

import os
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar
from urllib.parse import urlsplit

from makd.errors import UsageError

OPENAI = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model behind a server.

    Attributes:
        option: the command line's name of who is behind it, for messages.
        model: as the server calls it.
        base_url: of the server; None: the environment's OPENAI_BASE_URL, else OpenAI's own.
        timeout: seconds that a reply may take.
        retries: how often a request that failed is sent again.

    Raises:
        UsageError: the address is none or holds what must not be stored, or a key is missing.
    """

    option: ClassVar[str] = "--teacher"

    model: str
    _: KW_ONLY
    base_url: str | None = None
    timeout: float = 120.0
    retries: int = 6

    def __post_init__(self) -> None:
        if not self.model:
            raise UsageError(
                f"{self.option} openai: lacks the model's name, as the server calls it: openai:MODEL."
            )
        address = urlsplit(self.address)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise UsageError(
                f"{self.option}.base-url {self.base_url}: not an address such as http://localhost:8000/v1."
            )
        if address.username or address.password or address.query:
            raise UsageError(
                f"{self.option}.base-url holds more than an address; keys belong in the environment "
                "(OPENAI_API_KEY), where no file or log sees them."
            )
        if self.address == OPENAI and not self.key:
            raise UsageError(
                "OpenAI needs a key: set the environment variable OPENAI_API_KEY, or name another server "
                f"with {self.option}.base-url."
            )

    @property
    def address(self) -> str:
        """Where requests go."""
        return (self.base_url or os.environ.get("OPENAI_BASE_URL") or OPENAI).rstrip("/")

    @property
    def host(self) -> str:
        """Host and port of the address."""
        return urlsplit(self.address).netloc

    @property
    def key(self) -> str:
        """The key, from the environment alone; empty when there is none (local servers need none)."""
        return os.environ.get("OPENAI_API_KEY", "")

    def connection(self) -> dict[str, Any]:
        """Return what the client library's clients are opened with: they neither retry nor log a key.

        Raises:
            UsageError: the library is not installed.
        """
        try:
            import openai  # noqa: F401
        except ImportError as error:
            raise UsageError(
                f"{self.option} openai:MODEL needs the package openai: install makd with its extra, "
                "makd[server]."
            ) from error
        return {
            "api_key": self.key or "none",
            "base_url": self.address,
            "timeout": self.timeout,
            "max_retries": 0,
        }
