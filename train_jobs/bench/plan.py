"""How much the training benchmark measures, and one stream of it as a value."""

from dataclasses import dataclass
from pathlib import Path

from cluster.storage import Layout
from train_jobs.augment import Augmentation
from train_jobs.config import TrainConfig, get_config
from train_jobs.epoch import TrainRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Counts and limits of a run; both sides get the same."""

    name: str
    config: TrainConfig
    num_workers: int
    """Training workers, each with its share of the batch and of the cores."""
    num_data_processes: int
    """Decoding processes over all workers."""
    num_rounds: int
    num_warm_steps: int
    train_images: int
    read_ahead_images: int
    """More that a training stream holds, so that its end is not reached while it is measured."""
    decode_images: int
    num_memory_rounds: int
    memory_images: tuple[int, int]
    max_files: int
    stream_timeout_s: float
    """For one stream with all of its start-up."""
    memory_timeout_s: float
    idle_s: float


FULL = Plan(
    name="full",
    config=get_config("baseline"),
    num_workers=2,
    num_data_processes=2,
    num_rounds=3,
    num_warm_steps=4,
    train_images=2048,
    # Ray Data stops some 3,300 images ahead of its reader: half of its half of the object store.
    read_ahead_images=4608,
    decode_images=4096,
    num_memory_rounds=1,
    memory_images=(1_000, 10_000),
    max_files=2_000,
    stream_timeout_s=900.0,
    memory_timeout_s=2400.0,
    idle_s=3.0,
)
QUICK = Plan(
    name="quick",
    config=get_config("baseline"),
    num_workers=2,
    num_data_processes=2,
    num_rounds=2,
    num_warm_steps=2,
    train_images=512,
    read_ahead_images=0,
    decode_images=2048,
    num_memory_rounds=1,
    memory_images=(200, 1_000),
    max_files=200,
    stream_timeout_s=300.0,
    memory_timeout_s=600.0,
    idle_s=0.5,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One run of one side: the same value goes to either."""

    config: TrainConfig
    layout: Layout
    rows: tuple[TrainRow, ...]
    num_train_images: int
    """How many of them are trained on, over all workers, before the stream is dropped."""
    augment: Augmentation
    num_workers: int
    num_data_processes: int
    torch_threads: int
    """Of each training worker."""
    timeout_s: float
    records_dir: Path
    """Empty; its processes write down what they did."""
