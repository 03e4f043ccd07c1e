from __future__ import annotations

import multiprocessing
import os
import re
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from makd.classification.task import ClassificationTask
from makd.data.samples import Catalog
from makd.errors import MakdError, UsageError
from makd.storage import replacing
from makd.task import Batch
from makd.training import fit as fit_module
from makd.training import trainer
from makd.training.fit import fit
from makd.training.run_dir import RunDirectory
from tests.recorder import Recorder

Plans = Callable[..., Any]


@dataclass(frozen=True)
class Faulty(ClassificationTask):
    """Meets `fault` in training step `step` (from 1) and every one after it."""

    step: int = 0
    fault: type[BaseException] | None = None

    def loss(self, outputs: Tensor, batch: Batch, **kwargs: Any) -> dict[str, Tensor]:
        parts = super().loss(outputs, batch, **kwargs)
        if outputs.requires_grad:
            steps.append(len(batch.index))
        if outputs.requires_grad and len(steps) >= self.step:
            if self.fault is not None:
                raise self.fault
            parts["loss"] = parts["loss"] * float("nan")
        return parts


class Killed(BaseException):
    """The end of the process that raises it."""

    def __init__(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


steps: list[int] = []
NEVER = 1_000_000


@pytest.fixture(autouse=True)
def _from_step_one() -> None:
    steps.clear()


def weights(run: RunDirectory) -> dict[str, Tensor]:
    return load_file(run.weights_file)


def without_times(run: RunDirectory) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in line.items() if name not in {"train_seconds", "images_per_second"}}
        for line in run.metrics()
    ]


def assert_same_student(a: RunDirectory, b: RunDirectory) -> None:
    assert without_times(a) == without_times(b)
    assert weights(a).keys() == weights(b).keys()
    assert all(weight.equal(weights(b)[name]) for name, weight in weights(a).items())
    assert a.predictions()["confidence"].tolist() == b.predictions()["confidence"].tolist()


def test_a_student_learns_colours(finished_run: Any) -> None:
    run = finished_run[1]
    evaluation = run.evaluation()
    assert evaluation["split"] == "test"
    assert evaluation["n"] == 18
    assert evaluation["top1"] >= 0.9
    first, *_, last = run.metrics()
    assert last["train_aspect"] < first["train_aspect"]
    assert last["train_loss"] == pytest.approx(last["train_label"] + 4 * last["train_aspect"], abs=1e-5)


def test_the_run_directory_is_complete(finished_run: Any, squares: Catalog) -> None:
    plan, run = finished_run
    names = {str(path.relative_to(run.path)) for path in run.path.rglob("*") if "tfevents" not in path.name}
    assert names - {"tensorboard", "tensorboard/hparams.yaml", "checkpoints"} == {
        "config.yaml",
        "environment.json",
        "split.csv",
        "metrics.jsonl",
        "checkpoints/best.ckpt",
        "checkpoints/last.ckpt",
        "model.safetensors",
        "model.json",
        "evaluation.json",
        "predictions.parquet",
    }
    assert run.config() == plan.config()
    card = run.model()
    assert card["classes"] == list(squares.classes)
    assert card["questions"][1] == {"id": "green", "text": "Is there green?"}
    assert [line["epoch"] for line in run.metrics()] == list(range(1, 13))
    assert weights(run)["fc.weight"].shape[0] == 9
    found = run.predictions()
    assert found["key"].tolist() == [sample.key for sample in squares.of("test")]
    assert (found["label"] == found["prediction"]).mean() == pytest.approx(run.evaluation()["top1"], abs=1e-6)


def test_the_best_epoch_is_the_last_of_the_highest_on_validation(finished_run: Any) -> None:
    run = finished_run[1]
    values = [line["val_top1"] for line in run.metrics()]
    best = max(range(len(values)), key=lambda i: (values[i], i)) + 1
    saved = torch.load(run.best_file)
    assert run.model()["epoch"] == saved["epoch"] == best
    assert all(weight.equal(weights(run)[name]) for name, weight in saved["weights"].items())


def test_the_test_images_choose_nothing(make_plan: Plans, squares: Catalog, tmp_path: Path) -> None:
    wrong = [replace(sample, label=0) if sample.split == "test" else sample for sample in squares.samples]
    a = fit(make_plan(tmp_path / "a"), threads=1)
    b = fit(make_plan(tmp_path / "b", catalog=replace(squares, samples=tuple(wrong))), threads=1)
    assert without_times(a) == without_times(b)
    assert all(weight.equal(weights(b)[name]) for name, weight in weights(a).items())


def test_nothing_is_printed_or_left_elsewhere(
    make_plan: Plans, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    fit(make_plan(tmp_path / "run", epochs=1), threads=1)
    assert list(Path.cwd().iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_progress_counts_every_image_and_tells_loss_and_metric(make_plan: Plans, tmp_path: Path) -> None:
    told = Recorder()
    run = fit(make_plan(tmp_path / "run", epochs=2), threads=1, progress=told)
    assert told.counted == told.total == 2 * 36
    shown = re.fullmatch(
        r"epoch 2/2, loss [\d.]+ \(label [\d.]+, aspect [\d.]+\), val top1 ([\d.]+), best ([\d.]+)",
        told.notes[-1],
    )
    values = [100 * line["val_top1"] for line in run.metrics()]
    assert shown is not None
    assert [float(value) for value in shown.groups()] == pytest.approx([values[-1], max(values)], abs=0.05)


@pytest.mark.parametrize("step", [1, 7, 12])
def test_an_interrupted_run_goes_on_as_if_undisturbed(step: int, make_plan: Plans, tmp_path: Path) -> None:
    """Four steps an epoch: before any epoch is finished, in the middle of one, at the end of one."""
    whole = fit(make_plan(tmp_path / "whole"), threads=1)
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        fit(make_plan(tmp_path / "cut", task=Faulty(step=step, fault=KeyboardInterrupt)), threads=1)
    cut = RunDirectory(tmp_path / "cut")
    assert signal.getsignal(signal.SIGINT) is handler
    assert len(cut.metrics()) == (step - 1) // 4
    assert not cut.finished
    steps.clear()
    told = Recorder()
    fit(make_plan(tmp_path / "cut", task=Faulty(step=NEVER)), resume=True, threads=1, progress=told)
    assert told.counted == told.total == 4 * 36
    assert len(steps) == 16 - 4 * ((step - 1) // 4)
    assert_same_student(cut, whole)


def test_a_killed_run_goes_on_from_what_is_on_disk(
    make_plan: Plans, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill writes nothing: here the state of epoch 2 is on disk, and lines of epochs after it."""
    whole = fit(make_plan(tmp_path / "whole"), threads=1)
    monkeypatch.setattr(trainer, "SAVE_EVERY", 0.0)
    with pytest.raises(KeyboardInterrupt):
        fit(make_plan(tmp_path / "cut", task=Faulty(step=9, fault=KeyboardInterrupt)), threads=1)
    cut = RunDirectory(tmp_path / "cut")
    cut.append_metrics({"epoch": 3})
    cut.best_file.unlink(missing_ok=True)
    steps.clear()
    fit(make_plan(tmp_path / "cut", task=Faulty(step=NEVER)), resume=True, threads=1)
    assert len(steps) == 8
    assert_same_student(cut, whole)


def test_a_run_tells_its_precision_and_when_it_goes_on_in_another(
    make_plan: Plans, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, heard: Recorder
) -> None:
    """`auto` means what the hardware does best: the run is the same one, and its student is not."""
    hardware = {"avx512": True}
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: hardware["avx512"])
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda check_available=False: None)
    plan = make_plan(tmp_path / "run", epochs=2, precision="auto")
    with pytest.raises(KeyboardInterrupt):
        fit(replace(plan, task=Faulty(step=6, fault=KeyboardInterrupt)), threads=1, progress=heard)
    run = RunDirectory(plan.out)
    begun = run.environment()
    assert (begun["device"], begun["precision"]) == ("cpu", "bfloat16")
    assert not [line for line in heard.lines if "goes on in" in line]
    hardware["avx512"] = False
    fit(plan, resume=True, threads=1, progress=heard)
    (line,) = [line for line in heard.lines if "goes on in" in line]
    assert "was begun in bfloat16 on cpu and goes on in float32 on cpu" in line
    assert run.environment()["precision"] == "float32"
    assert run.config() == plan.config()
    assert "precision: auto" in run.config_file.read_text()


def _fit_saving_each_epoch(plan: Any) -> None:
    trainer.SAVE_EVERY = 0.0
    fit(plan, threads=1)


def test_a_run_killed_at_once_goes_on_bit_for_bit(make_plan: Plans, tmp_path: Path) -> None:
    """SIGKILL in epoch 3: weights, averaged weights, optimizer, best epoch, lines and random state agree."""
    whole = fit(make_plan(tmp_path / "whole", ema_decay=0.9), threads=1)
    stream = torch.get_rng_state()
    killed = make_plan(tmp_path / "cut", ema_decay=0.9, task=Faulty(step=10, fault=Killed))
    process = multiprocessing.get_context("spawn").Process(target=_fit_saving_each_epoch, args=(killed,))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    cut = RunDirectory(tmp_path / "cut")
    assert [line["epoch"] for line in cut.metrics()] == [1, 2]
    assert not cut.best_file.exists()
    steps.clear()
    fit(make_plan(cut.path, ema_decay=0.9, task=Faulty(step=NEVER)), resume=True, threads=1)
    assert len(steps) == 8
    assert_same_student(cut, whole)
    assert torch.get_rng_state().equal(stream)
    assert cut.model() == whole.model()
    assert cut.weights_file.read_bytes() == whole.weights_file.read_bytes()
    for file in ("last_file", "best_file"):
        ours, theirs = (torch.load(getattr(run, file), weights_only=False) for run in (cut, whole))
        assert_same_state(ours, theirs)
    assert any(
        name.startswith("average.") for name in torch.load(cut.last_file, weights_only=False)["state_dict"]
    )


def assert_same_state(a: Any, b: Any, place: str = "") -> None:
    """Hold two checkpoints against each other, tensors to the bit, but for what time it took."""
    if isinstance(a, dict):
        assert a.keys() == b.keys(), place
        for name in a.keys() - {"train_seconds", "images_per_second"}:
            assert_same_state(a[name], b[name], f"{place}.{name}")
    elif isinstance(a, list | tuple):
        assert len(a) == len(b), place
        for i, (one, other) in enumerate(zip(a, b, strict=True)):
            assert_same_state(one, other, f"{place}[{i}]")
    else:
        assert a.equal(b) if isinstance(a, Tensor) else a == b, place


def test_a_run_with_every_augmentation_goes_on_as_if_undisturbed(make_plan: Plans, tmp_path: Path) -> None:
    augment = {"aa": "rand-m9-mstd0.5", "reprob": 0.3, "mixup": 0.4, "cutmix": 1.0}
    undisturbed = fit(make_plan(tmp_path / "whole", epochs=3, augment=augment), threads=1)
    steps.clear()
    cut = partial(make_plan, tmp_path / "cut", epochs=3, augment=augment)
    with pytest.raises(KeyboardInterrupt):
        fit(cut(task=Faulty(step=7, fault=KeyboardInterrupt)), threads=1)
    steps.clear()
    resumed = fit(cut(task=Faulty(step=NEVER)), resume=True, threads=1)
    assert_same_student(resumed, undisturbed)


def test_a_finished_run_is_returned_as_it_is(finished_run: Any) -> None:
    plan, run = finished_run
    before = run.weights_file.stat().st_mtime_ns
    assert fit(plan, resume=True) == run
    assert run.weights_file.stat().st_mtime_ns == before


def test_what_is_there_is_not_touched(finished_run: Any, make_plan: Plans, tmp_path: Path) -> None:
    plan, run = finished_run
    with pytest.raises(UsageError, match=r"is not empty\. Go on with it by --resume"):
        fit(plan)
    with pytest.raises(UsageError, match="epochs 12 there, 4 now"):
        fit(make_plan(run.path), resume=True)
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(UsageError, match="holds no run of makd"):
        fit(make_plan(tmp_path), resume=True)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("resume", [False, True])
def test_a_run_killed_in_its_first_write_begins_anew(
    resume: bool, make_plan: Plans, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class BegunError(Exception):
        pass

    def begun(plan: Any) -> None:
        raise BegunError

    monkeypatch.setattr(fit_module, "build", begun)
    with pytest.raises(KeyboardInterrupt), replacing(RunDirectory(tmp_path).config_file) as temporary:
        raise KeyboardInterrupt
    temporary.touch()  # a kill removes nothing
    with pytest.raises(BegunError):
        fit(make_plan(tmp_path), resume=resume)


def test_a_loss_that_is_no_number_names_its_place(make_plan: Plans, tmp_path: Path) -> None:
    with pytest.raises(
        MakdError, match=r"loss became nan in epoch 2, step 3 \(label [\d.]+, aspect [\d.]+\)"
    ):
        fit(make_plan(tmp_path / "run", task=Faulty(step=7)), threads=1)
    assert RunDirectory(tmp_path / "run").faulty_batch_file.is_file()


def test_arms_of_a_seed_begin_alike(
    make_plan: Plans, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[dict[str, Tensor]] = []
    build = fit_module.build

    def spy(plan: Any) -> Any:
        model, normalization = build(plan)
        begun.append({name: weight.clone() for name, weight in model.state_dict().items()})
        return model, normalization

    monkeypatch.setattr(fit_module, "build", spy)
    fit(make_plan(tmp_path / "base", targets=None, epochs=1), threads=1)
    fit(make_plan(tmp_path / "makd", epochs=1), threads=1)
    base, makd = begun
    assert base["fc.weight"].shape[0] == 6
    assert makd["fc.weight"].shape[0] == 9
    for name, weight in base.items():
        assert weight.equal(makd[name][: len(weight)] if name.startswith("fc.") else makd[name])


@pytest.mark.parametrize(("ema_decay", "changed"), [(0.0, False), (0.9, True)])
def test_averaged_weights_are_the_ones_that_count(
    ema_decay: float, changed: bool, make_plan: Plans, tmp_path: Path
) -> None:
    run = fit(make_plan(tmp_path / "run", ema_decay=ema_decay, epochs=2), threads=1)
    state = torch.load(run.last_file, weights_only=False)["state_dict"]
    best = torch.load(run.best_file)
    if best["epoch"] == 2:
        prefix = "average.module." if changed else "model."
        assert all(weight.equal(state[prefix + name]) for name, weight in best["weights"].items())
    assert any(name.startswith("average.") for name in state) == changed


def test_unlabelled_images_take_part_through_aspects(
    make_plan: Plans, squares: Catalog, tmp_path: Path
) -> None:
    samples = [
        replace(sample, label=None, class_name=None) if sample.split == "train" and i % 3 == 0 else sample
        for i, sample in enumerate(squares.samples)
    ]
    run = fit(
        make_plan(tmp_path / "run", epochs=2, catalog=replace(squares, samples=tuple(samples))), threads=1
    )
    assert all(np.isfinite(line["train_label"]) for line in run.metrics())


def test_broken_pictures_are_left_out_and_told(make_plan: Plans, squares: Catalog, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    samples = list(squares.samples)
    samples[0] = replace(samples[0], path=broken)
    told = Recorder()
    run = fit(
        make_plan(tmp_path / "run", epochs=1, catalog=replace(squares, samples=tuple(samples))), progress=told
    )
    assert told.total == 35
    assert any("1 of 36 pictures cannot be read" in line for line in told.lines)
    assert run.finished


def test_too_few_answers_are_refused_before_anything_is_written(
    make_plan: Plans, colour_targets: Any, tmp_path: Path
) -> None:
    few = replace(colour_targets, keys=tuple(f"x/{key}" for key in colour_targets.keys))
    with pytest.raises(UsageError, match="36 of 36 training images lack answers"):
        fit(make_plan(tmp_path / "run", targets=few))
    assert not (tmp_path / "run").exists()


def test_an_unknown_model_is_refused_before_anything_is_written(make_plan: Plans, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Did you mean"):
        fit(make_plan(tmp_path / "run", model="resnet81"))
    assert not (tmp_path / "run").exists()
