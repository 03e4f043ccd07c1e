"""Questions that neither yes nor no answers: they ask what, for an account, or for a choice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from makd.questions.checks.english import AUXILIARY, BEGINS, flat
from makd.questions.checks.finding import Finding
from makd.questions.checks.lexicon import near_words, phrases, word_lists
from makd.questions.checks.meaning import opposed
from makd.questions.checks.vocabulary import alike

_ASKED = "what|which|who|whom|whose|where|when|why|how"
_ASKS_WHAT = re.compile(rf"(?:^|, |: |\b(?:in|of|at|to|from|by|or|with|for|on) )(?:{_ASKED})\b(?!ever)")
_ACCOUNT = (
    "tell|describe|name|list|count|identify|explain|say|estimate|guess|know|specify|give|point|indicate|"
    "determine|work|compare|choose|pick|state|classify|rate|judge|decide|show me|sort|order|rank|measure|"
    "characteri[sz]e|summari[sz]e|distinguish|figure|select|mention|outline|elaborate"
)
_ANYBODY = "(?:you|one|i|we|somebody|someone|anyone)"
_KNOWS = (
    "tell|told|say|said|know|known|clear|decided?|determined?|judged?|estimate|guess|make out|made out|see|"
    "work out"
)
_REPORTS = re.compile(
    rf"^(?:please )?(?:{_ACCOUNT})\b"
    rf"|^(?:can|could|would|do|will|may|might|should) {_ANYBODY} (?:\w+ly |please |also )?(?:{_ACCOUNT})\b"
    rf"|\b(?:{_KNOWS})(?: exactly| roughly| just)? (?:what|which|who|whom|whose|when|why|how|whether)\b"
    r"|\b(?:tell|say|know|decide|determine|see) where\b|\bhow (?:many|much)\b|\bwhether\b"
)
_TAG = re.compile(
    rf", (?:{AUXILIARY})(?: not)? (?:it|they|there|he|she|this|that|these|those|you|one|we)(?: not)?\?$"
)
_NUMBER = "one|two|three|four|five|six|seven|eight|nine|ten|twelve|\\d+"
_OFFERS = re.compile(
    r"\bor (?:something else|neither|both|none|what|rather)\b|\bor (?:an)?other(?: one)?\?$"
    r"|\bor (?:some|any) other\b|\b(?:a\)|\(a\))"
    rf"|\b(?:{_NUMBER})(?: [\w-]+)?,? or (?:{_NUMBER})\b|\bor (?:an? |the |only |just )?(?:{_NUMBER})\?$"
    r"|\b(?:have|has|got|show|wear|bear|with) (?!more|at least)[\w-]+, (?:[\w-]+, )*[\w-]+,? or [\w-]+\?$"
    r"|\b(with|by|in|on|at) (?:(?:an?|the) )?[\w-]+,? or \1 (?:(?:an?|the) )?[\w-]+\?$"
    r"|\bmore [\w-]+ or more [\w-]+\?$|\bthe [\w-]+ or the [\w-]+\?$"
    r"|^(?:is|are) (?:it|this|that) an? [\w -]+ or an? (?!part)[\w -]+\?$"
    r"|\b(?:an?|the) [\w-]+, (?:an?|the) [\w-]+,? or (?:an?|the) [\w-]+\?$"
    r"|\b(?:an?) [\w-]+ or (?:an?) [\w-]+ (?:colou?r|shape|size|shade|hue|pattern|form|tone)\?$"
)
_EITHER_THING = re.compile(r"\b(?:have|has|got|show|wear) ([\w-]+(?:s|ed)) or ([\w-]+(?:s|ed))\?$")
_LISTED = re.compile(r"(?<!\ba )(?<!\ban )\b([\w-]+), ([\w-]+),? or ([\w-]+)\?$")
_BEFORE = (
    r"(?:(?:an?|the|its|their|from|more|less|mostly|mainly|rather|relatively|is it|are they|do they|"
    r"does it|in|by|at|on|of|with|made of|to|along) )*"
)
_ITEM = r"[\w-]+(?: [\w-]+)?"
_CHOICE = re.compile(rf"\b((?:{_ITEM}, {_BEFORE})*{_ITEM}),? or {_BEFORE}([\w-]+)(\W|$)")
_LIES_IN = re.compile(
    r"^(?:do|does) .*\b(?:lie|sit|stand|float|rest|swim|hang|run|grow|lead) \w+ an? [\w-]+ or [\w-]+ \w"
)
_SHADES = re.compile(
    r"\b(?:bright|dark|pale|light|deep|dull|vivid) [\w-]+ or [\w-]+\?$"
)  # of one colour or near
_OF_ONE_ANSWER = ("colour", "shape", "size", "material", "surface")


def not_yes_no(text: str) -> Finding | None:
    """Return a finding where neither yes nor no is an answer."""
    lowered = flat(text)
    reason = None
    if _REPORTS.search(lowered):
        reason = "It asks for an account, which neither yes nor no gives."
    elif (found := _ASKS_WHAT.search(lowered)) and not _inner_clause(lowered, found):
        reason = f"It asks “{found[0].strip(' ,:')}”, so neither yes nor no is an answer."
    elif not _is_put_as_question(lowered):
        reason = "It is not put as a question that begins with is, does, has, can or the like."
    elif choice := next(_choices(lowered), None):
        reason = f"It lets choose between {choice[0]} and {choice[1]}, so yes would not say which."
    elif _OFFERS.search(lowered):
        reason = "It offers answers to choose from, so yes would not say which."
    if reason is None:
        return None
    return Finding("", "not-yes-no", reason, "Ask whether one thing is so: “Is …?”, “Does … have …?”.", ())


def _is_put_as_question(lowered: str) -> bool:
    clauses = [clause.strip() for clause in re.split(r"[,:\u2013\u2014]|\? ", _TAG.sub("", lowered))[:3]]
    return any(BEGINS.match(clause) for clause in clauses)


def _inner_clause(lowered: str, found: re.Match[str]) -> bool:
    """Return whether the word asked with opens a clause inside a question (`the part in which it stands`)."""
    return found.start() > 0 and bool(BEGINS.match(lowered)) and not found[0].startswith((", ", ": ", "or "))


def _choices(lowered: str) -> Iterator[tuple[str, str]]:
    """Yield the alternatives that a question offers, of which yes would name none."""
    if " either " in lowered:
        return
    for several, one in phrases():
        lowered = several.sub(one, lowered)
    if (found := _EITHER_THING.search(lowered)) and not alike(found[1], found[2]):
        yield found[1], found[2]
    if (found := _LISTED.search(lowered)) and not any(set(found.groups()) <= near for near in near_words()):
        yield found[1], found[3]
    for found in _CHOICE.finditer(lowered):
        listed = [*re.findall(r"[\w-]+", found[1]), found[2]]
        said_of_thing = found[3] == " "  # `red or yellow leaves`: either kind will do
        if said_of_thing and (
            lowered.rstrip("?").endswith(("visible", "present")) or _LIES_IN.search(lowered)
        ):
            continue
        if _SHADES.search(lowered):
            continue
        for one, other in combinations(listed, 2):
            if _contrary(one, other, said_of_thing) or (not said_of_thing and _unlike(one, other)):
                yield one, other


def _contrary(one: str, other: str, said_of_thing: bool) -> bool:
    return opposed(one, other) and not (said_of_thing and {one, other} <= word_lists()["position"])


def _unlike(one: str, other: str) -> bool:
    """Return whether two words answer the same question (what colour, what shape) in different ways."""
    lists = word_lists()
    kinds = [
        _kinds((word, word.removesuffix("-shaped"), word.removesuffix("-like"))) for word in (one, other)
    ]
    near = alike(one, other) or any({one, other} <= group for group in near_words())
    return not near and bool(kinds[0] & kinds[1]) and one not in lists["weak"]


def _kinds(forms: Sequence[str]) -> set[str]:
    found = {name for name in _OF_ONE_ANSWER if not word_lists()[name].isdisjoint(forms)}
    shaped = forms[0] != forms[1]
    return {"form" if name in {"shape", "size"} else name for name in found} | ({"form"} if shaped else set())
