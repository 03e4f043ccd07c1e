"""What is sent to a server: the picture as a data URL, the questions as text."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from makd.data.samples import Sample
from makd.teachers.base import Failure
from makd.teachers.pictures import decode
from makd.teachers.prompts import INSTRUCTION

Message = dict[str, Any]

INSTRUCTION_MANY = (
    "Answer each question about this picture with Yes or No, nothing else: "
    "a line a question, its number and the answer, such as `1. Yes`."
)
TOKENS_A_LINE = 8
"""What a line of `INSTRUCTION_MANY` takes at most."""


@dataclass(frozen=True, slots=True)
class PictureForm:
    """How a picture is sent.

    Attributes:
        format: `jpeg` (quality 95) or `png` (lossless, larger).
        side: longest side in pixels; larger pictures are scaled down.
        detail: how closely the server is asked to look; None: not said.
    """

    format: Literal["jpeg", "png"]
    side: int
    detail: str | None = None

    @property
    def settings(self) -> dict[str, object]:
        """What a card says of it."""
        quality = {"quality": 95} if self.format == "jpeg" else {}
        detail = {"detail": self.detail} if self.detail else {}
        return {"format": self.format, **quality, "longest_side": self.side, **detail}

    def encode(self, sample: Sample) -> Message | Failure:
        """Return the picture (an instance's box cut out) as part of a message, or why there is none."""
        from PIL.Image import Resampling

        image = decode(sample)
        if isinstance(image, str):
            return Failure(sample.key, image, sample.instance)
        image.thumbnail((self.side, self.side), Resampling.LANCZOS)
        file = io.BytesIO()
        image.save(file, self.format, **({"quality": 95} if self.format == "jpeg" else {}))
        data = base64.b64encode(file.getvalue()).decode("ascii")
        url = {"url": f"data:image/{self.format};base64,{data}"}
        return {"type": "image_url", "image_url": url | ({"detail": self.detail} if self.detail else {})}


def one_question(text: str) -> str:
    """Return the text that goes with a picture for one question."""
    return f"{INSTRUCTION}\n{text}"


def many_questions(texts: Sequence[str]) -> str:
    """Return the text that goes with a picture for several questions, numbered from 1."""
    return "\n".join([INSTRUCTION_MANY, *(f"{place}. {text}" for place, text in enumerate(texts, 1))])


def message(text: str, picture: Message | None = None) -> list[Message]:
    """Return the messages of a request; the picture stands first, so that a server may keep it in mind."""
    parts: list[Message] = [{"type": "text", "text": text}]
    return [{"role": "user", "content": [picture, *parts] if picture else parts}]
