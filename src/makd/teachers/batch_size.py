"""How many pictures are answered at once: found by trying, given up where memory ends."""

from __future__ import annotations

_FIRST = 4096
_GAIN = 1.05
_TRIALS = 3
_LOGITS = 2**28


class BatchSize:
    """Tokens at once, doubled while that answers sooner, halved when memory ends.

    It begins at 4,096 tokens (one picture, if that has more) and grows to `most`. At each size the better of
    two full batches counts, after one to warm up; a size that is not 5 % faster a token than the one before
    is not kept, and the search ends. Logits over the vocabulary take 1 GiB at most.

    Args:
        fixed: pictures at once; None: found by trying.
        most: tokens at once at most.
        logits: values of a picture's logits, rows x vocabulary.
    """

    def __init__(self, fixed: int | None, most: int, logits: int) -> None:
        self._most = fixed or max(1, _LOGITS // logits)
        self._tokens: float = float("inf") if fixed else min(_FIRST, most)
        self._bound = most
        self._searching = fixed is None
        self._slowest_allowed = float("inf")
        self._times: list[float] = []

    def pictures(self, tokens: int) -> int:
        """Return how many pictures of so many tokens (prefix and questions) to answer at once."""
        return max(1, int(min(self._most, self._tokens // max(tokens, 1))))

    def answered(self, pictures: int, tokens: int, seconds: float) -> None:
        """Learn from a batch of `pictures` pictures of `tokens` tokens each."""
        if not self._searching or pictures < self.pictures(tokens):
            return
        self._times.append(seconds / (pictures * tokens))
        if len(self._times) < _TRIALS:
            return
        best = min(self._times[1:])
        self._times = []
        if best * _GAIN > self._slowest_allowed:
            self._tokens /= 2
            self._searching = False
        elif 2 * self._tokens > self._bound:
            self._searching = False
        else:
            self._slowest_allowed = best
            self._tokens *= 2

    def exceeded(self, pictures: int, tokens: int) -> None:
        """Learn that memory ended at `pictures` pictures of `tokens` tokens each."""
        self._searching = False
        self._most = min(self._most, max(1, pictures // 2)) if self._tokens == float("inf") else self._most
        self._tokens = min(self._tokens, max(1, pictures // 2) * tokens)
