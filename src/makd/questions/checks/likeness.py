"""Questions that ask the same again in other words."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from itertools import combinations, groupby, starmap
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from makd.questions.checks.finding import Finding
from makd.questions.checks.meaning import (
    Asked,
    different,
    is_comparison,
    is_weighty,
    left_over,
    of_unlike_things,
    readings,
    same,
)

Similarity = Callable[[Sequence[str]], npt.NDArray[np.float64]]

_AS_GOOD_AS_EQUAL = 0.9  # cosine of n-grams of a pair that differs by words of no weight
_SAME_MEANING = 0.93  # cosine of sentence embeddings
_EMBEDDINGS = "sentence-transformers/all-MiniLM-L6-v2"


def near_duplicates(texts: Sequence[str], embed: Similarity | None = None) -> list[tuple[int, int, Finding]]:
    """Return (later question, earlier question, finding) for each question that was asked before.

    The words in which a pair differs decide, because `Is the body red?` and `Is the body blue?` are alike in
    all but what matters; cosines only where those words weigh little.

    Args:
        texts: the questions in order.
        embed: cosines `[Q, Q]` of the questions' meanings; None: the words decide alone.
    """
    questions = [readings(text) for text in texts]
    cosines = _ngram_cosines([" ".join(words.words) for _, words in questions])
    meanings = embed(texts) if embed else np.zeros_like(cosines)
    found = []
    for earlier, later in sorted(combinations(range(len(texts)), 2), key=itemgetter(1)):
        pairs = [*zip(questions[earlier], questions[later], strict=True)]
        if any(starmap(same, pairs)) or _close(*pairs[0], cosines[later, earlier], meanings[later, earlier]):
            found.append((later, earlier, _finding(texts[earlier])))
    return [found_first for _, (found_first, *_) in groupby(found, key=itemgetter(0))]


def embeddings() -> Similarity | None:
    """Return cosines by sentence embeddings, where sentence-transformers and its model are here."""
    if importlib.util.find_spec("sentence_transformers") is None:
        return None
    from sentence_transformers import SentenceTransformer

    try:
        model = SentenceTransformer(_EMBEDDINGS, local_files_only=True)
    except (OSError, ValueError):  # not downloaded; a check of texts fetches nothing by itself
        return None

    def cosines(texts: Sequence[str]) -> npt.NDArray[np.float64]:
        vectors = np.asarray(model.encode(list(texts), normalize_embeddings=True), dtype=np.float64)
        return np.asarray(vectors @ vectors.T)

    return cosines


def _finding(earlier: str) -> Finding:
    reason = f"It asks again what “{earlier}” asks."
    return Finding(
        "", "near-duplicate", reason, "Keep the better worded one; the place is free for another aspect.", ()
    )


def _ngram_cosines(texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return the greater of the cosines `[Q, Q]` of character and of word n-grams."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    kinds = (
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4)),
        TfidfVectorizer(analyzer="word", ngram_range=(1, 2), token_pattern=r"\S+"),
    )
    cosines = np.zeros((len(texts), len(texts)))
    for kind in kinds:
        grams = kind.fit_transform(texts)
        cosines = np.maximum(cosines, (grams @ grams.T).toarray())
    return cosines


def _close(one: Asked, other: Asked, cosine: float, meaning: float) -> bool:
    """Return whether two questions ask the same, given their cosines by n-grams and by embeddings."""
    nearness = max(cosine, meaning)
    turned_round = is_comparison(one) or is_comparison(other)  # the same words may say something else
    if nearness < _AS_GOOD_AS_EQUAL or turned_round or of_unlike_things(one, other):
        return False
    extra, missed = left_over(one, other), left_over(other, one)
    if extra and missed:
        return meaning >= _SAME_MEANING and not different(extra, missed)
    return not is_weighty(extra | missed)
