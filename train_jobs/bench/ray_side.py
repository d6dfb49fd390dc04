"""Ray's side: Ray Train on a Ray Data stream, and a Ray Data stream alone."""

import logging
import threading
from collections.abc import Callable
from typing import Any

import ray.data
import ray.train
import ray.train.torch
import torch
from ray.data import ExecutionResources
from ray.train import DataConfig, FailureConfig, LoggingConfig, RunConfig, ScalingConfig

from train_jobs.bench.errors import BenchError
from train_jobs.bench.plan import Stream
from train_jobs.bench.records import record_reading, record_training
from train_jobs.data_context import configure_ray_data
from train_jobs.images_pipeline import create_train_dataset
from train_jobs.learner import Learner
from train_jobs.loop import PREFETCHED_BATCHES

_RUN_NAME = "bench"


def train_with_ray(stream: Stream) -> None:
    """Train for one epoch with `stream.num_workers` workers.

    Raises:
        BenchError: the run failed or took longer than `stream.timeout_s`.
    """

    def fit() -> None:
        configure_ray_data()
        ray.train.torch.TorchTrainer(
            _train_worker,
            train_loop_config={"stream": stream},
            datasets={"train": create_train_dataset(stream.layout, stream.rows, stream.augment)},
            dataset_config=DataConfig(datasets_to_split=["train"]),
            scaling_config=ScalingConfig(num_workers=stream.num_workers),
            run_config=RunConfig(  # type: ignore[call-arg]  # v2 takes a logging_config
                name=_RUN_NAME,
                storage_path=str(stream.records_dir / "runs"),
                failure_config=FailureConfig(max_failures=0),
                logging_config=LoggingConfig(log_level="WARNING"),
            ),
        ).fit()

    _run_within(stream.timeout_s, "Ray Train", fit)


def read_with_ray(stream: Stream) -> None:
    """Decode and augment in `stream.num_data_processes` processes; take the batches here.

    Raises:
        BenchError: the stream failed or took longer than `stream.timeout_s`.
    """

    def read() -> None:
        configure_ray_data()
        dataset = create_train_dataset(stream.layout, stream.rows, stream.augment)
        # A training run leaves them as many: the workers hold the other slots.
        dataset.context.execution_options.resource_limits = ExecutionResources.for_limits(
            cpu=stream.num_data_processes
        )
        record_reading(
            stream,
            dataset.iter_torch_batches(
                batch_size=stream.config.batch_size, prefetch_batches=PREFETCHED_BATCHES
            ),
        )

    _run_within(stream.timeout_s, "Ray Data", read)


def _train_worker(worker_config: dict[str, Any]) -> None:
    stream: Stream = worker_config["stream"]
    context = ray.train.get_context()
    torch.set_num_threads(stream.torch_threads)
    torch.manual_seed(stream.config.seed + context.get_world_rank())
    learner = Learner.create(
        stream.config,
        num_train_images=stream.num_train_images,
        num_workers=context.get_world_size(),
        prepare_model=ray.train.torch.prepare_model,
    )
    batches = ray.train.get_dataset_shard("train").iter_torch_batches(
        batch_size=learner.plan.micro_batch_size,
        device=ray.train.torch.get_device(),
        prefetch_batches=PREFETCHED_BATCHES,
    )
    record_training(stream, learner, batches, context.get_world_rank())


def _run_within(timeout_s: float, name: str, work: Callable[[], None]) -> None:
    """Run `work` in a thread that is left behind when it takes too long.

    Neither Ray Train nor a Ray Data iterator takes a timeout; the end of the Ray session ends the
    thread's work.
    """
    errors: list[Exception] = []

    def run() -> None:
        try:
            work()
        except Exception as error:
            logging.getLogger(__name__).debug("%s failed", name, exc_info=True)
            errors.append(error)

    thread = threading.Thread(target=run, name=f"bench {name}", daemon=True)
    thread.start()
    thread.join(timeout_s)
    if thread.is_alive():
        raise BenchError(f"{name} did not end within {timeout_s:.0f} s; is the machine overloaded?")
    if errors:
        raise BenchError(f"{name} failed: {errors[0]}") from errors[0]
