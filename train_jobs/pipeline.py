"""The stages in a row: prepare -> validate -> train -> package -> register."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ray.train import UserCallback

from cluster.registry import Registry
from cluster.settings import Settings
from cluster.storage import create_folders
from models.artifact import WEIGHTS_FILE, Card, load_card, verify_artifact
from train_jobs.checkpoint import has_checkpoint
from train_jobs.config import ConfigError, TrainConfig
from train_jobs.dataset import load_samples, load_scenes
from train_jobs.manifest import ManifestError, Sample, check_trainable, count_by_class
from train_jobs.package import package
from train_jobs.prepare import prepare
from train_jobs.ray_session import ray_session
from train_jobs.tracking import MlflowCallback, fail_run, finish_run, start_run
from train_jobs.train import to_run_name, train
from train_jobs.validate import validate
from train_jobs.workers import Workers

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainRequest:
    """What the command line asks for."""

    data_dir: Path | None
    """Where the data was read from; strangers to judge by lie beside it."""
    val_data_dir: Path | None
    workers: Workers
    is_fresh: bool
    initial_dir: Path | None = None
    """Artifact whose weights training starts from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A dataset version as it was written, before its images were validated."""

    dataset_version: str
    samples: Sequence[Sample]
    scenes: Sequence[str]
    """Hashes of the stored photographs without leaves."""
    num_rejected: int


def run_training(
    settings: Settings, config: TrainConfig, request: TrainRequest, *, say: Say
) -> Path:
    """Train, package and register a model; a broken-off run goes on from its checkpoint.

    Returns:
        The artifact's directory.

    Raises:
        train_jobs.manifest.ManifestError: the data cannot be trained on.
        train_jobs.errors.TrainError: training failed.
    """
    layout = settings.layout
    config = start_from(config, request.initial_dir)
    create_folders(layout, min_free_bytes=settings.min_free_bytes)
    if request.data_dir is None:
        raise ManifestError("which photographs? Name a folder with --data")
    say(f"[1/5] reading {request.data_dir}")
    prepared = prepare(
        layout,
        request.data_dir,
        val_data_dir=request.val_data_dir,
        outside_train_share=config.outside_train_share,
        seed=config.seed,
    )
    for line in prepared.report.say():
        say(f"      {line}")
    version = Version(
        dataset_version=prepared.dataset_version,
        samples=prepared.samples,
        scenes=prepared.scenes,
        num_rejected=len(prepared.rejections),
    )
    return train_version(settings, config, request, version, say=say)


def train_version(
    settings: Settings,
    config: TrainConfig,
    request: TrainRequest,
    version: Version,
    *,
    say: Say,
    callbacks: Sequence[UserCallback] = (),
) -> Path:
    """Train, package and register a model on a dataset version that is written; as `run_training`.

    `callbacks` are told of each epoch, in Ray Train's controller process.
    """
    layout = settings.layout
    initial_weights = _weights_path(request.initial_dir)
    run_name = to_run_name(config, version.dataset_version)
    artifact_dir = layout.run_dir(run_name) / "artifact"
    if request.is_fresh:
        shutil.rmtree(layout.run_dir(run_name), ignore_errors=True)
    if artifact_dir.exists():
        say(f"this run is finished: {artifact_dir} (--fresh trains anew)")
        return artifact_dir
    with ray_session():
        refused = validate(layout, version.dataset_version, version.samples, version.scenes)
        samples = load_samples(layout, version.dataset_version)
        check_trainable(samples)
        train_counts = count_by_class(samples, "train")
        say(
            f"[2/5] {version.dataset_version}: {sum(train_counts.values())} photographs of "
            f"{len(train_counts)} classes to train on, "
            f"{sum(count_by_class(samples, 'val').values())} to judge by; "
            f"{len(refused) + version.num_rejected} refused "
            f"(see {layout.dataset_dir(version.dataset_version)})"
        )
        run_id = start_run(settings, config, run_name)
        is_begun = has_checkpoint(layout.run_dir(run_name))
        say(f"[3/5] {'going on with' if is_begun else 'training'} {run_name}")
        try:
            trained = train(
                layout,
                config,
                samples,
                load_scenes(layout, version.dataset_version),
                run_name=run_name,
                workers=request.workers,
                initial_weights=initial_weights,
                callbacks=[MlflowCallback(settings.mlflow_tracking_uri, run_id), *callbacks],
            )
        except Exception:
            fail_run(settings, run_id)
            raise
        finish_run(settings, run_id)
    say(f"[4/5] best epoch {trained.metrics['epoch']:.0f}: exporting, calibrating, judging")
    card = package(
        layout,
        config,
        samples,
        checkpoint_dir=trained.checkpoint_dir,
        dataset_version=version.dataset_version,
        target_dir=artifact_dir,
        data_dir=request.data_dir,
        initial_weights=initial_weights,
    )
    register(settings, artifact_dir)
    say(
        f"[5/5] registered {card.model_version}: validation top-1 "
        f"{card.metrics['val']['top1_accuracy']:.1%}; artifact {artifact_dir}"
    )
    return artifact_dir


def start_from(config: TrainConfig, initial_dir: Path | None) -> TrainConfig:
    """Name the model that training starts from in the configuration.

    Raises:
        ConfigError: the configuration needs one, or one of another architecture was named.
    """
    if initial_dir is None:
        if config.initial_share:
            raise ConfigError(
                f"the configuration {config.name} goes on from a trained model; name its artifact "
                "with --initial-model, such as models/champion"
            )
        return config
    card = verify_artifact(initial_dir)
    if card.architecture != config.architecture:
        raise ConfigError(
            f"{initial_dir} holds a {card.architecture}, and the configuration {config.name} "
            f"trains a {config.architecture}; name an artifact of the same architecture"
        )
    return config.model_copy(update={"initial_model": card.model_version})


def _weights_path(initial_dir: Path | None) -> Path | None:
    return None if initial_dir is None else (initial_dir / WEIGHTS_FILE).resolve()


def register(settings: Settings, artifact_dir: Path) -> Card:
    """Put an artifact into the registry, without an alias: promotion is another decision."""
    card = load_card(artifact_dir)
    Registry(settings.mlflow_tracking_uri, layout=settings.layout).register_artifact(
        artifact_dir,
        model_version=card.model_version,
        metrics={
            f"{slice_name}/{name}": value
            for slice_name, metrics in card.metrics.items()
            for name, value in metrics.items()
        },
        tags={"train_config": card.train_config, "dataset_version": card.dataset_version},
    )
    return card
