"""Training recipes: the one place where a default of training stands."""

from __future__ import annotations

from typing import Any

_OFF: dict[str, Any] = {"aa": "", "reprob": 0.0, "mixup": 0.0, "cutmix": 0.0, "mixup_prob": 1.0}
"""What both recipes leave off: under changed colours and mixed pictures answers may no longer hold."""

PAPER: dict[str, Any] = {
    "epochs": 240,
    "batch_size": 16,
    "image_size": 224,
    "optimizer": {
        "name": "sgd",
        "lr": 0.01,
        "momentum": 0.9,
        "weight_decay": 1e-4,
        "nesterov": False,
        "layer_decay": 1.0,
    },
    "schedule": {"name": "step", "warmup_epochs": 0, "milestones": [150, 180, 210], "gamma": 0.1},
    "augment": {"crop_scale": [0.08, 1.0], "crop_ratio": [0.75, 4 / 3], "hflip": 0.5, **_OFF},
    "crop_pct": 0.875,
    "label_smoothing": 0.0,
    "ema_decay": 0.0,
    "precision": "float32",
}
"""The recipe of arXiv 2501.13341: random initialisation, SGD, three steps down."""

MODERN: dict[str, Any] = {
    "epochs": 100,
    "batch_size": 64,
    "image_size": 224,
    "optimizer": {
        "name": "adamw",
        "lr": 2e-3,
        "momentum": 0.9,
        "weight_decay": 0.05,
        "nesterov": False,
        "layer_decay": 1.0,
    },
    "schedule": {"name": "cosine", "warmup_epochs": 5, "milestones": [], "gamma": 0.1},
    "augment": {"crop_scale": [0.35, 1.0], "crop_ratio": [0.75, 4 / 3], "hflip": 0.5, **_OFF},
    "crop_pct": 0.95,
    "label_smoothing": 0.1,
    "ema_decay": 0.998,
    "precision": "auto",
}
"""AdamW, warm-up and cosine, milder crops, label smoothing, averaged weights, bf16 where it gains."""

PSEUDO_THRESHOLD = 0.8
"""How sure the first student of the arm `pseudo` has to be of a label: the best of those in docs/results.md.

FixMatch (arXiv 2001.07685) has 0.95, which students of smoothed labels hardly ever reach."""

RECIPES = {"modern": MODERN, "paper": PAPER}


def with_recipe(settings: dict[str, Any]) -> dict[str, Any]:
    """Lay `settings` (nested) over the recipe they name, `modern` when they name none that exists."""
    return overlay(RECIPES.get(str(settings.get("recipe")), MODERN), settings)


def overlay(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Return `below` with the values of `above` in its place, group by group."""
    merged = dict(below)
    for key, value in above.items():
        if isinstance(merged.get(key), dict):
            value = value if isinstance(value, dict) else {"name": value}
            merged[key] = overlay(merged[key], value)
        else:
            merged[key] = value
    return merged
