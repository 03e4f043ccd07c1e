"""Settings that belong together: each with its name, its type and range, its default and its help line.

Which of them a command takes stands in `commands`, and so do its other settings. Training defaults stand in
`recipes`. Models are validated once, by `merge.validated`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from makd.config.policies import rand_policy
from makd.config.recipes import with_recipe


def setting(
    default: Any = ...,
    help: str = "",
    *flags: str,
    positional: bool = False,
    repeated: bool = False,
    **limits: Any,
) -> Any:
    """Declare a setting: default, help line, short flags (`"lr"`, `"o"`), and pydantic's limits (`gt=0`).

    The values of a tuple stand between commas, unless it is positional or its flag is `repeated`.
    """
    extra: dict[str, Any] = {"flags": list(flags), "positional": positional, "repeated": repeated}
    return Field(default, description=help, json_schema_extra=extra, **limits)


class Group(BaseModel):
    """Settings that belong together; in a group with a `name`, a bare value means that name."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    @model_validator(mode="before")
    @classmethod
    def _bare_value_is_name(cls, value: Any) -> Any:
        return {"name": value} if "name" in cls.model_fields and isinstance(value, str | Path) else value


DATA = "class folders, a CSV/Parquet manifest, a known data set, `hf:NAME`, or `fieldguide`"
"""The help line of whatever names data."""


class DataSettings(Group):
    """Which pictures."""

    name: str = setting(..., DATA, min_length=1)
    source: str | None = setting(
        None, "name that answers about these pictures are kept under (default: the folder's)", min_length=1
    )
    root: Path | None = setting(None, "folder that a known data set was unpacked into (`cub200`, `dtd`, …)")
    config: str | None = setting(None, "configuration of a data set of the hub (`hf:`)", min_length=1)
    revision: str | None = setting(None, "commit or branch of a data set of the hub (`hf:`)", min_length=1)
    image_column: str | None = setting(None, "column of the pictures (`hf:`, where several may be)")
    label_column: str | None = setting(None, "column of the classes (`hf:`, where several may be)")
    check_duplicates: Literal["off", "exact", "near"] = setting(
        "exact", "pictures that stand in two splits: same bytes (exact), or same looks too (near)"
    )
    draw: int = setting(0, "which draw of species (fieldguide only)", ge=0)
    train_per_class: int | None = setting(None, "training images a class (undivided data)", ge=1)
    val_per_class: int | None = setting(None, "validation images a class, besides the training ones", ge=1)
    split_seed: int = setting(0, "seed of the split", ge=0)


class TeacherSettings(Group):
    """Who answers. Each kind of teacher takes its own options, and only those; unset: the kind's default."""

    name: str = setting(
        ...,
        "hub id, checkpoint directory, `openai:MODEL`, `vllm:MODEL`, `table:FILE.yaml` or `fieldguide`",
        min_length=1,
    )
    revision: str | None = setting(None, "commit or branch of the hub repository")
    dtype: Literal["auto", "float32", "bfloat16", "float16"] | None = setting(
        None, "weights' type [auto: float32 on CPU, else bfloat16; vLLM: the checkpoint's own]"
    )
    device: str | None = setting(None, "auto, cpu, cuda, cuda:1, mps [auto]")
    device_map: Literal["auto"] | None = setting(
        None, "auto: layers spread over all GPUs and, where they end, the CPU (accelerate)"
    )
    quantization: Literal["4bit", "8bit"] | None = setting(None, "weights in 4 or 8 bits (bitsandbytes)")
    batch_size: int | None = setting(None, "images at once [chosen by the engine]", ge=1)
    tiles: int | Literal["auto"] | None = setting(
        None, "greatest number of tiles an image is cut into; auto: the fewest that change no answer"
    )
    answer_tokens: Literal["forms", "pair"] | None = setting(
        None, "all forms of yes and no, or the paper's two tokens [forms]"
    )
    trust_remote_code: bool | None = setting(None, "run code that comes with the checkpoint")
    engine: dict[str, Any] | None = setting(
        None, "more arguments of vLLM's engine, as YAML ({max_model_len: 4096})"
    )
    base_url: str | None = setting(
        None, "address of an OpenAI-compatible server [OPENAI_BASE_URL, else OpenAI]"
    )
    concurrency: int | None = setting(None, "requests to the server at a time [16]", ge=1)
    timeout: float | None = setting(None, "seconds that a reply may take [120.0]", gt=0)
    retries: int | None = setting(None, "how often a failed request is sent again [6]", ge=0)
    picture_format: Literal["jpeg", "png"] | None = setting(
        None, "how pictures are sent: jpeg of quality 95, or png, lossless [jpeg]"
    )
    picture_side: int | None = setting(None, "longest side of a picture as sent, in pixels [1536]", ge=28)
    picture_detail: Literal["auto", "low", "high"] | None = setting(
        None, "how closely OpenAI looks; decides the cost"
    )
    questions_per_request: int | None = setting(
        None, "questions answered by one reply; more than one: hard answers [1]", ge=1
    )
    compared: int | None = setting(
        None, "pictures on which joint and single questions are compared, 0 = none [8]", ge=0
    )
    reliability: float | None = setting(
        None, "share of hard answers that are right: they stand for this probability", gt=0.5, lt=1
    )
    max_requests: int | None = setting(None, "budget: requests to the server", ge=1)
    max_tokens: int | None = setting(None, "budget: tokens, in and out together", ge=1)
    max_cost: float | None = setting(None, "budget: money, in the prices' currency", gt=0)
    price_input: float | None = setting(None, "price of a million input tokens", ge=0)
    price_output: float | None = setting(None, "price of a million output tokens", ge=0)

    @field_validator("tiles", mode="before")
    @classmethod
    def _number_or_auto(cls, value: Any) -> Any:
        if value is None or value == "auto":
            return value
        if not str(value).isdecimal() or int(value) < 1:
            raise ValueError("should be a number from 1 up or 'auto'")
        return int(value)


class QualitySettings(Group):
    """How a teacher's answers are read. By default as they were given."""

    temperature: float = setting(1.0, "divides log-odds: above 1, softer answers", gt=0)
    calibrate: Literal["none", "prior", "contextual"] = setting(
        "none", "against each question's own mean (prior), or the answer about a blank picture (contextual)"
    )
    shrink: float | Literal["auto"] = setting(
        0.0,
        "0 to 1: towards the class's mean, as far as a second look does not find an answer again; "
        "auto: chosen on validation images",
    )
    weights: Literal["none", "reliability"] = setting(
        "none", "how much a question counts: all alike, or as far as a second look finds its answers again"
    )
    min_mass: float = setting(
        0.0, "an answer counts as missing when yes and no have a lower probability together", ge=0, le=1
    )
    view: Path | None = setting(None, "store of a second look at the same pictures (default: the negations)")

    @field_validator("shrink", mode="before")
    @classmethod
    def _strength_or_auto(cls, value: Any) -> Any:
        if value == "auto":
            return value
        try:
            strength = float(value)
        except (TypeError, ValueError):
            strength = -1.0
        if not 0 <= strength <= 1:
            raise ValueError("should be a number from 0 to 1 or 'auto'")
        return strength

    @property
    def second_look(self) -> bool:
        """Whether a second look at the pictures is needed."""
        return self.shrink != 0 or self.weights != "none"

    @property
    def learns(self) -> bool:
        """Whether the reading depends on which images train."""
        return self.second_look or self.calibrate == "prior"


class AnswersSettings(QualitySettings):
    """Which answers a student learns, and how they are read."""

    name: Path = setting(..., "answer store")


class LlmSettings(Group):
    """Who writes questions. Each kind takes its own options, and only those; unset: the kind's default."""

    name: str = setting(
        ..., "`openai:MODEL`, a chat model's hub id or folder, or `manual` (you carry prompts)", min_length=1
    )
    base_url: str | None = setting(
        None, "address of an OpenAI-compatible server [OPENAI_BASE_URL, else OpenAI]"
    )
    timeout: float | None = setting(None, "seconds that a reply of the server may take [600.0]", gt=0)
    retries: int | None = setting(None, "how often a failed request is sent again [6]", ge=0)
    revision: str | None = setting(None, "commit or branch of the hub repository")
    dtype: Literal["auto", "float32", "bfloat16", "float16"] | None = setting(
        None, "weights' type [auto: float32 on CPU, else bfloat16]"
    )
    device: str | None = setting(None, "auto, cpu, cuda, cuda:1, mps [auto]")
    max_tokens: int | None = setting(None, "tokens of a chat model's reply at most [4096]", ge=1)


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
        None, "least probability of a pseudo-label for a picture of --unlabeled [none are given]", gt=0, le=1
    )

    @model_validator(mode="before")
    @classmethod
    def _over_recipe(cls, value: Any) -> Any:
        return with_recipe(value) if isinstance(value, dict) else value


class AskingSettings(Group):
    """When asking stops, and what is looked at again."""

    max_failures: int | None = setting(None, "stop after so many pictures that could not be answered", ge=1)
    min_mass: float = setting(
        0.5, "stop when yes and no have a lower probability together in the first answers", ge=0, le=1
    )
    verify: bool = setting(False, "hash every picture again, not only those of new size or time")

    @property
    def limits(self) -> dict[str, Any]:
        """What `extract_answers` takes of them."""
        return {name: getattr(self, name) for name in AskingSettings.model_fields}


class ComparisonSettings(TrainingSettings):
    """Which arms are compared, and how often each is trained."""

    arms: tuple[str, ...] = setting((), "arms, by commas (default: those that go with the teacher)")
    arm: tuple[str, ...] = setting(
        (), 'one more arm with its own settings, "NAME: alpha=15"; may be repeated', repeated=True
    )
    unlabeled: Path | None = setting(None, "folder of pictures without labels, which train the aspects alone")
    seeds: int = setting(3, "runs an arm", ge=1)
    vary: Literal["none", "split", "draw"] = setting(
        "none", "what differs between runs besides the seed: the split, or the draw of species (fieldguide)"
    )
    fractions: tuple[float, ...] = setting(
        (), "shares of the training images to train on besides all of them, by commas (0.1,0.25,0.5)"
    )
    references: tuple[Literal["naming", "linear"], ...] = setting(
        (),
        "rows beside the arms: naming (the teacher is asked for the class of the test images), linear (a "
        "linear model on its answers about them)",
    )
    tune: int = setting(
        0,
        "trials in which each arm's learning rate and alpha (without answers: label smoothing) are chosen on "
        "validation images; 0 = none",
        ge=0,
    )
    metric: str | None = setting(None, "metric that decides (default: the task's own, top1)")
    jobs: int | None = setting(None, "runs side by side (default: one a core or GPU)", ge=1)
    overwrite: bool = setting(False, "replace what is there")

    @field_validator("fractions")
    @classmethod
    def _shares(cls, fractions: tuple[float, ...]) -> tuple[float, ...]:
        if any(not 0 < share <= 1 for share in fractions):
            raise ValueError("should be numbers above 0, at most 1")
        return fractions
