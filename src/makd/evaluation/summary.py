"""A comparison in words and in rows, from `results.json` alone: what the terminal and the page both say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from makd.evaluation.arms import BASE, CONTROLS, TAUGHT, answers_of, method_of

Results: TypeAlias = Mapping[str, Any]
"""What `results.json` holds."""

ENOUGH_SEEDS = 5
"""Fewer seeds are shown, but no claim should rest on them."""
SIGNIFICANT = 0.05
"""The greatest p value, corrected for the number of comparisons, of a difference that is called clear."""

_METRICS = {
    "top1": "top-1 accuracy",
    "top5": "top-5 accuracy",
    "mean_per_class": "mean per-class accuracy",
    "calibration_error": "expected calibration error (15 bins, L1; lower is better)",
}
_WORDS = {
    "base": "labels alone",
    "makd": "the teacher's answers about each image",
    "signature": "a class table written from text",
    "random": "random answers",
    "shuffled": "answers exchanged within each class",
    "classmean": "each class's average answer",
    "permuted": "the average answers of wrong classes",
    "pseudo": "labels that a first student is sure of",
}
_METHODS = {
    "kd": "a vision teacher's class probabilities",
    "dkd": "a vision teacher's class probabilities, decoupled",
    "at": "where a vision teacher looks",
}
_BEYOND = {
    "shuffled": "that it matters which image of a class an answer is about",
    "classmean": "that answers about single images add to their class's average",
    "permuted": "that the right class's answers matter",
    "random": "that the answers' content matters",
}


def describe(control: str) -> str:
    """Return in a few words what an arm of this control learns from."""
    method, answers = method_of(control), answers_of(control)
    if not method:
        return _WORDS[answers]
    return _METHODS[method] if answers == BASE else f"{_METHODS[method]} and {_WORDS[answers]}"


def is_taught(control: str) -> bool:
    """Return whether an arm of this control learns a teacher's answers as they are."""
    return answers_of(control) in TAUGHT


def metric_name(metric: str) -> str:
    """Return a metric's name in a sentence."""
    return _METRICS.get(metric, metric)


def percent(fraction: float) -> str:
    """Write a fraction of 1 as per cent: `85.3`."""
    return f"{100 * fraction:.1f}".replace("-", "\N{MINUS SIGN}")


def points(difference: float) -> str:
    """Write a difference of fractions as signed percentage points: `+4.3`, `0.0`."""
    rounded = round(100 * difference, 1)
    return f"{rounded:+.1f}".replace("-", "\N{MINUS SIGN}") if rounded else "0.0"


def p_text(p_value: float | None) -> str:
    """Write a p value: `0.012`, `< 0.001`, or nothing where there is none."""
    if p_value is None:
        return ""
    return "< 0.001" if p_value < 0.001 else f"{p_value:.3f}"


def span(interval: Sequence[float] | None, *, signed: bool = False) -> str:
    """Write an interval: `84.1 to 86.5`, signed `+2.1 to +6.5`, or nothing where there is none."""
    write = points if signed else percent
    return "" if interval is None else f"{write(interval[0])} to {write(interval[1])}"


def header(results: Results) -> tuple[str, ...]:
    """Return the titles of the columns of `rows`."""
    return ("arm", f"{results['metric']} %", "95 % interval", "over base", "95 % interval", "p (Holm)")


def rows(results: Results) -> list[tuple[str, ...]]:
    """Return a row of texts an arm, in the order of the comparison."""
    base = _base(results)
    table: list[tuple[str, ...]] = []
    for name, arm in results["arms"].items():
        row = (name, percent(arm["mean"]), span(arm["ci95"]))
        pair = _pair(results, name, base)
        if pair is None:
            table.append((*row, "", "", ""))
        else:
            table.append(
                (*row, points(pair["difference"]), span(pair["ci95"], signed=True), p_text(pair["p_holm"]))
            )
    return table


def beside(results: Results) -> list[str]:
    """Return a sentence for each reference: what is reached without a student."""
    names = {
        "naming": "Asked for the class, the teacher itself reaches {} %",
        "linear": "A linear model on the teacher's answers about the test images reaches {} %",
    }
    said = []
    for name, found in (results.get("references") or {}).items():
        figure = found.get(results["metric"], found["top1"])
        said.append(f"{names[name].format(percent(figure['mean']))} ({span(figure['ci95'])}).")
    return said


def verdict(results: Results) -> str:
    """Say in plain words whether the teacher's answers helped, by how much, and how sure that is."""
    return " ".join(sentences(results))


def sentences(results: Results) -> list[str]:
    """Return the verdict's sentences: against labels alone, against the controls, and what to doubt."""
    taught = [name for name in results["arms"] if _control(results, name) in TAUGHT]
    if not taught:
        return [_without_teacher(results), *_mixed_arithmetic(results)]
    said = [_against_base(results, taught[0]), *_against_controls(results, taught[0])]
    said += [_variant(results, name) for name in taught[1:]]
    seeds = len(results["seeds"])
    if 1 < seeds < ENOUGH_SEEDS:
        said.append(f"With {seeds} seeds the intervals are rough: take {ENOUGH_SEEDS} or more for a claim.")
    return said + _mixed_arithmetic(results)


def _against_base(results: Results, taught: str) -> str:
    pair = _pair(results, taught, _base(results))
    what = "The class table" if _control(results, taught) == "signature" else "MaKD"
    mean = f"{percent(results['arms'][taught]['mean'])} % {metric_name(results['metric'])}"
    if pair is None:
        return f"{what} reaches {mean}; without a base arm nothing says whether that is much."
    against = f"{mean} against {percent(results['arms'][pair['b']]['mean'])} % from labels alone"
    change = f"{points(pair['difference'])} points"
    if pair["ci95"] is None:
        return f"{what} reaches {against}, {change}; one seed cannot tell an effect from chance."
    clear = _sign(pair)
    measured = f"{against}, {change} (95 % interval {span(pair['ci95'], signed=True)}, {pair['n']} seeds)"
    if not clear:
        return f"It is not shown that {_lower(what)} helped: {measured}; the interval includes 0."
    return f"{what} {'helped' if clear > 0 else 'did harm'}: {measured}.{_doubts(pair)}"


def _doubts(pair: Mapping[str, Any]) -> str:
    """Name what speaks against a difference whose interval over seeds excludes 0."""
    doubts = ""
    if pair["p_holm"] > SIGNIFICANT:
        doubts += f" Corrected for the number of arms it is not significant (p = {p_text(pair['p_holm'])})."
    resampled = pair["bootstrap_ci95"]
    if resampled is not None and resampled[0] <= 0 <= resampled[1]:
        doubts += (
            f" The test images are few: drawn anew they give {span(resampled, signed=True)} points, "
            "which includes 0."
        )
    return doubts


def _against_controls(results: Results, taught: str) -> list[str]:
    """Say from which controls the taught arm is told apart, and what remains open where it is not."""
    above: list[str] = []
    below: list[str] = []
    open_: list[str] = []
    for name in results["arms"]:
        pair = _pair(results, taught, name)
        if pair is None or not _is_fair_control(results, taught, name):
            continue
        change = points(pair["difference"])
        if pair["ci95"] is None:
            above.append(f"{change} over {name}")
            continue
        figures = f"{change}, {span(pair['ci95'], signed=True)}"
        clear = _sign(pair)
        if clear and pair["p_holm"] <= SIGNIFICANT:
            (above if clear > 0 else below).append(f"{name} ({figures})")
            continue
        if clear:
            figures += f"; corrected for the number of controls p = {p_text(pair['p_holm'])}"
        open_.append(f"{name} ({figures}), so it is not shown {_BEYOND[_control(results, name)]}")
    if len(results["seeds"]) == 1:
        return [f"In this seed it has {_list(above)}."] if above else []
    said = [f"It is clearly above {_list(above)}."] if above else []
    said += [f"It is clearly below {_list(below)}."] if below else []
    return said + [f"There is no clear difference from {text}." for text in open_]


def _variant(results: Results, name: str) -> str:
    """Give the figures of a further arm that learns the teacher's answers, with settings of its own."""
    differences = []
    for other in results["arms"]:
        pair = _pair(results, name, other)
        if pair and (other == _base(results) or _is_fair_control(results, name, other)):
            interval = f" ({span(pair['ci95'], signed=True)})" if pair["ci95"] else ""
            differences.append(f"{points(pair['difference'])} over {other}{interval}")
    mean = f"{name} reaches {percent(results['arms'][name]['mean'])} %"
    return f"{mean}, {_list(differences)}." if differences else f"{mean}."


def _is_fair_control(results: Results, taught: str, name: str) -> bool:
    """Return whether an arm is a control with the very settings of the taught one."""
    overrides = [results["variants"][arm]["overrides"] for arm in (taught, name)]
    return _control(results, name) in CONTROLS and overrides[0] == overrides[1]


def _without_teacher(results: Results) -> str:
    best = max(results["arms"], key=lambda name: results["arms"][name]["mean"])
    value = f"{percent(results['arms'][best]['mean'])} % {metric_name(results['metric'])}"
    return f"No arm learns a teacher's own answers here; the highest, {best}, reaches {value}."


def _mixed_arithmetic(results: Results) -> list[str]:
    """Say so where runs were not computed alike: such a difference is none of the arms."""
    found = results.get("arithmetic", [])
    if len(found) < 2:
        return []
    places = [
        f"{one['runs']} on {one['device']} in {one['precision']}, torch {one['torch']}" for one in found
    ]
    return [f"Runs were not computed alike ({'; '.join(places)}): arms may differ for that alone."]


def _sign(pair: Mapping[str, Any]) -> int:
    """Return 1 or -1 where the interval over seeds lies above or below 0, else 0."""
    low, high = pair["ci95"]
    return int(low > 0) - int(high < 0)


def _pair(results: Results, a: str, b: str | None) -> Mapping[str, Any] | None:
    return next((pair for pair in results["pairs"] if (pair["a"], pair["b"]) == (a, b)), None)


def _base(results: Results) -> str | None:
    return next((name for name in results["arms"] if _control(results, name) == BASE), None)


def _control(results: Results, name: str) -> str:
    return str(results["variants"][name]["control"])


def _lower(text: str) -> str:
    return text if text == "MaKD" else text[:1].lower() + text[1:]


def _list(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
