"""The training benchmark: Ray and plain torch do the same work in turns, on the same cores.

The two sides take turns within a round, there and back again, so that a machine that grows faster
or slower harms both alike. Ray stays up while torch is measured.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from cluster.machine import Machine, count_cores, describe_machine, measure_busy_cores
from train_jobs.bench.environment import environment_variable
from train_jobs.bench.errors import BenchError
from train_jobs.bench.memory import watch_memory
from train_jobs.bench.photos import Photos, load_photos
from train_jobs.bench.plan import Plan, Stream
from train_jobs.bench.ray_side import read_with_ray, train_with_ray
from train_jobs.bench.records import RecordedAugmentation, load_trace
from train_jobs.bench.rounds import MemoryRound, Round, Side, Work, to_round
from train_jobs.bench.torch_side import read_with_data_loader, train_with_ddp
from train_jobs.ray_session import ray_session
from train_jobs.train import to_augmentation_config

Say = Callable[[str], None]

_PACKAGES = ("ray", "torch", "torchvision", "timm", "numpy", "pillow", "pyarrow", "scipy")
_WORKS: dict[tuple[Work, Side], Callable[[Stream], None]] = {
    (Work.TRAIN, Side.RAY): train_with_ray,
    (Work.TRAIN, Side.TORCH): train_with_ddp,
    (Work.DECODE, Side.RAY): read_with_ray,
    (Work.DECODE, Side.TORCH): read_with_data_loader,
}
_MIB = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Everything that one run found."""

    plan: Plan
    machine: Machine
    photos: str
    num_refused: int
    rounds: tuple[Round, ...]
    memory: tuple[MemoryRound, ...]


def run_bench(plan: Plan, *, data: Path | None, say: Say) -> Measurement:
    """Measure, and leave nothing behind.

    Raises:
        BenchError: a part did not run, or not in time.
        train_jobs.manifest.ManifestError: `data` has no photographs.
    """
    if "RAY_ADDRESS" in os.environ:
        raise BenchError(
            "RAY_ADDRESS is set: the benchmark needs a Ray of its own, whose processes it can "
            "count; unset it and run the command again"
        )
    with tempfile.TemporaryDirectory(prefix="leafray-bench-", ignore_cleanup_errors=True) as folder:
        photos = load_photos(data, Path(folder), max_files=plan.max_files)
        busy_cores = measure_busy_cores(plan.idle_s)
        say(f"{photos.source}; {busy_cores:.2f} cores are busy before the measurement")
        bench = _Bench(plan, photos, Path(folder), say)
        # Ray would start its workers at niceness 15, where anything else starves them.
        with environment_variable("RAY_worker_niceness", "0"):
            rounds, memory = tuple(bench.measure_rates()), tuple(bench.measure_memory())
    return Measurement(
        plan=plan,
        machine=describe_machine(packages=_PACKAGES, busy_cores_before=busy_cores),
        photos=photos.source,
        num_refused=photos.num_refused,
        rounds=rounds,
        memory=memory,
    )


class _Bench:
    """Both sides on the same photographs."""

    def __init__(self, plan: Plan, photos: Photos, folder: Path, say: Say) -> None:
        self._plan, self._photos, self._folder, self._say = plan, photos, folder, say
        self._num_cpus = plan.num_workers + plan.num_data_processes

    def measure_rates(self) -> Iterator[Round]:
        """Let both sides train and read, round by round."""
        plan = self._plan
        with self._ray_session():
            for round_idx in range(plan.num_rounds):
                sides = list(Side) if round_idx % 2 == 0 else list(reversed(Side))
                for work in Work:
                    for side in sides:
                        yield self._measure_rate(round_idx, work, side)

    def measure_memory(self) -> Iterator[MemoryRound]:
        """Train with Ray on few and on many images; each time with new processes."""
        plan = self._plan
        for round_idx in range(plan.num_memory_rounds):
            counts = sorted(plan.memory_images, reverse=round_idx % 2 == 1)
            for num_images in counts:
                with self._ray_session(), watch_memory() as peaks:
                    train_with_ray(self._create_stream(num_images, plan.memory_timeout_s))
                self._say(
                    f"memory {round_idx + 1}/{plan.num_memory_rounds}  {num_images:>6} images  "
                    f"{peaks.total / _MIB:.0f} MiB at most, {peaks.object_store / _MIB:.0f} MiB "
                    "of them in the object store"
                )
                yield MemoryRound(
                    round_idx=round_idx,
                    num_images=num_images,
                    total_bytes=peaks.total,
                    driver_bytes=peaks.driver,
                    worker_bytes=peaks.worker,
                    data_process_bytes=peaks.data_process,
                    object_store_bytes=peaks.object_store,
                )

    def _measure_rate(self, round_idx: int, work: Work, side: Side) -> Round:
        plan = self._plan
        if work is Work.TRAIN:
            stream = self._create_stream(
                plan.train_images, plan.stream_timeout_s, read_ahead_images=plan.read_ahead_images
            )
        else:
            stream = self._create_stream(plan.decode_images, plan.stream_timeout_s)
        _WORKS[work, side](stream)
        trace = load_trace(
            stream.records_dir, num_workers=plan.num_workers if work is Work.TRAIN else 1
        )
        result = to_round(
            trace, round_idx=round_idx, work=work, side=side, num_warm_steps=plan.num_warm_steps
        )
        self._say(
            f"round {round_idx + 1}/{plan.num_rounds}  {work:<6} {side:<5} "
            f"{result.images_per_s:7.1f} images/s over {result.window_images} images, "
            f"first step after {result.start_s:.1f} s; waited {result.wait_share:.1%}"
        )
        return result

    def _ray_session(self) -> AbstractContextManager[None]:
        # Its log would bury the figures; what fails is raised here with its cause.
        return ray_session(num_cpus=self._num_cpus, log_to_driver=False)

    def _create_stream(
        self, num_images: int, timeout_s: float, *, read_ahead_images: int = 0
    ) -> Stream:
        plan = self._plan
        records_dir = Path(tempfile.mkdtemp(prefix="records-", dir=self._folder))
        return Stream(
            config=plan.config,
            layout=self._photos.layout,
            rows=self._photos.repeat(num_images + read_ahead_images),
            num_train_images=num_images,
            augment=RecordedAugmentation(
                to_augmentation_config(plan.config), self._photos.scenes, records_dir
            ),
            num_workers=plan.num_workers,
            num_data_processes=plan.num_data_processes,
            torch_threads=max(1, count_cores() // plan.num_workers),
            timeout_s=timeout_s,
            records_dir=records_dir,
        )
