"""What each Ray Train worker runs: epochs over the stream, evaluation, checkpoints."""

import math
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import ray.train
import ray.train.collective
import ray.train.torch
import torch
from torch import nn

from models.calibration import softmax
from models.metrics import confusion_matrix, ece, macro_f1, top_k_accuracy
from train_jobs.checkpoint import load_checkpoint, save_checkpoint
from train_jobs.config import TrainConfig
from train_jobs.learner import Learner, to_network_input
from train_jobs.progress import STEPS_KEY, Progress

PREFETCHED_BATCHES = 2


def train_worker(worker_config: dict[str, Any]) -> None:
    """Train from the newest checkpoint, or from ImageNet weights.

    `worker_config`: `config` (fields of TrainConfig), `num_train_images` (of one epoch, over all
    workers), `torch_threads`, `initial_weights` (path of an artifact's weights, or None).
    """
    config = TrainConfig.model_validate(worker_config["config"])
    context = ray.train.get_context()
    torch.set_num_threads(worker_config["torch_threads"])
    torch.manual_seed(config.seed + context.get_world_rank())
    device = ray.train.torch.get_device()

    learner = Learner.create(
        config,
        num_train_images=worker_config["num_train_images"],
        num_workers=context.get_world_size(),
        prepare_model=ray.train.torch.prepare_model,
        initial_weights=worker_config["initial_weights"],
    )
    first_epoch = _restore(learner)
    patience = _Patience(config.patience_epochs)

    train_shard = ray.train.get_dataset_shard("train")
    val_shard = ray.train.get_dataset_shard("val")
    is_first = context.get_world_rank() == 0
    for epoch in range(first_epoch, config.epochs):
        progress = Progress(epoch, config.epochs, learner.plan.steps_per_epoch, is_shown=is_first)
        batches = train_shard.iter_torch_batches(
            batch_size=learner.plan.micro_batch_size,
            device=device,
            prefetch_batches=PREFETCHED_BATCHES,
        )
        learner.train_epoch(batches, progress, epoch=epoch)
        metrics: dict[str, Any] = {**progress.to_metrics(), "epoch": epoch + 1}
        if is_first:
            metrics |= _evaluate(learner.ema.module, val_shard, device)
            metrics[STEPS_KEY] = progress.to_step_records()
        _report(metrics, learner, epoch=epoch)
        is_done = patience.is_exhausted(metrics.get("val/loss"))
        if ray.train.collective.broadcast_from_rank_zero(is_done):
            break


@torch.inference_mode()
def _evaluate(model: nn.Module, val_shard: Any, device: torch.device) -> dict[str, float]:
    model.eval()
    logits, classes = [], []
    for batch in val_shard.iter_torch_batches(batch_size=64, device=device):
        logits.append(model(to_network_input(batch["image_bhwc"]))[0].float().cpu().numpy())
        classes.append(batch["class_idx_b"].cpu().numpy())
    logits_bc, class_idx_b = np.concatenate(logits), np.concatenate(classes)
    probs_bc = softmax(logits_bc)
    matrix = confusion_matrix(probs_bc.argmax(axis=1), class_idx_b, probs_bc.shape[1])
    true_probs = probs_bc[np.arange(len(class_idx_b)), class_idx_b]
    return {
        "val/loss": float(-np.log(np.clip(true_probs, 1e-12, None)).mean()),
        "val/top1_accuracy": top_k_accuracy(probs_bc, class_idx_b),
        "val/macro_f1": macro_f1(matrix),
        "val/ece": ece(probs_bc, class_idx_b),
    }


def _report(metrics: dict[str, Any], learner: Learner, *, epoch: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = None
        if ray.train.get_context().get_world_rank() == 0:
            save_checkpoint(learner, Path(folder), epoch=epoch)
            checkpoint = ray.train.Checkpoint.from_directory(folder)
        ray.train.report(metrics, checkpoint=checkpoint)


def _restore(learner: Learner) -> int:
    """Load the newest checkpoint of this run, if there is one; return the epoch to start with."""
    checkpoint = ray.train.get_checkpoint()
    if checkpoint is None:
        return 0
    with checkpoint.as_directory() as folder:
        return load_checkpoint(learner, Path(folder))


class _Patience:
    """Counts epochs without a better validation loss."""

    def __init__(self, max_epochs: int | None) -> None:
        self._max_epochs = max_epochs
        self._best = math.inf
        self._num_worse = 0

    def is_exhausted(self, val_loss: float | None) -> bool:
        if val_loss is None:  # not the worker that judges
            return False
        self._num_worse = 0 if val_loss < self._best else self._num_worse + 1
        self._best = min(self._best, val_loss)
        return self._max_epochs is not None and self._num_worse >= self._max_epochs
