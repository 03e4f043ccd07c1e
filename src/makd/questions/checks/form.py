"""Faults of a question's form: it asks two things, or it is too long."""

from __future__ import annotations

import re

from makd.questions.checks.english import AUXILIARY, BEGINS, flat, is_attribute
from makd.questions.checks.finding import Finding
from makd.questions.checks.forms import singular, words
from makd.questions.checks.lexicon import word_lists
from makd.questions.checks.vocabulary import alike

MOST_WORDS = 20


_SUBJECT = "(?:it|they|the|this|that|there|its|their|any|these|those|a|an|some|one|you|both|all|his|her)"
_ASKS_ON = "is|are|was|were|does|do|did|has|have|had"
_CLAUSE = re.compile(
    rf",? (?:and|or|but|plus)(?: also| then)?,? "
    rf"((?:{AUXILIARY}) {_SUBJECT}\b|(?:{_ASKS_ON}) (?!not\b|been\b|also\b)[\w-]+ [\w-]+)"
)
_SECOND = re.compile(
    r"\b(?:as well as|along with|together with|in addition to|in combination with|at the same time|"
    r"simultaneously|besides|plus (?:an?|one|two|three|four|some|many)|"
    r"and also|combined with|not only|if so|if not|if yes|"
    r"and (?:what|how|which|where)|while|whereas|although|though)\b"
    r"|(?<!anything )(?<!nothing )(?<!all )(?<!everything )(?<!none )(?<!no one )\bbut "
    r"(?:not|no|without|is|are|has|have|does|do|also|lacks?|it|its|the)\b|^if\b|;"
)
_VERBS = (
    "has|have|does|do|show|shows|lack|lacks|wear|wears|carry|carries|contain|contains|hold|holds|display|"
    "displays|look|looks|stand|stands|sit|sits|lie|lies|fly|flies"
)
_PARTICIPLES = (
    "covered|made|surrounded|shown|seen|photographed|located|placed|wearing|standing|sitting|lying|facing|"
    "holding|carrying|eating|looking|accompanied|filled|decorated|attached"
)
_IRREGULAR = (
    "hung|bent|cut|set|worn|sewn|bound|built|drawn|held|hidden|laid|woven|wound|split|torn|stuck|spread|put"
)
_VERBS_JOINED = (
    re.compile(rf"^(?:{AUXILIARY}) .* and (?:not |also )?(?:{_VERBS})\b"),
    re.compile(
        rf"^(?:is|are) .* and (?:not )?(?:[a-z]+(?:ed|ing)|{_IRREGULAR}) "
        r"(?:with|by|like|in|on|at|of|to|from|over|under)\b"
    ),
    re.compile(r"^(?:is|are) [\w' -]+, [\w-]+,? and [\w-]+(?:\?| with\b)"),
    re.compile(r"^(?:is|are) (?:the|its) [\w-]+ [\w-]+ and (?:the|its) [\w-]+ [\w-]+\?"),
    re.compile(r"\b(?:beside|around|on|in|under|below|behind|above|near) (?:it|them) and .*\b(?:it|them)\?"),
    re.compile(r"\bhave .* without\b|\bboth an? [\w -]+ and an? "),
    re.compile(
        r"^(?:is|are) (?:it|they|(?:the|this|any) [\w-]+|there [\w ]+) [a-z]+ing\b.* and (?:not )?[a-z]+ing\b"
    ),
)
_TWO_PLACES = re.compile(
    r"\b(?:on|in|at|under|along|around|over) (?:its|the|their|each) [\w-]+ and (?:[\w-]+ ){1,3}"
    r"(?:on|in|at|under|along|around|over) (?:its|the|their|each)\b"
)
_TWO_SORTS = re.compile(
    r"\b(?:there|have|has|see|with|of|contain|show|wear|carry|bear|display) ([\w-]+s) and ([\w-]+s)"
    r"(?: (?:on|in|at|along|under|around|over|visible)\b|\?$)"
)
_ONE_AND_SORTS = re.compile(
    r"\b(?:there|have|has|see|contain|show|wear|carry|bear|display) "
    r"an? (?:[\w-]+ )?([\w-]+) and (?:[\w-]+ )?([\w-]+s)"
    r"(?: visible|\?$)|^(?:is|are) ([\w-]+s) and an? (?:[\w-]+ )?([\w-]+) visible\?$"
)
_WAIVES = re.compile(r"\b(?:between|mix(?:ture)? of|combination of|contrast of|divided into)\b")
_HAVE = re.compile(
    r"^(?:do|does|has|have|can|is|are) .*?\b"
    r"(?:have|has|show|shows|with|there|see|wear|carry|display|feature|contain|"
    r"bear|wearing|showing|of) (.*)$"
)
_PREPOSITION = re.compile(
    r"\b(?:on|in|of|around|over|under|along|across|from|at|near|to|by|for|through|behind|above|below|"
    r"beneath|than|like)\b"
)
_ARTICLES = frozenset("a an the its their no some two three four many several any both".split())  # noqa: SIM905
_NEW_THING = frozenset("a an no some two three four many several any more fewer exactly at".split())  # noqa: SIM905


def two_questions(text: str) -> Finding | None:
    """Return a finding where two things are asked at once, so that one yes leaves open which."""
    lowered = re.sub(r", and ", " and ", flat(text))
    clauses = _clauses(text)
    if len(clauses) > 1:
        return _double("It asks twice", clauses if _stand_alone(clauses) else None)
    if (found := _SECOND.search(lowered)) and not _WAIVES.search(lowered):
        return _double(f"“{found[0].strip()}” joins a second thing to the first")
    if (
        any(pattern.search(lowered) for pattern in (*_VERBS_JOINED, _TWO_PLACES))
        or _joined(lowered)
        or _two_sorts(lowered)
    ):
        return _double("“and” joins two things that may differ")
    return None


def _double(what: str, rewrite: tuple[str, ...] | None = None) -> Finding:
    reason = f"{what}, so no answer fits where one holds and the other does not."
    split = f" {' '.join(f'“{text}”' for text in rewrite)}" if rewrite else ""
    return Finding("", "two-questions", reason, f"Ask each by itself.{split}", rewrite)


def _clauses(text: str) -> tuple[str, ...]:
    """Return the questions that follow each other in a text, each as a sentence."""
    marked = re.sub(r"\?\s+(?=\w)", "?\n", text.strip())
    parts = []
    for sentence in marked.split("\n"):
        begins = BEGINS.match(sentence.lower())
        pattern = re.compile(rf"{_CLAUSE.pattern}|, ((?:{AUXILIARY}) {_SUBJECT}\b)", re.IGNORECASE)
        cut = [
            0,
            *(
                (found.start(1) if found[1] else found.start(2))
                for found in pattern.finditer(sentence)
                if begins
            ),
        ]
        ends = [*cut[1:], len(sentence)]
        parts += [_sentence(sentence[a:b]) for a, b in zip(cut, ends, strict=True)]
    return tuple(part for part in parts if part)


def _sentence(part: str) -> str:
    stripped = re.sub(
        r"[\s,;]*(?:\b(?:and|or|but|plus|also|then)\b[\s,]*)*$", "", part.strip().rstrip("?").rstrip()
    )
    return f"{stripped[:1].upper()}{stripped[1:]}?" if stripped else ""


def _stand_alone(clauses: tuple[str, ...]) -> bool:
    """Return whether each clause can be understood without the others."""
    pronoun = re.compile(r"\b(?:it|they|them|its|their|one|that|this|these|those)\b", re.IGNORECASE)
    return all(
        BEGINS.match(clause.lower()) and not pronoun.search(clause) and len(words(clause)) > 2
        for clause in clauses
    )


def _joined(lowered: str) -> bool:
    if " and " not in lowered or _WAIVES.search(lowered):
        return False
    before, _, after = lowered.rstrip("?. ").partition(" and ")
    first, second = words(before), words(after)
    if not first or not second:
        return False
    if first[0] in {"is", "are"} and is_attribute(first[-1]):
        goes_on = second[0] in {"the", "its", "their"} or _goes_on(second)
        if goes_on or _unlike_adjectives(first, second):
            return True
    if len(second) > 2 and second[0] in {"the", "its", "their"} and is_attribute(second[-1]):
        return True
    if (
        re.match(rf"(?:is|are)\b.*\b(?:{_PARTICIPLES}|[\w-]+) and (?:{_PARTICIPLES})\b", lowered)
        and len(second) > 1
    ):
        return True
    return _two_things(before, second, "both" in first)


def _goes_on(second: list[str]) -> bool:
    """Return whether a second predicate begins with a participle (`and peeling off in strips`)."""
    return len(second) > 1 and second[0].endswith(("ing", "ed")) and not is_attribute(second[1])


def _two_sorts(lowered: str) -> bool:
    """Return whether two sorts of things are asked for by their bare names (`cones and needles`)."""
    found = _TWO_SORTS.search(lowered) or _ONE_AND_SORTS.search(lowered)
    if found is None or _WAIVES.search(lowered):
        return False
    one, other = (name for name in found.groups() if name)
    return not alike(one, other) and not is_attribute(one)


def _unlike_adjectives(first: list[str], second: list[str]) -> bool:
    """Return whether a thing is asked to be of a colour and of a size, a shape or a surface at once."""
    lists = word_lists()
    if len(second) > 1 and not _PREPOSITION.match(second[1]):
        return False
    senses = [
        {name for name in ("colour", "size", "shape", "surface") if word in lists[name]}
        for word in (first[-1], second[0])
    ]
    return (
        all(senses) and not senses[0] & senses[1] and ("colour" in senses[0] | senses[1] or "both" in first)
    )


def _two_things(before: str, second: list[str], both: bool) -> bool:
    found = _HAVE.match(f"{before} ")
    first = [word for word in words(found[1]) if word not in _ARTICLES] if found else []
    if found is None or not first or is_attribute(first[-1]):
        return False
    if second[0] in _NEW_THING and len(second) > 1:
        return True
    if (
        len(first) == 1
        and {singular(first[0]), singular(second[-1])} <= word_lists()["part"]
        and len(second) == 1
    ):
        return True
    if both and second[0] not in {"sides", "ends"}:
        return not is_attribute(first[-1])
    placed = _PREPOSITION.search(found[1])
    return not placed and len(second) > 1 and is_attribute(second[0]) and not is_attribute(second[-1])


def too_long(text: str) -> Finding | None:
    """Return a finding where a question has more than `MOST_WORDS` words."""
    if (length := len(words(text))) <= MOST_WORDS:
        return None
    reason = (
        f"It has {length} words; small models lose the thread, and every word is paid for at every picture."
    )
    return Finding("", "too-long", reason, f"Say it in at most {MOST_WORDS} words, with one condition.")
