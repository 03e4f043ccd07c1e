"""How a creature looks: every attribute drawn from tail to beak, from the far side to the near one."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping

import numpy as np

from makd.fieldguide.attributes import Creature
from makd.fieldguide.brush import Brush, Colour, Points, shade

# name: (hue, half-width of its range, saturation, value)
_TINTS: Mapping[str, tuple[float, float, float, float]] = {
    "red": (0.01, 0.025, 0.75, 0.85),
    "yellow": (0.135, 0.025, 0.75, 0.92),
    "green": (0.32, 0.05, 0.60, 0.70),
    "blue": (0.58, 0.035, 0.65, 0.85),
    "purple": (0.77, 0.035, 0.50, 0.75),
    "grey": (0.60, 0.40, 0.06, 0.62),
}
_ACROSS = np.linspace(-1.0, 1.0, 17)
_DOME = np.sqrt(1.0 - _ACROSS**2)
_BOX = (1.0 - np.abs(_ACROSS) ** 6) ** (1 / 6)
_HUMP = 0.62 * np.exp(-(((_ACROSS + 0.25) / 0.30) ** 2)) * _DOME
# name: (half length, height above and below the middle, at each of `_ACROSS`)
_BODIES: Mapping[str, tuple[float, Points, Points]] = {
    "round": (0.92, 0.90 * _DOME, 0.86 * _DOME),
    "long": (1.42, 0.52 * _DOME**0.7, 0.50 * _DOME**0.7),
    "humped": (1.08, 0.52 * _DOME + _HUMP, 0.60 * _DOME),
    "boxy": (1.02, 0.72 * _BOX, 0.72 * _BOX),
}


def draw(creature: Creature, brush: Brush, rng: np.random.Generator) -> None:
    """Draw `creature` with `brush`; `rng` decides what no attribute does (tints, angles, small shifts)."""
    colour = _tint(creature["colour"], rng)
    ink = shade(colour, 0.38)
    length, above, below = _BODIES[creature["body"]]
    head = (0.80 * length + 0.18, -0.42 * float(above.max()) - 0.12 + rng.uniform(-0.1, 0.1))
    _tail(creature["tail"], -length, colour, ink, brush, rng)
    _legs(creature, length, below, colour, ink, brush, rng)
    if creature["back"] == "spiked":
        _spikes(length, above, ink, brush)
    outline = np.concatenate(
        [
            np.stack([_ACROSS * length, -above], axis=1),
            np.stack([_ACROSS * length, below], axis=1)[::-1],
        ]
    )
    brush.polygon(outline, colour, ink)
    if creature["belly"] == "pale":
        _belly(length, below, colour, brush)
    _pattern(creature["pattern"], length, above, below, colour, brush, rng)
    _wings(creature["wings"], above, colour, ink, brush, rng)
    _ears(creature["ears"], head, colour, ink, brush)
    _headgear(creature["headgear"], head, ink, brush, rng)
    brush.ellipse(head, (0.50, 0.46), colour, ink)
    if creature["collar"] == "band":
        _collar(head, colour, brush)
    _face(creature, head, ink, brush)


def _tint(name: str, rng: np.random.Generator) -> Colour:
    hue, spread, saturation, value = _TINTS[name]
    hue = (hue + rng.uniform(-spread, spread)) % 1.0
    saturation *= rng.uniform(0.75, 1.15)
    value *= rng.uniform(0.82, 1.08)
    red, green, blue = colorsys.hsv_to_rgb(hue, min(saturation, 1.0), min(value, 1.0))
    return (int(255 * red), int(255 * green), int(255 * blue))


def _tail(
    kind: str, root: float, colour: Colour, ink: Colour, brush: Brush, rng: np.random.Generator
) -> None:
    lift = rng.uniform(-0.25, 0.25)
    if kind == "stub":
        brush.ellipse((root - 0.08, -0.15), (0.24, 0.20), colour, ink)
    elif kind == "long":
        along = np.linspace(0.0, 1.0, 7)
        points = np.stack([root + 0.1 - 1.10 * along, -0.1 - (0.5 + lift) * along + 0.25 * along**2], axis=1)
        brush.rope(points, 0.15, colour, ink)
    elif kind == "curled":
        turn = np.linspace(0.0, 1.75 * np.pi, 12)
        radius = 0.40 - 0.035 * turn
        points = np.stack([root - 0.30 + radius * np.sin(turn), -0.35 + radius * np.cos(turn)], axis=1)
        brush.rope(np.concatenate([[[root + 0.15, 0.05]], points]), 0.13, colour, ink)
    elif kind == "bushy":
        brush.ellipse((root - 0.42, -0.32 - 0.3 * lift), (0.58, 0.31), colour, ink, turn=0.55 + lift)
        brush.ellipse((root - 0.66, -0.47 - 0.5 * lift), (0.22, 0.17), shade(colour, 1.45), turn=0.55 + lift)


def _legs(
    creature: Creature,
    length: float,
    below: Points,
    colour: Colour,
    ink: Colour,
    brush: Brush,
    rng: np.random.Generator,
) -> None:
    places = {"none": (), "two": (-0.15, 0.25), "four": (-0.62, -0.32, 0.30, 0.60)}
    places["six"] = (-0.70, -0.42, -0.14, 0.14, 0.42, 0.70)
    dark = creature["feet"] == "dark"
    for place in places[creature["legs"]]:
        hip = float(np.interp(place, _ACROSS, below))
        x, step = place * length, rng.uniform(-0.10, 0.10)
        foot = np.array([[x, hip - 0.15], [x + step, hip + 0.52]])
        brush.rope(foot, 0.17, shade(colour, 0.85), ink)
        shoe = (35, 28, 30) if dark else shade(colour, 0.85)
        size = (0.19, 0.14) if dark else (0.14, 0.09)
        brush.ellipse((x + step + 0.06, hip + 0.52), size, shoe, None if dark else ink)


def _spikes(length: float, above: Points, ink: Colour, brush: Brush) -> None:
    for place in (-0.78, -0.52, -0.26, 0.0, 0.26, 0.50):
        base = -float(np.interp(place, _ACROSS, above))
        x = place * length
        tip = np.array(
            [[x - 0.16, base + 0.12], [x - 0.07 + 0.08 * place, base - 0.32], [x + 0.14, base + 0.12]]
        )
        brush.polygon(tip, shade(ink, 1.12), ink)


def _belly(length: float, below: Points, colour: Colour, brush: Brush) -> None:
    lower = np.stack([0.86 * _ACROSS * length, 0.93 * below - 0.02], axis=1)
    upper = np.stack([0.80 * _ACROSS * length, 0.40 * below], axis=1)[::-1]
    brush.polygon(np.concatenate([lower, upper]), shade(colour, 1.68))


def _pattern(
    kind: str,
    length: float,
    above: Points,
    below: Points,
    colour: Colour,
    brush: Brush,
    rng: np.random.Generator,
) -> None:
    dark = shade(colour, rng.uniform(0.42, 0.56))
    if kind == "stripes":
        for place in (-0.66, -0.34, -0.02, 0.30):
            x = (place + rng.uniform(-0.04, 0.04)) * length
            top = 0.92 * float(np.interp(place, _ACROSS, above))
            bottom = 0.72 * float(np.interp(place, _ACROSS, below))
            brush.stroke(np.array([[x, -top], [x + 0.06, bottom]]), 0.17, dark)
    elif kind == "spots":
        for place, level in (
            (-0.62, -0.2),
            (-0.36, 0.35),
            (-0.28, -0.5),
            (0.0, -0.1),
            (0.16, 0.5),
            (0.3, -0.5),
        ):
            height = np.interp(place, _ACROSS, above if level < 0 else below)
            centre = (
                place * length + rng.uniform(-0.06, 0.06),
                float(level * height) + rng.uniform(-0.05, 0.05),
            )
            brush.ellipse(centre, (0.13, 0.13), dark)
    elif kind == "saddle":
        inner = np.abs(_ACROSS + 0.15) < 0.55
        upper = np.stack([_ACROSS * length, -0.95 * above], axis=1)[inner]
        lower = np.stack([_ACROSS * length, -0.15 * above], axis=1)[inner][::-1]
        brush.polygon(np.concatenate([upper, lower]), dark)


def _wings(
    kind: str, above: Points, colour: Colour, ink: Colour, brush: Brush, rng: np.random.Generator
) -> None:
    if kind == "none":
        return
    size = 1.0 if kind == "large" else 0.52
    spread = rng.uniform(-0.15, 0.15)
    root = np.array([0.12, -0.35 * float(above.max())])
    feathers = np.array(
        [[0.22, 0.05], [-0.10, -1.25], [-0.62, -1.10], [-0.80, -0.72], [-0.72, -0.38], [-0.30, 0.22]]
    )
    cos, sin = np.cos(spread), np.sin(spread)
    turned = feathers @ np.array([[cos, sin], [-sin, cos]])
    brush.polygon(root + size * turned, shade(colour, 1.40), ink)
    for quill in (2, 3):
        brush.stroke(np.stack([root, root + 0.9 * size * turned[quill]]), 0.06, ink)


def _ears(kind: str, head: tuple[float, float], colour: Colour, ink: Colour, brush: Brush) -> None:
    x, y = head
    if kind == "pointed":
        for shift in (-0.44, -0.12):
            ear = np.array(
                [[x + shift, y - 0.18], [x + shift - 0.10, y - 0.86], [x + shift + 0.30, y - 0.36]]
            )
            brush.polygon(ear, colour, ink)
    elif kind == "round":
        for shift in (-0.36, 0.0):
            brush.ellipse((x + shift, y - 0.46), (0.23, 0.23), colour, ink)
            brush.ellipse((x + shift, y - 0.46), (0.11, 0.11), shade(colour, 1.5))


def _headgear(
    kind: str, head: tuple[float, float], ink: Colour, brush: Brush, rng: np.random.Generator
) -> None:
    x, y = head
    sway = rng.uniform(-0.08, 0.08)
    if kind == "horns":
        for shift in (0.02, 0.30):
            horn = np.array([[0.0, -0.28], [0.06, -0.62], [0.30 + sway, -0.88], [0.24, -0.56], [0.22, -0.22]])
            brush.polygon(horn + np.array([x + shift - 0.05, y]), (236, 226, 196), ink)
    elif kind == "antennae":
        for shift in (0.0, 0.32):
            tip = (x + shift + 0.14 + sway, y - 1.02)
            brush.stroke(np.array([[x + shift, y - 0.35], [x + shift + 0.02, y - 0.75], tip]), 0.07, ink)
            brush.ellipse(tip, (0.12, 0.12), (250, 190, 70), ink)
    elif kind == "crest":
        comb = [[-0.30, -0.30], [-0.30, -0.66], [-0.10, -0.52], [0.02, -0.84], [0.16, -0.54], [0.38, -0.70]]
        brush.polygon(np.array([*comb, [0.36, -0.25]]) + np.array(head), (216, 60, 70), ink)


def _collar(head: tuple[float, float], colour: Colour, brush: Brush) -> None:
    turn = np.linspace(0.50, 1.12, 6) * np.pi
    rim = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    brush.polygon(np.concatenate([0.64 * rim, 0.40 * rim[::-1]]) + head, (250, 250, 244), shade(colour, 0.5))


def _face(creature: Creature, head: tuple[float, float], ink: Colour, brush: Brush) -> None:
    x, y = head
    big = creature["eyes"] == "big"
    eye = (x + 0.16, y - 0.10)
    size = 0.26 if big else 0.125
    brush.ellipse(eye, (size, size), (252, 252, 248), ink if big else None)
    pupil = 0.125 if big else 0.085
    brush.ellipse((eye[0] + 0.05, eye[1]), (pupil, pupil), (18, 16, 24))
    if creature["mouth"] == "beak":
        beak = np.array([[x + 0.38, y - 0.10], [x + 0.92, y + 0.14], [x + 0.36, y + 0.32]])
        brush.polygon(beak, (244, 160, 40), ink)
        return
    brush.stroke(np.array([[x + 0.10, y + 0.26], [x + 0.42, y + 0.20]]), 0.07, ink)
    if creature["mouth"] == "fangs":
        for shift in (0.14, 0.33):
            fang = np.array([[-0.02, 0.20], [0.17, 0.18], [0.08, 0.62]])
            brush.polygon(fang + np.array([x + shift, y]), (255, 255, 250), ink)
