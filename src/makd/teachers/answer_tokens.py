"""What counts as yes and as no: found from the tokenizer, scored from the logits behind the prompt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from makd.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor

Tokens: TypeAlias = tuple[int, ...]
AnswerTokenChoice = Literal["forms", "pair"]

_SPELLINGS = ("{0}", " {0}")
_LONGEST_TOKEN = 12


@dataclass(frozen=True)
class AnswerForms:
    """The token sequences that mean yes and those that mean no; none is the beginning of another.

    Attributes:
        yes: forms of yes, each of one token or more.
        no: forms of no.
    """

    yes: tuple[Tokens, ...]
    no: tuple[Tokens, ...]

    @cached_property
    def starts(self) -> tuple[Tokens, ...]:
        """What must stand behind a prompt for each token of each form to be next; `()` comes first."""
        return tuple(
            sorted(
                {form[:i] for form in self.yes + self.no for i in range(len(form))}, key=lambda s: (len(s), s)
            )
        )

    def score(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """Turn next-token logits into answers.

        Args:
            logits: `[..., len(starts), V]`, the distribution behind prompt + each of `starts`.

        Returns:
            log P(yes) - log P(no) and P(yes) + P(no), both `[...]`, float32. A form of several tokens has
            the product of its tokens' probabilities; the forms of a word are disjoint events and add up.
        """
        logits = logits.float()
        normaliser = logits.logsumexp(-1)
        yes, no = (self._log_probability(forms, logits, normaliser) for forms in (self.yes, self.no))
        return yes - no, yes.logaddexp(no).exp().clamp(max=1.0)

    def _log_probability(self, forms: tuple[Tokens, ...], logits: Tensor, normaliser: Tensor) -> Tensor:
        import torch

        place = {start: index for index, start in enumerate(self.starts)}
        each = [
            sum(
                logits[..., place[form[:i]], form[i]] - normaliser[..., place[form[:i]]]
                for i in range(len(form))
            )
            for form in forms
        ]
        return torch.stack(each, -1).logsumexp(-1)  # type: ignore[arg-type]


def find_forms(tokenizer: Any, choice: AnswerTokenChoice = "forms") -> AnswerForms:
    """Find the forms of yes and no.

    `forms`: every token of the vocabulary that reads yes or no but for case and space around; for a word
    without such a token, its usual spellings in several tokens. `pair`: the tokens of "Yes" and "No" alone.

    Raises:
        UsageError: the tokenizer cannot spell the words, or, for `pair`, needs several tokens.
    """
    if choice == "pair":
        return AnswerForms(_alone(tokenizer, "Yes"), _alone(tokenizer, "No"))
    return AnswerForms(_forms(tokenizer, "yes"), _forms(tokenizer, "no"))


def _forms(tokenizer: Any, word: str) -> tuple[Tokens, ...]:
    single = [
        (index,)
        for token, index in tokenizer.get_vocab().items()
        if token.lower().endswith(word)
        and len(token) <= _LONGEST_TOKEN
        and tokenizer.decode([index]).strip().lower() == word
    ]
    return tuple(sorted(single)) or _spelled(tokenizer, word)


def _spelled(tokenizer: Any, word: str) -> tuple[Tokens, ...]:
    """Return the token sequences of the word's usual spellings, less those that continue another."""
    found: list[Tokens] = []
    for cased in (word.capitalize(), word, word.upper()):
        for spelling in _SPELLINGS:
            form = _encode(tokenizer, spelling.format(cased))
            if form and not any(form[: len(other)] == other or other[: len(form)] == form for other in found):
                found.append(form)
    if not found:
        raise UsageError(f"The checkpoint's tokenizer cannot spell {word.capitalize()!r}; it cannot answer.")
    return tuple(found)


def _alone(tokenizer: Any, word: str) -> tuple[Tokens, ...]:
    form = _encode(tokenizer, word)
    if len(form) != 1:
        raise UsageError(
            f"The tokenizer splits {word!r} into {len(form)} tokens, so there is no pair of answer tokens. "
            "Take all forms: --teacher.answer-tokens forms."
        )
    return (form,)


def _encode(tokenizer: Any, text: str) -> Tokens:
    ids = tuple(tokenizer.encode(text, add_special_tokens=False))
    return () if tokenizer.unk_token_id in ids else ids
