"""The contract of a teacher: whoever can answer yes/no questions about samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from makd.data.samples import Sample
from makd.questions.bank import Question

Kind = Literal["soft", "hard", "bounded"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""In memory a kind is its place here."""

Need = Literal["image", "label"]
FloatVector: TypeAlias = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TeacherCard:
    """Who answers and under which conditions; what makes two answer stores comparable.

    Attributes:
        name: hub id, checkpoint folder's name, `table:FILE`, …
        revision: commit or content hash of the weights (or of the table).
        licence: note on what the answers may be used for; empty when unknown.
        prompt: the full prompt with `{question}` where the question goes.
        image_settings: what decides how a picture reaches the model (size, tiles, normalisation).
        dtype: of the weights, `float32` or `bfloat16`; empty when unknown.
        server: host that answered, for the record; another host of the same model is the same teacher.
        reading: what else decides how replies become answers.
    """

    name: str
    revision: str = ""
    licence: str = ""
    prompt: str = ""
    image_settings: Mapping[str, object] = field(default_factory=dict)
    dtype: str = "float32"
    server: str = ""
    reading: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """A teacher's answers to all questions about one sample.

    Attributes:
        key: `Sample.key`.
        instance: `Sample.instance`.
        log_odds: `[Q]` log P(yes) - log P(no), natural log; NaN where there is no answer.
        yes_no_mass: `[Q]` probability in [0, 1] that the first answer token is a form of yes or no.
        kind: whether log_odds are values (`soft`), signs only (`hard`) or bounds (`bounded`: the value is
            at least as far from 0); one for all questions, or one each.
        path: how it was computed (`packed`, `shared-prefix`, `plain`, `table`, `server`, `server-joint`,
            `vllm`).
    """

    key: str
    log_odds: FloatVector
    yes_no_mass: FloatVector
    kind: Kind | tuple[Kind, ...] = "soft"
    path: str = ""
    instance: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A sample that could not be answered, and why; it goes to quarantine."""

    key: str
    reason: str
    instance: str | None = None


class Teacher(Protocol):
    """Answers yes/no questions about samples."""

    @property
    def card(self) -> TeacherCard:
        """Who answers."""

    @property
    def needs(self) -> Need:
        """What it may see: `"image"` (never a label) or `"label"` (nothing else)."""

    def answer(self, samples: Iterable[Sample], questions: Sequence[Question]) -> Iterator[Answer | Failure]:
        """Yield one `Answer` or `Failure` a sample, in any order, consuming `samples` lazily."""
