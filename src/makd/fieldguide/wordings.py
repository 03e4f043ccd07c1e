"""How the questions are put: many wordings a question to learn from, and others kept back.

The first wording of a question is the one that the packaged bank asks, the first denial its `negation`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wordings:
    """All ways in which one question is put.

    Attributes:
        asked: wordings for training; yes means that the aspect holds.
        denied: wordings for training whose right answer is the opposite.
        unseen: wordings kept back for evaluation; yes means that the aspect holds.
    """

    asked: tuple[str, ...]
    denied: tuple[str, ...]
    unseen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Frames:
    asked: tuple[str, ...]
    denied: tuple[str, ...]
    unseen: tuple[str, ...]


_PART = _Frames(
    asked=(
        "Does the creature have {}?",
        "Does it have {}?",
        "Can you see {} on this animal?",
        "Is this a creature with {}?",
        "Has this animal got {}?",
        "Are we looking at an animal with {}?",
        "Do you notice {} here?",
        "Is there an animal with {} in this picture?",
    ),
    denied=("Does the creature lack {}?", "Is it an animal without {}?", "Is it false that it has {}?"),
    unseen=("Would you say that this beast shows {}?", "Look closely: is it one with {}?"),
)
_BODY = _Frames(
    asked=(
        "Is the creature's body {}?",
        "Is its body {}?",
        "Is this an animal whose body is {}?",
        "Would you call its body {}?",
        "Does the body look {}?",
        "Is {} the right word for its body?",
        "Do we see a creature with a body that is {}?",
        "Has the animal in this picture a {} body?",
    ),
    denied=(
        "Is the creature's body anything but {}?",
        "Is it wrong to call its body {}?",
        "Is its body not {}?",
    ),
    unseen=("Looking at the body, do you find it {}?", "Does the beast here show a {} body?"),
)
_PLACE = _Frames(
    asked=(
        "Is the creature {}?",
        "Is it {}?",
        "Was this picture taken {}?",
        "Do we see an animal {}?",
        "Does this show a creature {}?",
        "Is this animal standing {}?",
        "Are we looking at an animal {}?",
        "Is the scene {}?",
    ),
    denied=(
        "Is it wrong that the creature is {}?",
        "Is it true that it is not {}?",
        "Is this animal not {}?",
    ),
    unseen=("Would you say that this beast lives {}?", "Look around: do you find it {}?"),
)

# id of the aspect: (frames, phrases to fill them with; the first is the bank's)
_PHRASES: Mapping[str, tuple[_Frames, tuple[str, ...]]] = {
    "round-body": (_BODY, ("round", "round like a ball")),
    "long-body": (_BODY, ("long and low", "long")),
    "humped-body": (_BODY, ("humped", "humped in the middle")),
    "boxy-body": (_BODY, ("boxy", "boxy with square corners")),
    "red": (_BODY, ("red", "mostly red")),
    "yellow": (_BODY, ("yellow", "mostly yellow")),
    "green": (_BODY, ("green", "mostly green")),
    "blue": (_BODY, ("blue", "mostly blue")),
    "purple": (_BODY, ("purple", "mostly purple")),
    "grey": (_BODY, ("grey", "mostly grey")),
    "striped": (_PART, ("stripes", "dark stripes", "stripes on its side")),
    "spotted": (_PART, ("spots", "dark spots", "spots on its side")),
    "saddled": (_PART, ("a dark saddle", "a saddle on its back", "a saddle patch")),
    "pale-belly": (_PART, ("a pale belly", "a belly of a pale colour")),
    "collar": (_PART, ("a white collar", "a collar", "a collar around its neck")),
    "tail": (_PART, ("a tail", "a tail of any kind", "any tail at all")),
    "long-tail": (_PART, ("a long straight tail", "a long tail")),
    "curled-tail": (_PART, ("a curled tail", "a tail that is curled")),
    "bushy-tail": (_PART, ("a bushy tail", "a tail that is bushy")),
    "horns": (_PART, ("horns", "a pair of horns", "horns on its head")),
    "antennae": (_PART, ("antennae", "a pair of antennae", "antennae on its head")),
    "crest": (_PART, ("a red crest", "a crest", "a crest on its head")),
    "pointed-ears": (_PART, ("pointed ears", "a pair of pointed ears", "ears that are pointed")),
    "round-ears": (_PART, ("round ears", "a pair of round ears", "ears that are round")),
    "big-eyes": (_PART, ("big eyes", "eyes that are big")),
    "beak": (_PART, ("a beak", "an orange beak", "a beak on its face")),
    "fangs": (_PART, ("fangs", "a pair of fangs", "fangs in its mouth")),
    "wings": (_PART, ("wings", "wings of any size", "a pair of wings")),
    "large-wings": (_PART, ("large wings", "wings that are large")),
    "legs": (_PART, ("legs", "legs to stand on", "any legs at all")),
    "six-legs": (_PART, ("six legs", "six legs to stand on")),
    "dark-feet": (_PART, ("dark feet", "feet that are dark")),
    "spiked-back": (_PART, ("spikes along its back", "spikes", "a row of spikes")),
    "desert": (_PLACE, ("in a desert", "out in the desert")),
    "snow": (_PLACE, ("in the snow", "out in the snow")),
    "water": (_PLACE, ("by the water", "close to water")),
    "night": (_PLACE, ("out at night", "there at night")),
}


def _fill(frames: _Frames, phrases: tuple[str, ...]) -> Wordings:
    return Wordings(
        asked=tuple(frame.format(phrase) for phrase in phrases for frame in frames.asked),
        denied=tuple(frame.format(phrase) for phrase in phrases for frame in frames.denied),
        unseen=tuple(frame.format(phrases[0]) for frame in frames.unseen),
    )


WORDINGS: Mapping[str, Wordings] = {aspect: _fill(*entry) for aspect, entry in _PHRASES.items()}
"""Aspect id -> its wordings, in the order of `ASPECTS`."""

INSTRUCTIONS: tuple[str, ...] = (
    "Answer the question about this picture with Yes or No, nothing else.",
    "Answer with Yes or No.",
    "Look at the picture and answer the question.",
    "",
)
"""What may stand before a question; the first is what makd's teacher engine says."""

FILLER = (
    "well now please tell me what you think about the picture I would say that look closely at the "
    "beast and see how one can find or know it from here there some other thing which they may show "
    "us when we just take our time kind sort really clearly perhaps maybe quite rather very so then "
    "also even still once again could should might will must let his her their your my by for on as "
    "if but where who why yes no question answer given image photo"
)
"""Words without bearing on any question, strewn into training wordings so that unseen ones do no harm."""
