"""How fast students train: makd against batches in memory, timm's loop and plain ImageFolder loading.

The same network, optimiser, averaging, label smoothing and arithmetic (bfloat16 where `--precision auto`
takes it), random crops of 35 % and more, flips, 500-pixel JPEGs of some 90 kB. All ways take turns; a rate is
images by the wall clock in the second epoch of a turn, processes and caches being there; ratios are medians
over turns.

- makd: `makd.training.fit`, all of it but judging: Lightning, logs, the 50 aspects of the answers.
- makd, labels alone: the same without answers.
- in memory: makd on batches that were made before.
- timm: a loop as in timm's training script with timm's loader (the better number of its workers is taken).
- ImageFolder: the same loop with torchvision's folder, transforms and torch's DataLoader.

Memory is what is private to the process in a run of 24 epochs. From the root:

    python -m benchmarks.training --threads 2
"""

from __future__ import annotations

import argparse
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

import numpy as np
import timm
import torch
from benchmarks.extraction_task import draw_jpegs
from timm.data import create_dataset, create_loader
from timm.utils import ModelEmaV3
from torch.nn import CrossEntropyLoss
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

from makd.classification.task import ClassificationTask
from makd.config.training import TrainingSettings
from makd.data.samples import Catalog, Sample, Split
from makd.data.transforms import IMAGENET_MEAN, IMAGENET_STD
from makd.storage import write_json
from makd.task import Batch
from makd.training import fit as fitting
from makd.training.epochs import EpochEnd
from makd.training.hardware import pick_precision
from makd.training.input_pipeline import Batches
from makd.training.plan import TrainingPlan
from makd.training.targets import Targets

CLASSES, QUESTIONS = 8, 50
CROP = (0.35, 1.0)
Way = Callable[[], float]


class InMemory:
    """Batches that have been made before, in place of `Batches`."""

    def __init__(self, batches: Batches) -> None:
        self.samples, self.labels, self.epoch = batches.samples, batches.labels, 0
        self._made = [*batches]

    def __len__(self) -> int:
        return len(self._made)

    def __iter__(self) -> Iterator[Batch]:
        return iter(self._made)


def main() -> None:
    """Measure, print, write `benchmarks/results/training.json`."""
    asked = _options()
    torch.set_num_threads(asked.threads)
    results: dict[str, Any] = {
        "command": " ".join(["python -m benchmarks.training", *sys.argv[1:]]),
        "machine": platform.machine(),
        "torch": torch.__version__,
        "timm": timm.__version__,
        "threads": asked.threads,
        "bfloat16": pick_precision("auto", torch.device("cpu")) is torch.bfloat16,
        "model": asked.model,
        "sizes": {},
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        catalog = lay_out(folder, max(asked.images))
        first = settings_of(asked.model, asked.sizes[0], asked.batch_size, epochs=24)
        results["memory"] = memory(part_of(catalog, asked.images[0] // 4), first)
        for size, images in zip(asked.sizes, asked.images, strict=True):
            settings = settings_of(asked.model, size, asked.batch_size)
            results["sizes"][f"{size} px"] = measure(part_of(catalog, images), settings, folder, asked)
    write_json(asked.out, results)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--model", default="resnet18")
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 224], help="pixels of a side")
    parser.add_argument("--images", type=int, nargs="+", default=[1024, 256], help="an epoch, for each size")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--turns", type=int, default=7, help="of each way")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/training.json"))
    return parser.parse_args()


def settings_of(model: str, size: int, batch_size: int, epochs: int = 2) -> TrainingSettings:
    """Return the recipe `modern` in so many epochs."""
    return TrainingSettings.model_validate(
        {"model": model, "image_size": size, "batch_size": batch_size, "epochs": epochs}
        | {"schedule": {"warmup_epochs": 0}}
    )


def lay_out(folder: Path, images: int) -> Catalog:
    """Save class folders of JPEGs below `train`; return them, a few of them judging as well."""
    drawn = folder / "drawn"
    drawn.mkdir()
    samples = []
    for number, sample in enumerate(draw_jpegs(drawn, images)):
        name = f"class{number % CLASSES}"
        path = folder / "train" / name / sample.key
        path.parent.mkdir(parents=True, exist_ok=True)
        assert sample.path is not None
        sample.path.rename(path)
        samples.append(Sample(f"{name}/{sample.key}", path, number % CLASSES, name, "train"))
    classes = tuple(f"class{number}" for number in range(CLASSES))
    return Catalog("benchmark", folder, classes, tuple(samples))


def part_of(catalog: Catalog, images: int) -> Catalog:
    """Return the first images, the first of them under other keys as validation and test images too."""
    train = catalog.samples[:images]
    judging: list[Sample] = []
    splits: tuple[Split, Split] = ("val", "test")
    for split in splits:
        judging += [
            Sample(f"{split}/{one.key}", one.path, one.label, one.class_name, split)
            for one in train[:CLASSES]
        ]
    return Catalog(catalog.source, catalog.root, catalog.classes, (*train, *judging))


def answers_about(catalog: Catalog) -> Targets:
    """Return answers of a teacher that says anything."""
    keys = tuple(sample.key for sample in catalog.of("train"))
    names = tuple(f"q{number}" for number in range(QUESTIONS))
    p_yes = np.random.default_rng(0).random((len(keys), QUESTIONS), dtype=np.float32)
    return Targets(names, names, keys, p_yes)


def measure(
    catalog: Catalog, settings: TrainingSettings, folder: Path, asked: argparse.Namespace
) -> dict[str, Any]:
    """Return the rates of all ways and what is made of them."""
    targets, size, batch_size = answers_about(catalog), settings.image_size, settings.batch_size
    train = folder / f"train-{size}"
    for sample in catalog.of("train"):
        link = train / sample.key
        link.parent.mkdir(parents=True, exist_ok=True)
        assert sample.path is not None
        link.hardlink_to(sample.path)
    loop = partial(loop_rate, settings=settings)
    ways: dict[str, Way] = {
        "makd": lambda: fit_rate(catalog, targets, settings),
        "makd, labels alone": lambda: fit_rate(catalog, None, settings),
        "in memory": lambda: fit_rate(catalog, None, settings, in_memory=True),
    }
    for workers in (1, asked.threads):
        loaders = (
            timm_loader(train, size, batch_size, workers),
            folder_loader(train, size, batch_size, workers),
        )
        ways |= {
            f"{name}, {workers} worker{'s' * (workers > 1)}": partial(loop, loader)
            for name, loader in zip(("timm", "ImageFolder"), loaders, strict=True)
        }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(asked.turns + 1):
        for name in sorted(ways, reverse=bool(turn % 2)):
            rate = ways[name]()
            if turn:  # the first one makes caches and starts processes
                rates[name].append(rate)
                print(f"{size} px, turn {turn}, {name}: {rate:.1f} images/s", flush=True)
    return figures(rates)


def figures(rates: dict[str, list[float]]) -> dict[str, Any]:
    """Return median rates, and the median over turns of makd's (labels alone) to each other way's."""

    def better(kind: str) -> str:
        return max((name for name in rates if name.startswith(kind)), key=lambda name: median(rates[name]))

    def ratio(a: str, b: str) -> float:
        return round(median(one / other for one, other in zip(rates[a], rates[b], strict=True)), 3)

    alone = "makd, labels alone"
    found = {
        "images_per_second": {name: round(median(found), 1) for name, found in rates.items()},
        "to in memory": ratio(alone, "in memory"),
        "to timm": ratio(alone, better("timm")),
        "to ImageFolder": ratio(alone, better("ImageFolder")),
        "with 50 aspects to without": ratio("makd", alone),
        "rates": {name: [round(rate, 1) for rate in found] for name, found in rates.items()},
    }
    for name in ("to in memory", "to timm", "to ImageFolder", "with 50 aspects to without"):
        print(f"{name}: {found[name]}")
    return found


def fit_rate(
    catalog: Catalog, targets: Targets | None, settings: TrainingSettings, *, in_memory: bool = False
) -> float:
    """Return the images/s of the second epoch of a run of makd."""
    opened = fitting.open_pictures

    def made_before(*given: Any) -> Any:
        train, val, test = opened(*given)
        return InMemory(train), val, test

    with mock.patch.object(fitting, "open_pictures", made_before if in_memory else opened):
        return float(run(catalog, targets, settings)[-1]["images_per_second"])


def run(catalog: Catalog, targets: Targets | None, settings: TrainingSettings) -> list[dict[str, Any]]:
    """Train a student and return its `metrics.jsonl`."""
    out = Path(tempfile.mkdtemp()) / "run"
    try:
        return fitting.fit(TrainingPlan(ClassificationTask(), catalog, targets, settings, out)).metrics()
    finally:
        shutil.rmtree(out.parent)


def timm_loader(folder: Path, size: int, batch_size: int, workers: int) -> Any:
    """Return timm's loader as its training script makes it, its workers living on between epochs."""
    return create_loader(
        create_dataset("", root=str(folder)),
        input_size=(3, size, size),
        batch_size=batch_size,
        is_training=True,
        scale=CROP,
        color_jitter=0.0,
        num_workers=workers,
        use_multi_epochs_loader=True,
        use_prefetcher=False,
        device=torch.device("cpu"),
    )


def folder_loader(folder: Path, size: int, batch_size: int, workers: int) -> Any:
    """Return what most scripts do: ImageFolder, torchvision's transforms, torch's DataLoader."""
    transform = v2.Compose(
        [
            v2.RandomResizedCrop(size, scale=CROP),
            v2.RandomHorizontalFlip(),
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(IMAGENET_MEAN, IMAGENET_STD),
        ]
    )
    return DataLoader(
        ImageFolder(folder, transform),
        batch_size,
        shuffle=True,
        num_workers=workers,
        drop_last=True,
        persistent_workers=True,
    )


def loop_rate(loader: Any, settings: TrainingSettings) -> float:
    """Return the images/s of the second epoch of a plain loop."""
    model = timm.create_model(settings.model.name, num_classes=CLASSES).train()
    model = model.to(memory_format=torch.channels_last)
    chosen = settings.optimizer
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=chosen.lr, weight_decay=chosen.weight_decay, fused=True
    )
    average = ModelEmaV3(model, settings.ema_decay, use_warmup=True)
    loss_of = CrossEntropyLoss(label_smoothing=settings.label_smoothing)
    bfloat16 = pick_precision("auto", torch.device("cpu")) is torch.bfloat16
    for epoch in range(2):
        start, images = time.perf_counter(), 0
        for step, (pictures, labels) in enumerate(loader):
            with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
                outputs = model(pictures.contiguous(memory_format=torch.channels_last))
            loss_of(outputs.float(), labels).backward()
            optimizer.step()
            optimizer.zero_grad()
            average.update(model, step=epoch * len(loader) + step)
            images += len(labels)
        rate = images / (time.perf_counter() - start)
    return rate


def memory(catalog: Catalog, settings: TrainingSettings) -> dict[str, Any]:
    """Return the private memory in MB in one run: medians over its second and its last quarter."""
    seen: list[float] = []
    judged = EpochEnd.on_train_epoch_end

    def noted(*given: Any) -> None:
        judged(*given)
        seen.append(private_megabytes())

    with mock.patch.object(EpochEnd, "on_train_epoch_end", noted):
        run(catalog, answers_about(catalog), settings)
    quarter = settings.epochs // 4
    second, last = median(seen[quarter : 2 * quarter]), median(seen[-quarter:])
    found = {"epochs": settings.epochs, "second quarter": round(second), "last quarter": round(last)}
    print(f"memory in MB: {found}")
    return found


def private_megabytes() -> float:
    """Return the resident memory that is no file's (Linux)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1000


if __name__ == "__main__":
    main()
