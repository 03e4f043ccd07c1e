"""How the aspect outputs learn: loss, temperature, weight and its schedule.

The mean squared error of P(yes) and of log-odds have other scales than the cross-entropy, so each is tried
with a smaller and a larger alpha. `kl` is left out: it differs from `bce` by a term without a gradient, and
trains the same student. From the root:

    python -m benchmarks.studies.aspect_loss
"""

from __future__ import annotations

from benchmarks.studies.students import TUNED
from benchmarks.studies.study import Condition, Own, Study, base, main
from benchmarks.studies.world import bank

OWN: dict[str, Own] = {
    "bce, alpha 30": {},
    "bce, alpha 4": {"alpha": 4.0},
    "bce, alpha 10": {"alpha": 10.0},
    "bce, alpha 100": {"alpha": 100.0},
    "bce, temperature 2": {"aspects": {"temperature": 2.0}},
    "bce, alpha rising": {"aspects": {"schedule": "linear"}},
    "bce, alpha falling": {"aspects": {"schedule": "cosine"}},
    "mse, alpha 30": {"aspects": {"loss": "mse"}},
    "mse, alpha 150": {"aspects": {"loss": "mse"}, "alpha": 150.0},
    "log-odds, alpha 1": {"aspects": {"loss": "log-odds"}, "alpha": 1.0},
    "log-odds, alpha 5": {"aspects": {"loss": "log-odds"}, "alpha": 5.0},
}
CONDITIONS: dict[str, Condition] = {"base": base, **dict.fromkeys(OWN, bank)}

if __name__ == "__main__":
    main(Study("aspect_loss", CONDITIONS, ("base", "bce, alpha 30"), own=OWN, settings=TUNED), __doc__)
