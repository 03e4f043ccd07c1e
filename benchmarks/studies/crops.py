"""Random crops can cut away what a question asks: how much of a picture should a crop keep?

Crops keep at least 8, 35 (the recipe `modern`), 70 or 100 % of the area. From the root:

    python -m benchmarks.studies.crops
"""

from __future__ import annotations

from benchmarks.studies.students import TUNED
from benchmarks.studies.study import Condition, Own, Study, base, main
from benchmarks.studies.world import bank

LEAST = (8, 35, 70, 100)
OWN: dict[str, Own] = {
    f"{arm}, crops from {least} %": {"augment": {"crop_scale": (least / 100, 1.0)}}
    for least in LEAST
    for arm in ("base", "makd")
}
CONDITIONS: dict[str, Condition] = {name: base if name.startswith("base") else bank for name in OWN}

if __name__ == "__main__":
    peers = {name: name.replace("makd", "base") for name in OWN if name.startswith("makd")}
    references = ("base, crops from 35 %", "makd, crops from 35 %")
    study = Study("crops", CONDITIONS, references, peers, OWN, settings=TUNED)
    main(study, __doc__)
