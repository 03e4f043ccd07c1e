from __future__ import annotations

import math
from dataclasses import replace

import pytest

from makd.answers.audit import QuestionAudit
from makd.answers.findings import findings, headline

UNKNOWN = math.nan
SOUND = QuestionAudit(
    id="sound", text="Is it red?", group="colour", answered=1.0, mean=0.4, yes=0.4, entropy=0.97, mass=0.99,
    near_half=0.1, class_information=0.3, of_class=0.6, within_stable=0.3, within_unstable=0.1, stable=0.75,
    partner="other", partner_correlation=0.3, negation_agreement=0.95, negation_majority=0.6,
    negation_excess=0.01, truth_agreement=0.9, truth_majority=0.6, truth_separation=0.95, blank=0.2,
    same_as_blank=0.6, moved=0.4,
)  # fmt: skip


def kinds(**changes):
    return [finding.kind for finding in findings([replace(SOUND, **changes)]) if finding.questions]


def test_a_sound_question_does_not_stand_out():
    found = findings([SOUND])
    assert [finding.kind for finding in found] == ["beyond-the-class"]
    assert headline([SOUND], found) == "All 1 questions look sound."


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"yes": 0.99}, "always-yes"),
        ({"yes": 0.01}, "always-no"),
        ({"near_half": 0.5}, "undecided"),
        ({"mass": 0.2}, "neither-yes-nor-no"),
        ({"answered": 0.9}, "unanswered"),
        ({"class_information": -0.002}, "no-class"),
        ({"truth_agreement": 0.6}, "unlike-people"),
        ({"blank": 0.8, "same_as_blank": 0.92}, "seen-in-blank"),
        ({"moved": 0.01}, "as-without-picture"),
    ],
)
def test_what_stands_out(changes, kind):
    assert kinds(**changes) == [kind]


def test_what_is_not_known_does_not_stand_out():
    numbers = {name: UNKNOWN for name, value in SOUND.plain().items() if isinstance(value, float)}
    assert kinds(**numbers) == []


def test_questions_are_named_the_plainest_first():
    asked = [replace(SOUND, id=f"q{i}", yes=1.0, mean=0.9 + i / 100) for i in range(8)]
    first = findings(asked)[0]
    assert first.questions == ("q7", "q6", "q5", "q4", "q3", "q2", "q1", "q0")
    assert first.sentence == "8 questions say yes to everything: q7, q6, q5, q4, q3, q2 and 2 more."
    assert headline([*asked, SOUND], findings(asked)) == "1 of 9 questions look sound; 8 stand out."


def test_a_pair_is_named_once():
    pair = [replace(SOUND, id="a", partner="b", partner_correlation=-0.97),
            replace(SOUND, id="b", partner="a", partner_correlation=-0.97)]  # fmt: skip
    found = next(finding for finding in findings(pair) if finding.kind == "redundant")
    assert found.sentence.startswith("1 pair of questions says nearly the same")
    assert found.sentence.endswith("a and b.")
    assert found.questions == ("a", "b")


def test_the_part_beyond_the_class_is_said():
    (both,) = findings([SOUND, replace(SOUND, of_class=0.4, within_stable=0.5)])
    assert both.sentence == (
        "On average the class's mean explains 50 % of a question's variance; "
        "of what varies within classes, 80 % is stable."
    )
    (once,) = findings([replace(SOUND, within_stable=UNKNOWN, within_unstable=0.4, stable=UNKNOWN)])
    assert "takes a second look" in once.sentence


def test_one_negation_that_fails_is_the_question_s_and_most_are_the_teacher_s():
    bad = [replace(SOUND, id=f"q{i}", negation_agreement=0.3) for i in range(3)]
    few, _ = findings([bad[0], SOUND, SOUND])
    assert (few.kind, few.questions) == ("at-odds-with-negation", ("q0",))
    found = findings([*bad, SOUND])
    assert (found[0].kind, found[0].questions) == ("teacher-negation", ())
    assert "3 of 4 questions" in found[0].sentence
    assert headline([*bad, SOUND], found) == "All 4 questions look sound."


def test_a_negation_that_is_always_denied_is_no_better_for_a_rare_thing():
    (rare, _) = findings([replace(SOUND, negation_agreement=0.93, negation_majority=0.93), SOUND, SOUND])
    assert (rare.kind, rare.questions) == ("at-odds-with-negation", ("sound",))
    assert kinds(negation_agreement=1.0, negation_majority=1.0) == []


def test_stability_is_said_of_those_looked_at_twice():
    once = replace(SOUND, of_class=0.4, within_stable=UNKNOWN, within_unstable=0.6, stable=UNKNOWN)
    (finding,) = findings([SOUND, once])
    assert finding.sentence == (
        "On average the class's mean explains 50 % of a question's variance; "
        "of what varies within classes, 75 % is stable (by the 1 looked at twice)."
    )
