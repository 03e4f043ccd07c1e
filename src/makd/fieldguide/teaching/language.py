"""Second stage: the language model learns to read questions and answer them from the tower's features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import cross_entropy

from makd.fieldguide.teaching.checkpoint import IMAGE
from makd.fieldguide.teaching.packed import NO_LABEL, Packed, Packer
from makd.fieldguide.teaching.pictures import batches, normalise
from makd.fieldguide.teaching.rounds import Round
from makd.progress import Progress

_DECAY, _BATCH, _QUESTIONS = 0.01, 32, 12
_END_WEIGHT = 0.1
_LEARNT = 0.85  # balanced accuracy


@dataclass(frozen=True, slots=True)
class Views:
    """What the finished tower sees of N random creatures.

    Attributes:
        features: `[N, P, D]` the tower's output at P places.
        truth: `[N, Q]` true answers, 0 or 1.
    """

    features: torch.Tensor
    truth: torch.Tensor


@torch.no_grad()
def view(
    tower: torch.nn.Module, images: int, seed: int, stream: int, workers: int, progress: Progress
) -> Views:
    """Run the tower over `images` random creatures of another stream than it was trained on."""
    features, answers = [], []
    tower.eval()
    with progress.meter("views", images) as meter:
        for pixels, truth in batches(images, seed, stream, 100, workers):
            grid: torch.Tensor = tower(normalise(pixels)).last_hidden_state
            features.append(grid.flatten(2).transpose(1, 2))
            answers.append(truth)
            meter.advance(len(pixels))
    return Views(torch.cat(features), torch.cat(answers))


def train_language(
    model: Any,
    tokenizer: Any,
    views: Views,
    plan: Round,
    seed: int,
    progress: Progress,
    often: npt.NDArray[np.float64] | None = None,
) -> None:
    """Train projector and language model of `model` in place for one round; the tower is not touched.

    `often` is `[Q]`, how often each question is asked (sum 1); None: all alike.
    """
    parts = (model.model.multi_modal_projector, model.model.language_model)
    parameters = [parameter for part in parts for parameter in part.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=plan.rate, weight_decay=_DECAY, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=plan.rate, total_steps=plan.steps, pct_start=0.1
    )
    rng = np.random.default_rng((seed, 5))
    packer = Packer(tokenizer, rng, plan.denied, plan.strewn)
    yes = views.truth.double().mean(0).clamp(0.01, 0.99).numpy() if plan.evened else None
    model.train()
    with progress.meter("language", plan.steps, "steps") as meter:
        for step in range(plan.steps):
            chosen = torch.from_numpy(rng.choice(len(views.truth), _BATCH, replace=False))
            hardness = max(0.0, ((step + 1) / plan.steps - plan.easy) / (1.0 - plan.easy))
            batch = packer.pack(views.truth[chosen], _QUESTIONS, hardness, often, yes)
            loss, right = _loss(model, tokenizer, views.features[chosen], batch)
            optimizer.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            schedule.step()
            meter.advance(1, f"loss {loss.item():.4f}, {right:.1%} right")
            if step % 100 == 0:
                progress.say(f"language step {step}/{plan.steps}: loss {loss.item():.4f}, {right:.1%} right")
    model.eval()


def lagging(log_odds: torch.Tensor, truth: torch.Tensor) -> npt.NDArray[np.float64]:
    """Return `[Q]`, how often to ask each question when those not learnt yet are asked six times as often.

    Not learnt is a question with a balanced accuracy under 0.85: a rare aspect whose answer is always no.
    """
    weights = np.where(balanced(log_odds, truth) < _LEARNT, 6.0, 1.0)
    often: npt.NDArray[np.float64] = weights / weights.sum()
    return often


def balanced(log_odds: torch.Tensor, truth: torch.Tensor) -> npt.NDArray[np.float64]:
    """Return `[Q]` balanced accuracies of answers `[N, Q]`, from 0 to 1."""
    said, true = log_odds > 0, truth > 0.5
    return np.array(
        [
            (said[true[:, q], q].float().mean() + (~said[~true[:, q], q]).float().mean()) / 2
            for q in range(truth.shape[1])
        ]
    )


@torch.no_grad()
def examine(model: Any, tokenizer: Any, views: Views) -> tuple[torch.Tensor, torch.Tensor]:
    """Ask the bank's questions about all `views`; return log-odds of yes and true answers, both `[N, Q]`."""
    packer = Packer(tokenizer, np.random.default_rng(0))
    yes, no = tokenizer.convert_tokens_to_ids(["Yes", "No"])
    log_odds = []
    for features, truth in zip(
        torch.split(views.features, _BATCH), torch.split(views.truth, _BATCH), strict=True
    ):
        batch = packer.pack_bank(truth)
        logits = answer_logits(model, tokenizer, features, batch)
        asked = logits[batch.labels[batch.labels != NO_LABEL] != tokenizer.eos_token_id]
        log_odds.append((asked[:, yes] - asked[:, no]).view(truth.shape))
    return torch.cat(log_odds), views.truth


def _loss(model: Any, tokenizer: Any, features: torch.Tensor, batch: Packed) -> tuple[torch.Tensor, float]:
    """Return the loss (answers, and a little for ending after them) and the share of right answers."""
    end = tokenizer.eos_token_id
    logits = answer_logits(model, tokenizer, features, batch)
    labels = batch.labels[batch.labels != NO_LABEL]
    losses = cross_entropy(logits, labels, reduction="none")
    answers = labels != end
    right = (logits[answers].argmax(-1) == labels[answers]).float().mean().item()
    return losses[answers].mean() + _END_WEIGHT * losses[~answers].mean(), right


def answer_logits(model: Any, tokenizer: Any, features: torch.Tensor, batch: Packed) -> torch.Tensor:
    """Return next-token logits `[number of labels, V]` where `batch` has labels.

    Args:
        model: the whole model, of which the tower is not used.
        tokenizer: its tokenizer.
        features: `[B, P, D]` what the tower sees.
        batch: B packed sequences.
    """
    embedded = model.get_input_embeddings()(batch.ids)
    places = batch.ids == tokenizer.convert_tokens_to_ids(IMAGE)
    seen = model.model.multi_modal_projector(features)
    embedded = embedded.masked_scatter(places[..., None], seen)
    states = model.model.language_model(
        inputs_embeds=embedded, attention_mask=batch.mask, position_ids=batch.positions, use_cache=False
    ).last_hidden_state
    logits: torch.Tensor = model.lm_head(states[batch.labels != NO_LABEL])
    return logits
