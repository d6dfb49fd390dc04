"""What each Ray Train worker runs: epochs over the stream, evaluation, checkpoints.

CPU and GPU take the same path: on a GPU with mixed precision (bfloat16), on both with
channels-last tensors; several workers average their gradients (gloo or NCCL, chosen by Ray).
"""

import contextlib
import itertools
import math
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import ray.train
import ray.train.collective
import ray.train.torch
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from models.architectures import LeafClassifier, create_model, freeze_stages, to_channels_last
from models.calibration import softmax
from models.labels import CLASS_NAMES
from models.metrics import confusion_matrix, ece, macro_f1, top_k_accuracy
from train_jobs.config import TrainConfig
from train_jobs.images_pipeline import STRANGER_IDX
from train_jobs.progress import Progress

MODEL_FILE = "model.safetensors"
PREFETCHED_BATCHES = 2
_STATE_FILE = "state.pt"

Batch = dict[str, Tensor]


def train_worker(worker_config: dict[str, Any]) -> None:
    """Train from the newest checkpoint, or from ImageNet weights.

    `worker_config`: `config` (fields of TrainConfig), `num_train_images` (of one epoch, over all
    workers), `torch_threads`, `initial_weights` (path of an artifact's weights, or None).
    """
    config = TrainConfig.model_validate(worker_config["config"])
    context = ray.train.get_context()
    num_workers = context.get_world_size()
    torch.set_num_threads(worker_config["torch_threads"])
    torch.manual_seed(config.seed + context.get_world_rank())
    device = ray.train.torch.get_device()

    learner = Learner.create(
        config,
        num_train_images=worker_config["num_train_images"],
        num_workers=num_workers,
        prepare_model=ray.train.torch.prepare_model,
        initial_weights=worker_config["initial_weights"],
    )
    epoch = _restore(learner.bare_model, learner.ema, learner.optimizer, learner.scheduler)
    patience = _Patience(config.patience_epochs)

    train_shard = ray.train.get_dataset_shard("train")
    val_shard = ray.train.get_dataset_shard("val")
    is_first = context.get_world_rank() == 0
    while epoch < config.epochs:
        progress = Progress(epoch, config.epochs, learner.plan.steps_per_epoch, is_shown=is_first)
        batches = train_shard.iter_torch_batches(
            batch_size=learner.plan.micro_batch_size,
            device=device,
            prefetch_batches=PREFETCHED_BATCHES,
        )
        learner.train_epoch(batches, progress, epoch=epoch)
        metrics = progress.to_metrics()
        metrics["epoch"] = epoch + 1
        if is_first:
            metrics |= _evaluate(learner.ema.module, val_shard, device)
        _report(
            metrics,
            learner.bare_model,
            learner.ema,
            learner.optimizer,
            learner.scheduler,
            epoch=epoch,
        )
        is_done = patience.is_exhausted(metrics.get("val/loss"))
        if ray.train.collective.broadcast_from_rank_zero(is_done):
            break
        epoch += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """A network and all that a step changes with it; who runs the worker does not matter here."""

    config: TrainConfig
    plan: "_BatchPlan"
    num_workers: int
    bare_model: LeafClassifier
    model: nn.Module
    """The network as it is called: wrapped, where several workers average their gradients."""
    ema: AveragedModel
    optimizer: torch.optim.Optimizer
    scheduler: torch.optim.lr_scheduler.LambdaLR

    @classmethod
    def create(
        cls,
        config: TrainConfig,
        *,
        num_train_images: int,
        num_workers: int,
        prepare_model: Callable[[nn.Module], nn.Module],
        initial_weights: Path | None = None,
    ) -> "Learner":
        """Build a network at the start of a run.

        `num_train_images`: of one epoch, over all workers. `prepare_model`: moves the network to
        its device and wraps it for several workers. `initial_weights`: an artifact's weights to
        start from.
        """
        bare_model = create_model(
            config.architecture,
            num_classes=len(CLASS_NAMES),
            pretrained=config.pretrained and initial_weights is None,
            drop_rate=config.drop_rate,
        )
        if initial_weights is not None:
            bare_model.backbone.load_state_dict(load_file(initial_weights))
        to_channels_last(bare_model)
        freeze_stages(bare_model, config.frozen_stages)
        model = prepare_model(bare_model)
        ema = AveragedModel(
            bare_model, multi_avg_fn=get_ema_multi_avg_fn(config.ema_decay), use_buffers=True
        )
        optimizer = _create_optimizer(bare_model, config)
        plan = _BatchPlan.create(config, num_train_images, num_workers)
        total_steps = plan.steps_per_epoch * config.epochs
        return cls(
            config=config,
            plan=plan,
            num_workers=num_workers,
            bare_model=bare_model,
            model=model,
            ema=ema,
            optimizer=optimizer,
            scheduler=_create_scheduler(optimizer, config, total_steps=total_steps),
        )

    def train_epoch(self, batches: Iterable[Batch], progress: Progress, *, epoch: int) -> None:
        """Learn from each batch (of `plan.micro_batch_size` images); `epoch` counts from 0.

        Raises:
            DivergedError: the loss is no number any more.
        """
        self.model.train()
        freeze_stages(self.bare_model, self.config.frozen_stages)
        for step in progress.watch(_group(batches, self.plan.micro_batches_per_step)):
            loss = _train_step(self.model, step, self.optimizer, self.config)
            if not math.isfinite(loss):
                raise DivergedError(
                    f"the loss became {loss} in epoch {epoch + 1}; train with a lower "
                    "learning_rate, or look for damaged images with `python -m train_jobs validate`"
                )
            self.scheduler.step()
            self.ema.update_parameters(self.bare_model)
            num_images = sum(len(batch["class_idx_b"]) for batch in step)
            progress.add(loss, num_images=self.num_workers * num_images)


class DivergedError(Exception):
    """A loss that is no number: nothing after it can be trusted."""


def to_network_input(images_bhwc: Tensor) -> Tensor:
    """Scale uint8 pixels to [-1, 1] as (batch, 3, height, width), channels-last in memory."""
    return images_bhwc.permute(0, 3, 1, 2).to(torch.float32).sub_(127.5).div_(127.5)


def to_targets(class_idx_b: Tensor, num_classes: int, *, label_smoothing: float) -> Tensor:
    """Return the probabilities (batch, classes) to learn; a stranger is every class alike."""
    is_stranger = (class_idx_b == STRANGER_IDX)[:, None]
    one_hot = nn.functional.one_hot(class_idx_b.clamp(min=0), num_classes).float()
    smoothed = one_hot * (1 - label_smoothing) + label_smoothing / num_classes
    return torch.where(is_stranger, 1 / num_classes, smoothed)


def _group(batches: Iterable[Batch], size: int) -> Iterator[list[Batch]]:
    """Yield lists of `size` batches; the last may be shorter."""
    source = iter(batches)
    while group := list(itertools.islice(source, size)):
        yield group


def _train_step(
    model: nn.Module, step: Sequence[Batch], optimizer: torch.optim.Optimizer, config: TrainConfig
) -> float:
    """Make one optimiser step on the summed gradients of micro-batches; return the mean loss."""
    num_images = sum(len(batch["class_idx_b"]) for batch in step)
    optimizer.zero_grad(set_to_none=True)
    loss_sum = 0.0
    for index, batch in enumerate(step):
        images = to_network_input(batch["image_bhwc"])
        share = len(images) / num_images
        is_last = index == len(step) - 1
        # Workers exchange gradients once a step, not once a micro-batch.
        with contextlib.nullcontext() if is_last else _no_sync(model):
            with torch.autocast(images.device.type, torch.bfloat16, enabled=images.is_cuda):
                logits, _ = model(images)
            targets = to_targets(
                batch["class_idx_b"], logits.shape[1], label_smoothing=config.label_smoothing
            )
            loss = nn.functional.cross_entropy(logits.float(), targets) * share
            loss.backward()
        loss_sum += loss.item()
    optimizer.step()
    return loss_sum


def _no_sync(model: nn.Module) -> contextlib.AbstractContextManager[None]:
    if isinstance(model, nn.parallel.DistributedDataParallel):
        return model.no_sync()
    return contextlib.nullcontext()


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


def _create_optimizer(model: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    decayed = [parameter for parameter in trained if parameter.ndim > 1]
    plain = [parameter for parameter in trained if parameter.ndim <= 1]
    return torch.optim.AdamW(
        [
            {"params": decayed, "weight_decay": config.weight_decay},
            {"params": plain, "weight_decay": 0.0},
        ],
        lr=config.learning_rate,
    )


def _create_scheduler(
    optimizer: torch.optim.Optimizer, config: TrainConfig, *, total_steps: int
) -> torch.optim.lr_scheduler.LambdaLR:
    warmup_steps = max(1, round(config.warmup_fraction * total_steps))

    def factor(step: int) -> float:
        if step < warmup_steps:
            return (step + 1) / warmup_steps
        done = min(1.0, (step - warmup_steps) / max(1, total_steps - warmup_steps))
        return max(0.01, 0.5 * (1 + math.cos(math.pi * done)))

    return torch.optim.lr_scheduler.LambdaLR(optimizer, factor)


def _report(
    metrics: dict[str, float],
    model: LeafClassifier,
    ema: AveragedModel,
    optimizer: torch.optim.Optimizer,
    scheduler: torch.optim.lr_scheduler.LambdaLR,
    *,
    epoch: int,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = None
        if ray.train.get_context().get_world_rank() == 0:
            # The averaged weights are the model; the raw ones are needed to go on training.
            save_file(_contiguous(ema.module.state_dict()), Path(folder, MODEL_FILE))
            state = {
                "model": model.state_dict(),
                "ema_n_averaged": ema.n_averaged,
                "optimizer": optimizer.state_dict(),
                "scheduler": scheduler.state_dict(),
                "epoch": epoch,
            }
            torch.save(state, Path(folder, _STATE_FILE))
            checkpoint = ray.train.Checkpoint.from_directory(folder)
        ray.train.report(metrics, checkpoint=checkpoint)


def _restore(
    model: LeafClassifier,
    ema: AveragedModel,
    optimizer: torch.optim.Optimizer,
    scheduler: torch.optim.lr_scheduler.LambdaLR,
) -> int:
    """Load the newest checkpoint of this run, if there is one; return the epoch to start with."""
    checkpoint = ray.train.get_checkpoint()
    if checkpoint is None:
        return 0
    with checkpoint.as_directory() as folder:
        # Written by this run into its own folder: not a file from outside.
        state = torch.load(  # noqa: TID251
            Path(folder, _STATE_FILE), map_location="cpu", weights_only=True
        )
        ema.module.load_state_dict(load_file(Path(folder, MODEL_FILE)))
    model.load_state_dict(state["model"])
    ema.n_averaged.copy_(state["ema_n_averaged"])
    optimizer.load_state_dict(state["optimizer"])
    scheduler.load_state_dict(state["scheduler"])
    return int(state["epoch"]) + 1


def _contiguous(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _BatchPlan:
    """How one worker cuts its share of an epoch."""

    micro_batch_size: int
    micro_batches_per_step: int
    steps_per_epoch: int

    @classmethod
    def create(cls, config: TrainConfig, num_train_images: int, num_workers: int) -> "_BatchPlan":
        worker_batch_size = max(1, config.batch_size // num_workers)
        micro_batch_size = min(worker_batch_size, config.micro_batch_size or worker_batch_size)
        micro_batches = math.ceil(worker_batch_size / micro_batch_size)
        step_size = micro_batches * micro_batch_size
        return cls(
            micro_batch_size=micro_batch_size,
            micro_batches_per_step=micro_batches,
            steps_per_epoch=math.ceil(num_train_images / num_workers / step_size),
        )


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
