"""Words that no picture can show: unknown ones that stand where a judgement, knowledge or a name does."""

from __future__ import annotations

import re
from functools import cache

from makd.questions.checks.finding import Finding
from makd.questions.checks.forms import single_words, singular, verb
from makd.questions.checks.lexicon import read
from makd.questions.checks.vocabulary import is_known

_JUDGES = re.compile(
    r"(?:ful|ive|ous|able|ible|al|ic|ish|less|y|ant|ent|some|est|er|ness|esque|worthy|fic|ary|ory|ile)$"
)
_ABSTRACT = re.compile(
    r"(?:tion|sion|[^l]ity|ness|ance|ence|ancy|ency|ship|hood|dom|ism|ology|nomy|graphy|ics|cracy)s?$"
)
_SHORT = 3  # letters below which a word is grammar
_DETERMINER = "an?|the|its|their|his|her|each|every|one|two|three|any|some|no|both|several|many|this|that"
_PREPOSITION = (
    "of|in|on|onto|into|with|without|from|to|at|by|for|over|under|around|along|across|through|between|behind|"
    "beside|above|below|beneath|against|towards?|near|inside|within|among|as|about|up|down|out|off|and|or|than"
)
_NAMED = re.compile(
    r"(?:\blike(?: (?:an?|the|some|any|that of an?|those of an?|those of|that of))?|\b(?:of|than|as) an?"
    r"|\b(?:kind|type|sort|breed|species|variety|member|example)s? of(?: an?)?"
    r"|^(?:is|are|was|were) (?:it|this|that|they|these|(?:the|this|that) [\w-]+)(?: (?:an?|some))?)"
    r" (?:[\w-]+ ){0,2}$"
)
_PREDICATE = re.compile(
    r"(?:^(?:is|are) (?:it|they|(?:the|this|that|its|these|those) (?:[\w'-]+ ){0,3}[\w'-]+)|"
    r"\b(?:looks?|seems?|appears?|very|so|rather|quite|more|most|as)) $"
)
_ASKS_BY_VERB = re.compile(r"^(?:do|does|did|can|could)\b")
_OFTEN_VERBS = frozenset(
    "have has show lie lay hang run stand rest sit form fill cover go come lead see lack wear".split()  # noqa: SIM905
)


def not_shown(text: str, own: frozenset[str] = frozenset()) -> Finding | None:
    """Return a finding where a question has a word that is not known as something seen.

    What cannot be seen has no end (`fermented`, `insured`, `tempting`); a question about what can be seen
    keeps to a vocabulary (`visible.yaml` and the other lists). A word beyond it may still be a part or a
    material with a name of its own (`pantograph`): that stands where things stand, a judgement where
    adjectives do, a name where names do.

    Args:
        text: the question.
        own: the terms of its bank (`terms.own_terms`), known by it.
    """
    for said in single_words(text):
        if len(said) < _SHORT or any(letter.isdigit() for letter in said):
            continue
        if is_known(said) or singular(said) in own:
            continue
        for found in re.finditer(rf"\b{re.escape(said)}\b", text, re.IGNORECASE):
            is_proper = found.start() > 0 and found[0] != said
            if not is_proper and _is_thing(said, text[: found.start()], text[found.end() :]):
                continue
            kind = "subjective" if _JUDGES.search(said) or said.endswith(("ing", "ed")) else "beyond-picture"
            reason = f"“{said}” is not known as something that a picture shows."
            return Finding("", kind, reason, "Ask for a part, a colour, a shape or a pose that shows it.")
    return None


def _is_thing(said: str, before: str, after: str) -> bool:
    """Return whether an unknown word stands where a part, a material or a visible act would."""
    before, after = before.lower().replace("-", " "), after.lower()
    if {said, singular(said), verb(said)} & _unseen() or after.startswith("'") or _beside_unknown(after):
        return False
    if said.endswith("ed"):
        return bool(re.match(rf"-| (?!for |by an? )(?:{_PREPOSITION}|[\w-]+)\b", after))
    if said.endswith("ing"):
        doing = re.match(rf" (?:{_DETERMINER}|{_PREPOSITION})\b", after)
        return bool(doing) and not re.search(rf"\b(?:{_PREPOSITION}|{_DETERMINER}) $", before)
    if (
        (_NAMED.search(before) and not _placed(before))
        or _ABSTRACT.search(said)
        or _is_verb(said, before, after)
    ):
        return False
    last = not after.strip(" ?.")
    if last and _PREDICATE.search(before) and not _placed(before):
        return False
    said_of_thing = re.match(r" [\w-]+", after) and not re.match(
        rf" (?:{_PREPOSITION}|visible|present|is|are|[\w-]+(?:ed|ing))\b", after
    )
    return not (_JUDGES.search(said) and said_of_thing)


def _placed(before: str) -> bool:
    """Return whether a word follows a preposition or an article, as things do (`made of mica`)."""
    return bool(
        re.search(rf"\b(?:(?!of an?|as )(?:{_PREPOSITION})|the|its|their) (?:[\w-]+ )?$", before)
    ) and not (re.search(r"\b(?:like|of an?|than an?|as an?) (?:[\w-]+ )?$", before))


def _beside_unknown(after: str) -> bool:
    following = re.match(r"[ -]([a-z]{3,})\b", after)
    return following is not None and not is_known(following[1])


def _is_verb(said: str, before: str, after: str) -> bool:
    """Return whether the word is what a question that begins with `does` asks to be done."""
    if not _ASKS_BY_VERB.match(before) or re.search(rf"\b(?:{_DETERMINER}|{_PREPOSITION}) $", before):
        return False
    spoken = single_words(before)[1:] + single_words(after)
    pairs = zip(["", *spoken], spoken, strict=False)
    nouns = {"the", "a", "an", "its"}
    done = (word in _OFTEN_VERBS or (word in _acts() and earlier not in nouns) for earlier, word in pairs)
    return not any(done) and singular(said) == said


@cache
def _acts() -> frozenset[str]:
    return frozenset(read("visible.yaml")["acts"].split())


@cache
def _unseen() -> frozenset[str]:
    """Return words for what nobody sees, though they stand where things do (`warranty`)."""
    listed = " ".join(read("unseen.yaml").values()).split()
    return frozenset({*listed, *map(verb, listed)})
