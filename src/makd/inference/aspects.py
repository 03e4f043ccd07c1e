"""What a trained student says about aspects of pictures that it was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from makd.data.samples import Sample, Split
from makd.inference.evaluate import batches_for
from makd.inference.predictor import load_model
from makd.storage import replacing
from makd.training.hardware import pick_device
from makd.training.run_dir import RunDirectory


@torch.inference_mode()
def aspect_answers(run: Path, samples: Sequence[Sample], split: Split = "test") -> npt.NDArray[np.float32]:
    """Return a student's P(yes) `[N, Q]` about readable pictures of a split, in the order of its questions.

    They are kept in the run's `aspects.npz` and taken from there when the same pictures are asked for again.

    Raises:
        UsageError: there is no finished run in `run`.
    """
    file = RunDirectory(run).aspects_file
    keys = np.array([sample.key for sample in samples])
    if file.is_file():
        with np.load(file) as kept:
            if np.array_equal(kept["key"], keys):
                return np.asarray(kept["p_yes"])
    predictor = load_model(run)
    model, classes = predictor.full.to(device := pick_device()), len(predictor.classes)
    blocks = [
        model(batch.images.to(device))[:, classes:].float().sigmoid().cpu()
        for batch in batches_for(predictor, samples, split)
    ]
    p_yes = torch.cat(blocks).numpy()
    with replacing(file) as temporary, temporary.open("wb") as content:
        np.savez(content, key=keys, p_yes=p_yes)
    return p_yes
