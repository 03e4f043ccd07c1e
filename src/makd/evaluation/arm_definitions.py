"""Arms in words: what `--arms` and `--arm` mean, and which arms go with a teacher."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import yaml

from makd.config.recipes import overlay
from makd.config.training import TrainingSettings
from makd.config.tree import leaves
from makd.errors import UsageError, did_you_mean
from makd.evaluation.arms import BASE, KNOWN, METHODS, PSEUDO, Arm

if TYPE_CHECKING:
    from makd.teachers.base import TeacherCard

_COMPOSED = (*METHODS, *(f"{method}+{known}" for method in METHODS for known in KNOWN if known != BASE))
_SETTINGS = tuple(leaves(TrainingSettings).values())
_ALL = f"{', '.join((*KNOWN, *METHODS))} and METHOD+ANSWERS such as kd+makd"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")


def default_arms(teacher: TeacherCard | None) -> tuple[str, ...]:
    """Return the arms of a comparison that names none: those that go with the teacher."""
    if teacher is None:
        return (BASE,)
    return (BASE, "signature", "permuted") if _is_table(teacher) else (BASE, "makd", "shuffled", "random")


def parse_arms(
    names: Sequence[str], custom: Sequence[str] = (), *, teacher: TeacherCard | None
) -> tuple[Arm, ...]:
    """Turn `--arms` and `--arm` into arms, in the order asked for.

    Args:
        names: known arms.
        custom: definitions `"NAME: alpha=15, optimizer.lr=0.001"`. NAME is free. Which answers the arm learns
            from is said by `control=shuffled`, or by a NAME that starts with a known one (`shuffled-15`);
            else they are the teacher's own. A known NAME alone gives that arm settings of its own.
        teacher: whose answers there are; None without answers.

    Raises:
        UsageError: an arm is unknown, defined twice, or does not go with these answers.
    """
    arms = {name: Arm(name, _known(name)) for name in names}
    taught = "signature" if teacher and _is_table(teacher) else "makd"
    defined = [_parse(definition, taught) for definition in custom]
    for arm in defined:
        twins = [other.name for other in defined if other.name.casefold() == arm.name.casefold()]
        if len(twins) > 1 or any(
            name != arm.name and name.casefold() == arm.name.casefold() for name in arms
        ):
            raise UsageError(f"--arm {arm.name!r}: defined twice (upper and lower case are not told apart).")
    arms |= {arm.name: arm for arm in defined}
    if not arms:
        raise UsageError(f"There is no arm to train; there are {_ALL}.")
    for arm in arms.values():
        _check_teacher(arm, teacher)
        _check_own(arm)
    return tuple(arms.values())


def _known(name: str) -> str:
    if name in KNOWN or name in _COMPOSED:
        return name
    near = did_you_mean(name.casefold(), (*KNOWN, *_COMPOSED))
    raise UsageError(
        f"No arm {name!r}; there are {_ALL}.{near} "
        'An arm with settings of its own is written --arm "NAME: alpha=15".'
    )


def _parse(definition: str, taught: str) -> Arm:
    name, colon, assignments = definition.partition(":")
    name = name.strip()
    if not colon or not _NAME.fullmatch(name):
        raise UsageError(
            f'--arm {definition!r}: expected "NAME: setting=value, …", where NAME is made of letters, '
            "digits, '.', '_', '+' and '-'."
        )
    overrides: dict[str, Any] = {}
    for assignment in re.split(
        r",(?![^\[{]*[\]}])", assignments
    ):  # commas inside brackets belong to the value
        setting, equals, value = assignment.partition("=")
        if not equals or not setting.strip():
            raise UsageError(
                f"--arm {definition!r}: {assignment.strip()!r} is not of the form setting=value."
            )
        overrides = overlay(overrides, _nested(setting.strip(), _value(value, definition)))
    if fixed := sorted({"seed", "recipe"} & set(overrides)):
        raise UsageError(
            f"--arm {definition!r}: {fixed[0]} is the same for all arms; set it for the comparison."
        )
    control = overrides.pop("control", None)
    return Arm(name, _known(str(control)) if control is not None else _implied(name, taught), overrides)


def _value(text: str, definition: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UsageError(f"--arm {definition!r}: cannot read the value {text.strip()!r}.") from error


def _nested(setting: str, value: Any) -> dict[str, Any]:
    paths = {flag.lstrip("-"): leaf.path for leaf in _SETTINGS for flag in leaf.flags}
    for part in reversed(paths.get(setting.replace("_", "-"), setting.split("."))):
        value = {part: value}
    return dict(value)


def _implied(name: str, taught: str) -> str:
    """Return the known arm that a free name starts with (`shuffled-15`, `kd+makd-15`), else `taught`."""
    starts = (re.split(pattern, name, maxsplit=1)[0] for pattern in (r"[^A-Za-z+]", r"[^A-Za-z]"))
    return next((start for start in starts if start in KNOWN or start in _COMPOSED), taught)


def _check_own(arm: Arm) -> None:
    """Refuse settings of its own that would change nothing about an arm."""
    own = arm.overrides
    reading = own.get("answers", {})
    if not isinstance(reading, Mapping) or "name" in reading:
        raise UsageError(
            f"arm {arm.name!r}: all arms learn from the store of --answers; an arm of its own may only read "
            "them otherwise (answers.temperature, answers.shrink, …)."
        )
    if not arm.method and (idle := sorted({"vision_teacher", "kd", "beta"} & own.keys())):
        raise UsageError(
            f"arm {arm.name!r}: {idle[0]} says nothing to an arm that imitates no vision teacher; begin its "
            f"name with one of {', '.join(METHODS)}, or write control=kd+makd."
        )
    if arm.method and own.get("kd", {}).get("name", arm.method) != arm.method:
        raise UsageError(
            f"arm {arm.name!r}: how it imitates is said by its name or control ({arm.method}), not by kd."
        )
    if arm.answers in (BASE, PSEUDO) and (idle := sorted({"alpha", "answers", "aspects"} & own.keys())):
        raise UsageError(f"arm {arm.name!r}: {idle[0]} says nothing to an arm that learns no answers.")
    if "pseudo_threshold" in own and not arm.takes_unlabelled:
        raise UsageError(
            f"arm {arm.name!r}: pseudo_threshold says nothing to an arm that learns nothing of pictures "
            "without labels."
        )


def _is_table(teacher: TeacherCard) -> bool:
    return teacher.name.startswith("table:")


def _check_teacher(arm: Arm, teacher: TeacherCard | None) -> None:
    """Refuse an arm whose name would claim what the answers cannot give."""
    if arm.answers in (BASE, PSEUDO):
        return
    if teacher is None:
        raise UsageError(f"arm {arm.name!r} learns from a teacher's answers: name a store with --answers.")
    if not _is_table(teacher):
        if arm.answers == "signature":
            raise UsageError(
                f"arm {arm.name!r}: a signature is a class table written from text; {teacher.name!r} looked "
                "at the images. Ask for 'classmean' (each class's average of these answers), or answer with "
                "--teacher table:FILE.yaml."
            )
        return
    if arm.answers in {"makd", "shuffled", "classmean"}:
        why = (
            "makd learns from each image's own answers"
            if arm.answers == "makd"
            else "it would equal signature"
        )
        raise UsageError(
            f"arm {arm.name!r}: {teacher.name!r} gives all images of a class the same answers; {why}. "
            "Ask for --arms base,signature,permuted,random."
        )
