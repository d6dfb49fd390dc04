"""Stage 3: Ray Data streams into a Ray Train run; the best checkpoint is kept."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import ray.data
import ray.train
import ray.train.torch
from ray.train import (
    CheckpointConfig,
    DataConfig,
    FailureConfig,
    RunConfig,
    ScalingConfig,
    UserCallback,
)

from cluster.storage import Layout
from train_jobs.augment import Augmentation, AugmentationConfig
from train_jobs.config import TrainConfig
from train_jobs.data_context import configure_ray_data
from train_jobs.epoch import plan_epoch
from train_jobs.errors import TrainError, say_cause
from train_jobs.images_pipeline import create_eval_dataset, create_train_dataset
from train_jobs.loop import train_worker
from train_jobs.manifest import Sample
from train_jobs.progress import STEPS_KEY
from train_jobs.workers import Workers

_MAX_FAILURES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """The best checkpoint's directory and its metrics."""

    checkpoint_dir: Path
    metrics: dict[str, float]


def to_run_name(config: TrainConfig, dataset_version: str) -> str:
    """Return the name under which a run is found again: configuration and data decide it."""
    return f"{config.name}-{config.hash()}-{dataset_version}"


def to_augmentation_config(config: TrainConfig) -> AugmentationConfig:
    """Return how strongly a run of this configuration changes its images."""
    return AugmentationConfig(
        size_px=config.train_size_px,
        min_crop_share=config.min_crop_share,
        replace_background_probability=config.replace_background_probability,
        remove_leaf_probability=config.remove_leaf_probability,
        blur_probability=config.blur_probability,
        jpeg_probability=config.jpeg_probability,
    )


def train(
    layout: Layout,
    config: TrainConfig,
    samples: Sequence[Sample],
    scenes: Sequence[Path],
    *,
    run_name: str,
    workers: Workers = Workers(),  # noqa: B008 (frozen)
    initial_weights: Path | None = None,
    callbacks: Sequence[UserCallback] = (),
) -> Trained:
    """Train on the `train` samples, judge each epoch on the `val` samples.

    A run of the same name that was broken off goes on from its newest checkpoint; a new one starts
    from `initial_weights` (of an artifact), else as `config.pretrained` says.

    Raises:
        TrainError: a worker failed again and again, or no checkpoint was written.
    """
    configure_ray_data()
    train_samples = [sample for sample in samples if sample.split == "train"]
    val_samples = [sample for sample in samples if sample.split == "val"]
    rows = plan_epoch(train_samples, [path.name for path in scenes], config)
    augment = Augmentation(to_augmentation_config(config), scenes=tuple(scenes))
    datasets: dict[str, ray.data.Dataset | Callable[[], ray.data.Dataset]] = {
        "train": create_train_dataset(layout, rows, augment),
        "val": create_eval_dataset(layout, val_samples, size_px=config.train_size_px),
    }
    trainer = ray.train.torch.TorchTrainer(
        train_worker,
        train_loop_config={
            "config": config.model_dump(),
            "num_train_images": len(rows),
            "initial_weights": initial_weights,
            "torch_threads": max(1, (os.cpu_count() or 1) // workers.num_workers),
        },
        datasets=datasets,
        dataset_config=DataConfig(datasets_to_split=["train"]),
        scaling_config=ScalingConfig(num_workers=workers.num_workers, use_gpu=workers.use_gpu),
        run_config=RunConfig(
            name=run_name,
            storage_path=str(layout.runs_dir),
            failure_config=FailureConfig(max_failures=_MAX_FAILURES),
            checkpoint_config=CheckpointConfig(
                num_to_keep=2,
                checkpoint_score_attribute="val/loss",
                checkpoint_score_order="min",
            ),
            callbacks=[*callbacks],  # type: ignore[list-item]  # v2 takes its own callbacks
        ),
    )
    try:
        result = trainer.fit()
    except ray.train.TrainingFailedError as error:
        raise TrainError(f"the run {run_name} failed: {say_cause(error)}") from error
    if result.error is not None or not result.best_checkpoints:
        raise TrainError(f"the run {run_name} wrote no checkpoint: {result.error}")
    checkpoint, metrics = min(result.best_checkpoints, key=lambda best: best[1]["val/loss"])
    return Trained(
        checkpoint_dir=Path(checkpoint.path),
        metrics={key: float(value) for key, value in metrics.items() if key != STEPS_KEY},
    )
