"""Questions that ask the same again in other words."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from makd.questions.checks.english import singular, stem, words
from makd.questions.checks.finding import Finding
from makd.questions.checks.lexicon import attributes, phrases, same_sense, word_lists

Similarity = Callable[[Sequence[str]], npt.NDArray[np.float64]]

_NEAR = 0.35  # cosine of n-grams from which on a pair is compared word by word
_AS_GOOD_AS_EQUAL = 0.9  # the same for a pair that differs by words of no weight
_SAME_MEANING = 0.93  # cosine of sentence embeddings
_EMBEDDINGS = "sentence-transformers/all-MiniLM-L6-v2"


def near_duplicates(texts: Sequence[str], embed: Similarity | None = None) -> list[tuple[int, int, Finding]]:
    """Return (later question, earlier question, finding) for each question that was asked before.

    N-grams propose pairs; the words in which a pair differs decide, because `Is the body red?` and
    `Is the body blue?` are alike in all but what matters.

    Args:
        texts: the questions in order.
        embed: cosines `[Q, Q]` of the questions' meanings; None: the words decide alone.
    """
    contents = [content(text) for text in texts]
    cosines = _ngram_cosines([" ".join(kept) for kept in contents])
    meanings = embed(texts) if embed else np.zeros_like(cosines)
    found = []
    for later in range(len(texts)):
        for earlier in range(later):
            close = max(cosines[later, earlier], meanings[later, earlier])
            if close >= _NEAR and _same(
                contents[earlier], contents[later], cosines[later, earlier], meanings[later, earlier]
            ):
                found.append((later, earlier, _finding(texts[earlier])))
                break
    return found


def content(text: str) -> tuple[str, ...]:
    """Return the words of a question that carry its sense, singular, one word for each group of synonyms."""
    weak = word_lists()["weak"]
    plain = text.lower()
    for several, one in phrases():
        plain = several.sub(one, plain)
    all_words = [word for whole in words(plain) for word in whole.split("-")]
    nouns = [singular(word) for word in all_words if word not in weak]
    kept = [same_sense().get(word, word) for word in nouns if word not in weak]
    sensed = tuple(same_sense().get(_base(word), _base(word)) for word in kept)
    return sensed or tuple(all_words)


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


def _same(one: Sequence[str], other: Sequence[str], cosine: float, meaning: float) -> bool:
    """Return whether two contents ask the same, given their cosines by n-grams and by embeddings."""
    if "than" in one or "than" in other:  # a comparison turned round is another one
        return tuple(one) == tuple(other)
    only_one, only_other = _left_over(one, other), _left_over(other, one)
    if only_one and only_other and len(set(one) & set(other)) > 1:  # `painted with` for `made with`
        only_one, only_other = (_without(extra, "fixing") for extra in (only_one, only_other))
    if not only_one and not only_other:
        return True
    if only_one and only_other:
        return meaning >= _SAME_MEANING and not _known(only_one) & _known(only_other)
    extra = only_one or only_other
    if not _without(extra, "fixing", "posture"):
        return len(one) > 1 and len(other) > 1
    weighty = any(word in attributes() or word in word_lists()["generic"] for word in extra)
    return not weighty and max(cosine, meaning) >= _AS_GOOD_AS_EQUAL


def _stems(several: Iterable[str]) -> set[str]:
    return set(map(stem, several))


def _left_over(one: Sequence[str], other: Sequence[str]) -> set[str]:
    return {word for word in one if stem(word) not in _stems(other)}


def _without(extra: set[str], *lists: str) -> set[str]:
    """Return the words that stand, in no form, in any of the word lists."""
    light = _stems(word for name in lists for word in word_lists()[name])
    return {word for word in extra if stem(word) not in light}


def _known(extra: set[str]) -> set[str]:
    """Return the word lists that hold one of the words: two words of one list are different answers."""
    return {name for name, listed in word_lists().items() if extra & listed}


def _base(word: str) -> str:
    """Return the word compared (`larger` to `large`), where the base is a known adjective."""
    for end in ("er", "est"):
        if word.endswith(end):
            stem = word.removesuffix(end)
            for base in (stem, stem + "e", stem[:-1], stem[:-1] + "y"):
                if base in attributes() and len(base) > 2:
                    return base
    return word
