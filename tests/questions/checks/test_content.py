from __future__ import annotations

import pytest

from makd.questions.checks.content import by_wording


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Does the animal make a loud noise?", "beyond-picture"),
        ("Does the fruit taste sweet?", "beyond-picture"),
        ("Does the flower smell good?", "beyond-picture"),
        ("Is the car expensive?", "beyond-picture"),
        ("Is the animal native to Africa?", "beyond-picture"),
        ("Does it migrate in winter?", "beyond-picture"),
        ("Does the fish feed chiefly on plankton?", "beyond-picture"),
        ("Is it an appropriate thing to wear?", "subjective"),
        ("Is the lettering legible?", "flip"),
        ("Is the object heavy?", "beyond-picture"),
        ("Is the blade sharp enough to cut steel?", "beyond-picture"),
        ("Does the animal like carrots?", "beyond-picture"),
        ("Does the team win?", "beyond-picture"),
        ("Should it be washed?", "beyond-picture"),
        ("Is the object dishwasher-safe?", "beyond-picture"),
        ("Does it look old-fashioned?", "subjective"),
        ("Would it suit a young woman?", "subjective"),
        ("Is the truck driving from left to right?", "flip"),
        ("Does the sign read EXIT?", "flip"),
        ("Is the drawer on the left open?", "flip"),
        ("Is the mushroom near the bottom edge?", "crop"),
        ("Is it placed slightly off centre?", "crop"),
        ("Is it warm to the touch?", "beyond-picture"),
        ("Is the bird older than two years?", "beyond-picture"),
        ("Was the building built before 1900?", "beyond-picture"),
        ("Is the flower beautiful?", "subjective"),
        ("Is this a typical example?", "subjective"),
        ("Is the animal facing left?", "flip"),
        ("Is the handle on the right-hand side?", "flip"),
        ("Is the subject centered in the frame?", "crop"),
        ("Is the bird in the upper corner of the image?", "crop"),
        ("Is the animal at the top of the picture?", "crop"),
        ("Does the object fill more than half of the image?", "crop"),
    ],
)
def test_each_kind_of_fault_is_found(text, kind):
    found = by_wording(text)
    assert kind in {finding.kind for finding in found}
    assert all(finding.reason.endswith(".") and finding.suggestion for finding in found)


@pytest.mark.parametrize(
    "text",
    [
        "Is wood or bark visible?",
        "Does the tree have rough bark?",
        "Are warm colours dominant?",
        "Is a right angle visible?",
        "Is the shape symmetrical from left to right?",
        "Is there a left/right symmetric shape?",
        "Does the flower have a dark spot in the centre?",
        "Is the middle of the flower yellow?",
        "Is the creature out at night?",
        "Does the bird have a heavy bill?",
        "Is the subject larger than an adult person in real life?",
        "Does the flower look like a brush?",
        "Are Chinese characters visible?",
        "Does a low tunnel lead inside?",
        "Do leaves grow only at the top of the trunk?",
        "Are the pictures left blank?",
        "Is there a ladder attached to the frame?",
        "Is a battery pack visible?",
        "Does the vehicle run on a single beam?",
        "Are fresh green leaves part of the dish?",
        "Is there dried blood on the surface?",
        "Is a plank balanced on a pivot?",
    ],
)
def test_what_only_looks_alike_passes(text):
    assert by_wording(text) == []


def test_only_what_no_wording_could_save_is_dropped():
    (sound,) = by_wording("Does it make a sound?")
    (taste,) = by_wording("Is it beautiful?")
    assert (sound.rewrite, taste.rewrite) == ((), None)
