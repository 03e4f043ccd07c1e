"""What shapes a student; the defaults stand in `recipes`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationInfo, field_validator, model_validator

from makd.config.group import Group, setting
from makd.config.policies import rand_policy
from makd.config.recipes import with_recipe


class ModelSettings(Group):
    """Which student."""

    name: str = setting("resnet18", "any timm model", min_length=1)
    pretrained: bool = setting(False, "start from timm's pretrained weights")
    weights: Path | None = setting(
        None, "start from the weights in this file: safetensors (a run's, too), or tensors alone"
    )
    freeze: int | Literal["backbone"] | None = setting(
        None, "what learns no more: `backbone` (all but the classifier), or the stem and so many stages"
    )
    kwargs: dict[str, Any] = setting({}, "more arguments of the timm model, as YAML")

    @field_validator("freeze", mode="before")
    @classmethod
    def _number_or_backbone(cls, value: Any) -> Any:
        if value is None or value == "backbone":
            return value
        if not str(value).isdecimal():
            raise ValueError("should be 'backbone' or a number of stages")
        return int(value)

    @field_validator("weights")
    @classmethod
    def _instead_of_pretrained(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value is not None and info.data.get("pretrained"):
            raise ValueError("should be left out with --model.pretrained, which are weights already")
        return value


class OptimizerSettings(Group):
    """How weights move."""

    name: Literal["sgd", "adamw"] = setting(..., "sgd or adamw")
    lr: float = setting(..., "learning rate", "lr", gt=0)
    momentum: float = setting(..., "momentum (sgd)", ge=0, lt=1)
    weight_decay: float = setting(..., "weight decay", ge=0)
    nesterov: bool = setting(..., "Nesterov momentum (sgd)")
    layer_decay: float = setting(
        ..., "learning rate of a layer to that of the one above (fine-tuning), 1 = off", gt=0, le=1
    )

    @field_validator("nesterov")
    @classmethod
    def _of_momentum(cls, value: bool, info: ValidationInfo) -> bool:
        if value and info.data.get("name") == "sgd" and info.data.get("momentum") == 0:
            raise ValueError("should be off with sgd of momentum 0")
        return value


class ScheduleSettings(Group):
    """How the learning rate moves."""

    name: Literal["cosine", "step"] = setting(..., "cosine or step")
    warmup_epochs: int = setting(..., "epochs of linear warm-up", ge=0)
    milestones: tuple[int, ...] = setting(..., "epochs at which the rate steps down (step)")
    gamma: float = setting(..., "factor of a step (step)", gt=0, lt=1)


class AugmentSettings(Group):
    """How training images vary."""

    crop_scale: tuple[float, float] = setting(..., "share of the area that a random crop keeps")
    crop_ratio: tuple[float, float] = setting(..., "width to height of a random crop")
    hflip: float = setting(..., "chance of a horizontal flip", ge=0, le=1)
    aa: str = setting(..., "RandAugment in timm's words, such as rand-m9-n2-mstd0.5; '' = off", "aa")
    reprob: float = setting(..., "chance that a random box is erased", "reprob", ge=0, le=1)
    mixup: float = setting(..., "mixup: Beta parameter of shares, 0 = off", "mixup", ge=0)
    cutmix: float = setting(..., "CutMix: Beta parameter of shares, 0 = off", "cutmix", ge=0)
    mixup_prob: float = setting(..., "chance that an image is mixed (mixup, cutmix)", ge=0, le=1)

    @field_validator("aa", mode="before")
    @classmethod
    def _known_policy(cls, value: Any) -> str:
        rand_policy(text := "" if value in (None, False) else str(value))
        return text


class AspectSettings(Group):
    """How the aspect outputs learn the teacher's answers."""

    loss: Literal["bce", "kl", "mse", "log-odds"] = setting(
        "bce", "bce (the paper), kl, mse (of P(yes)) or log-odds (their squared difference)"
    )
    temperature: float = setting(1.0, "softens both sides of the loss", gt=0)
    schedule: Literal["constant", "linear", "cosine"] = setting(
        "constant", "how alpha moves: constant, linear (up from 0) or cosine (down to 0)"
    )
    ramp_epochs: int | None = setting(None, "epochs of the rise (linear) [half of all]", ge=1)


class VisionTeacherSettings(Group):
    """Which image model is imitated."""

    name: str = setting(..., "run directory, or a timm model (`hf-hub:…`, `local-dir:…` too)", min_length=1)
    weights: Path | None = setting(
        None, "file of a timm model's weights: safetensors, or tensors alone [the hub]"
    )
    image_size: int | None = setting(None, "pixels of a side that it sees [what it was trained at]", ge=8)


class KdSettings(Group):
    """How a student imitates its vision teacher."""

    name: Literal["kd", "dkd", "at"] = setting(
        "kd", "kd (class logits), dkd (decoupled) or at (attention transfer: features, no classes needed)"
    )
    temperature: float = setting(4.0, "softens both sides (kd, dkd)", gt=0)
    standardize: bool = setting(False, "standardise the logits of each image first (kd, dkd)")
    target: float = setting(1.0, "weight of the label's part (dkd)", ge=0)
    nontarget: float = setting(8.0, "weight of the other classes' part (dkd)", ge=0)


class TrainingSettings(Group):
    """Everything that shapes a trained student, but for the data and the answers."""

    recipe: Literal["modern", "paper"] = setting("modern", "the defaults of training")
    model: ModelSettings = setting(ModelSettings(), "the student: any timm model")
    alpha: float = setting(4.0, "weight of the aspect loss", ge=0)
    aspects: AspectSettings = setting(AspectSettings(), "the aspect loss")
    vision_teacher: VisionTeacherSettings | None = setting(None, "image model that is imitated besides")
    beta: float = setting(1.0, "weight of the imitation of the vision teacher", ge=0)
    kd: KdSettings = setting(KdSettings(), "kd, dkd or at")
    seed: int = setting(0, "seed of weights, order and augmentation", ge=0)
    epochs: int = setting(..., "passes over the training images", ge=1)
    batch_size: int = setting(..., "images a step", ge=1)
    image_size: int = setting(..., "pixels of a side", ge=8)
    optimizer: OptimizerSettings = setting(..., "sgd or adamw")
    schedule: ScheduleSettings = setting(..., "cosine or step")
    augment: AugmentSettings = setting(..., "augmentation")
    crop_pct: float = setting(..., "share of the side that the centre crop of evaluation keeps", gt=0, le=1)
    label_smoothing: float = setting(..., "label smoothing", ge=0, lt=1)
    ema_decay: float = setting(..., "decay of the averaged weights, 0 = off", ge=0, lt=1)
    precision: Literal["auto", "float32", "bfloat16", "float16"] = setting(
        ..., "arithmetic (auto: bfloat16 where it gains; float16: CUDA only)"
    )
    pseudo_threshold: float | None = setting(
        None,
        "least probability of a pseudo-label for a picture of --unlabeled; 0: all get one [none do]",
        ge=0,
        le=1,
    )

    @model_validator(mode="before")
    @classmethod
    def _over_recipe(cls, value: Any) -> Any:
        return with_recipe(value) if isinstance(value, dict) else value
