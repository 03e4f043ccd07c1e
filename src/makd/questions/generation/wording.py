"""How single questions are worded: whether a text is one, its group, its short name, its normal form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

GROUPS = ("shape", "colour", "texture", "part", "pose", "context", "pattern", "size", "material", "other")
"""What a question can be about."""

_SYNONYMS = {
    "shape": "form outline silhouette geometry structure",
    "colour": "color colors colours colouring coloring coloration hue",
    "texture": "surface finish",
    "part": "parts anatomy appendage component components feature features",
    "pose": "posture orientation action position",
    "context": "background habitat environment scene setting surroundings",
    "pattern": "patterns marking markings",
    "size": "proportion proportions scale dimension",
    "material": "materials substance",
}
_GROUP_OF = {word: group for group, words in _SYNONYMS.items() for word in (group, *words.split())} | {
    "other": "other"
}
_SIGNS = {
    "colour": "red orange yellow green blue purple pink brown black white grey gray golden coloured colored",
    "pattern": "stripes striped spots spotted patches bands banded dots dotted speckled",
    "texture": "smooth rough fluffy furry hairy shiny glossy wrinkled scaly fuzzy",
    "part": "horns tail wings legs ears eyes beak feet fins antennae mane petals wheels handle leaves teeth",
    "material": "metal wooden wood glass plastic fabric stone leather",
    "size": "larger smaller longer shorter taller wider big small large tiny",
    "pose": "sitting standing flying lying facing swimming folded spread",
    "context": "water grass indoors outdoors sky ground snow sand trees",
    "shape": "round rounded pointed curved flat slender elongated square long short",
}
_SIGN_OF = {word: group for group, words in _SIGNS.items() for word in words.split()}
_AUXILIARIES = frozenset(
    (  # noqa: SIM905
        "is are was were does do did has have had can could will would should may might "
        "isn't aren't doesn't don't hasn't haven't can't"
    ).split()
)
_FOR_THE_READER = re.compile(r"\b(you|your|me|i|i'm)\b", re.IGNORECASE)
_UNTOLD = frozenset(
    (  # noqa: SIM905
        "the a an its it this that these those of in on with and or there any to at some one "
        "is are was were does do did can visible shown seen picture image photo"
    ).split()
)
_SUBJECTS = frozenset("animal object subject thing bird creature main item".split())  # noqa: SIM905
_ID_WORDS, _ID_LENGTH = 4, 32
_LONGEST = 300


def fault(text: str) -> str | None:
    """Return why a text cannot be asked of a teacher; None when it can.

    A yes/no question in English begins with a form of be, do, have or a modal verb, perhaps after a comma.
    """
    if _FOR_THE_READER.search(text):
        return "talk to the reader"
    if len(text) > _LONGEST:
        return f"longer than {_LONGEST} characters"
    if len(text.split()) < 2 or not begins_as_question(text):
        return "no yes/no question in English"
    return None


def begins_as_question(text: str) -> bool:
    """Return whether a clause of the text begins as English yes/no questions do."""
    clauses = [clause.split() for clause in text.replace("\u2019", "'").casefold().split(",")]
    return any(words[0] in _AUXILIARIES for words in clauses if words)


def as_question(text: str) -> str:
    """Return a text on one line, with a capital at its beginning and a question mark at its end."""
    text = " ".join(text.split()).rstrip(" .!;:?\uff1f") + "?"
    return text[:1].upper() + text[1:]


def group_of(word: str) -> str | None:
    """Return the group that a word means (`color`, `Markings`), None when it means none."""
    known = (_GROUP_OF.get(part) for part in re.findall(r"[a-z]+", word.casefold()))
    return next((group for group in known if group), None)


def guessed_group(text: str) -> str:
    """Return the group that the words of a question speak of, `other` when none does."""
    words = set(re.findall(r"[a-z]+", text.casefold()))
    named = (group for word, group in _GROUP_OF.items() if word in words and group != "other")
    return next((group for word, group in _SIGN_OF.items() if word in words), next(named, "other"))


def normal_form(text: str) -> str:
    """Return what is equal for two texts that ask the same in the same words."""
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(word for word in words if word not in {"the", "a", "an"})


def short_id(text: str, place: int, taken: Collection[str]) -> str:
    """Return a short name for a question (`has-horns`), not in `taken`; else `q` and its place.

    Args:
        text: the question.
        place: in its bank, from 1.
        taken: names that other questions have.
    """
    words = re.findall(r"[^\W_]+", text.casefold().replace("'", ""))
    telling = ["has" if word in {"have", "has"} else word for word in words if word not in _UNTOLD]
    narrow = [word for word in telling if word not in _SUBJECTS]
    name = ""
    for word in (narrow if len(narrow) > ("has" in narrow) else telling)[:_ID_WORDS]:
        if len(name) + len(word) < _ID_LENGTH:
            name += f"-{word}" if name else word
    if not name or not name.isascii():
        name = f"q{place:02d}"
    return next(
        unique for n in range(1, len(taken) + 2) if (unique := name if n == 1 else f"{name}-{n}") not in taken
    )
