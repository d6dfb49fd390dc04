"""A network and all that a step changes with it; whoever runs the worker does not matter here.

CPU and GPU take the same path: on a GPU with mixed precision (bfloat16), on both with
channels-last tensors; several workers average their gradients.
"""

import contextlib
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from models.architectures import LeafClassifier, create_model, freeze_stages, to_channels_last
from models.labels import CLASS_NAMES
from train_jobs.config import TrainConfig
from train_jobs.images_pipeline import STRANGER_IDX
from train_jobs.mixing import Mixer
from train_jobs.progress import Progress

Batch = dict[str, Tensor]


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
    mixer: Mixer
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
            mixer=Mixer(
                mixup_probability=config.mixup_probability,
                cutmix_probability=config.cutmix_probability,
                num_classes=len(CLASS_NAMES),
            ),
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
            loss = self.train_step(step)
            if not math.isfinite(loss):
                raise DivergedError(
                    f"the loss became {loss} in epoch {epoch + 1}; train with a lower "
                    "learning_rate, or look for damaged images with `python -m train_jobs validate`"
                )
            self.scheduler.step()
            self.ema.update_parameters(self.bare_model)
            num_images = sum(len(batch["class_idx_b"]) for batch in step)
            progress.add(
                loss,
                num_images=self.num_workers * num_images,
                learning_rate=float(self.scheduler.get_last_lr()[0]),
            )

    def train_step(self, step: Sequence[Batch]) -> float:
        """Make one optimiser step on the summed gradients of micro-batches; return the mean loss.

        What is learned is the images' classes, mixed and smoothed as the configuration says.
        """
        num_images = sum(len(batch["class_idx_b"]) for batch in step)
        self.optimizer.zero_grad(set_to_none=True)
        loss_sum = 0.0
        for index, batch in enumerate(step):
            is_last = index == len(step) - 1
            # Workers exchange gradients once a step, not once a micro-batch.
            with contextlib.nullcontext() if is_last else _no_sync(self.model):
                loss = self._compute_loss(batch) * (len(batch["class_idx_b"]) / num_images)
                loss.backward()
            loss_sum += loss.item()
        self.optimizer.step()
        return loss_sum

    def _compute_loss(self, batch: Batch) -> Tensor:
        targets = to_targets(
            batch["class_idx_b"], len(CLASS_NAMES), label_smoothing=self.config.label_smoothing
        )
        images, targets = self.mixer(to_network_input(batch["image_bhwc"]), targets)
        with torch.autocast(images.device.type, torch.bfloat16, enabled=images.is_cuda):
            logits, _ = self.model(images)
        return nn.functional.cross_entropy(logits.float(), targets)


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


def _no_sync(model: nn.Module) -> contextlib.AbstractContextManager[None]:
    if isinstance(model, nn.parallel.DistributedDataParallel):
        return model.no_sync()
    return contextlib.nullcontext()


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
