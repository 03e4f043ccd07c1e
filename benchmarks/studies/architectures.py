"""Other students: does MaKD help convolution nets and vision transformers alike?

All from scratch at 64 px: the narrow `resnet10t` of the other studies, `mobilenetv4_conv_small_050`, a
`convnext_atto` of half its depth and a small `vit` with patches of 8 pixels. The first two train at the rate
that `tuning` found, the others at the recipe's, as is usual for their kind. From the root:

    python -m benchmarks.studies.architectures
"""

from __future__ import annotations

from typing import Any

from benchmarks.studies.students import SETTINGS, TUNED
from benchmarks.studies.study import Condition, Own, Study, base, main
from benchmarks.studies.world import bank

HIGH, LOW = {"optimizer": {"lr": TUNED.optimizer.lr}}, {"optimizer": {"lr": SETTINGS.optimizer.lr}}
MODELS: dict[str, dict[str, Any]] = {
    "resnet10t": HIGH,
    "mobilenetv4": {**HIGH, "model": {"name": "mobilenetv4_conv_small_050", "kwargs": {}}},
    "convnext": {
        **LOW,
        "model": {"name": "convnext_atto", "kwargs": {"depths": [1, 1, 3, 1], "patch_size": 2}},
    },
    "vit": {
        **LOW,
        "model": {
            "name": "vit_tiny_patch16_224",
            "kwargs": {"patch_size": 8, "embed_dim": 128, "depth": 6, "num_heads": 4},
        },
    },
}
OWN: dict[str, Own] = {f"{model}, {arm}": own for model, own in MODELS.items() for arm in ("base", "makd")}
CONDITIONS: dict[str, Condition] = {name: base if name.endswith("base") else bank for name in OWN}

if __name__ == "__main__":
    peers = {name: name.replace("makd", "base") for name in OWN if name.endswith("makd")}
    main(Study("architectures", CONDITIONS, (), peers, OWN), __doc__)
