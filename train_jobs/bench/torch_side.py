"""The peer: torch's own DistributedDataParallel (gloo) and DataLoader, without Ray.

Model, step, batch, threads, decoding and augmentation are the same functions as on Ray's side.
"""

import time
from collections.abc import Callable
from datetime import timedelta

import torch
from torch import Tensor, distributed, nn
from torch.multiprocessing.spawn import ProcessException, spawn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, Dataset, DistributedSampler

from train_jobs.bench.environment import environment_variable
from train_jobs.bench.errors import BenchError
from train_jobs.bench.plan import Stream
from train_jobs.bench.records import record_reading, record_training
from train_jobs.images_pipeline import Batch, decode_and_augment, to_train_columns
from train_jobs.learner import Learner
from train_jobs.loop import PREFETCHED_BATCHES

_POLL_S = 0.2
_END_GRACE_S = 5.0


def train_with_ddp(stream: Stream) -> None:
    """Train for one epoch with `stream.num_workers` processes.

    Raises:
        BenchError: a process failed, or they took longer than `stream.timeout_s`.
    """
    _spawn(_train_worker, stream, num_processes=stream.num_workers)


def read_with_data_loader(stream: Stream) -> None:
    """Decode and augment in `stream.num_data_processes` processes; take the batches in another.

    Raises:
        BenchError: as `train_with_ddp`.
    """
    # In a process of its own: a DataLoader forks, which the threads of Ray's driver forbid.
    _spawn(_read_worker, stream, num_processes=1)


class LeafImages(Dataset[Batch]):
    """The rows of a stream; a batch is decoded in one go, as on Ray's side."""

    def __init__(self, stream: Stream) -> None:
        """Keep the rows as columns."""
        self._columns = to_train_columns(stream.layout, stream.rows)
        self._augment = stream.augment

    def __len__(self) -> int:
        return len(self._columns["path"])

    def __getitem__(self, index: int) -> Batch:
        """Return a batch of one."""
        return self.__getitems__([index])

    def __getitems__(self, indices: list[int]) -> Batch:
        """Return a whole batch (PyTorch asks for this where it exists)."""
        rows = {
            name: [values[index] for index in indices] for name, values in self._columns.items()
        }
        return decode_and_augment(rows, self._augment)


def _train_worker(rank: int, stream: Stream) -> None:
    torch.set_num_threads(stream.torch_threads)
    torch.manual_seed(stream.config.seed + rank)
    distributed.init_process_group(
        "gloo",
        init_method=f"file://{stream.records_dir / 'rendezvous'}",
        rank=rank,
        world_size=stream.num_workers,
        timeout=timedelta(seconds=stream.timeout_s),
    )

    def wrap(model: nn.Module) -> nn.Module:
        return DistributedDataParallel(model) if stream.num_workers > 1 else model

    learner = Learner.create(
        stream.config,
        num_train_images=stream.num_train_images,
        num_workers=stream.num_workers,
        prepare_model=wrap,
    )
    images = LeafImages(stream)
    batches = _create_loader(
        images,
        batch_size=learner.plan.micro_batch_size,
        sampler=DistributedSampler(images, stream.num_workers, rank, seed=stream.config.seed),
        num_processes=max(1, stream.num_data_processes // stream.num_workers),
    )
    record_training(stream, learner, batches, rank)
    distributed.destroy_process_group()


def _read_worker(_rank: int, stream: Stream) -> None:
    images = LeafImages(stream)
    batches = _create_loader(
        images,
        batch_size=stream.config.batch_size,
        sampler=DistributedSampler(images, 1, 0, seed=stream.config.seed),
        num_processes=stream.num_data_processes,
    )
    record_reading(stream, batches)


def _create_loader(
    images: LeafImages, *, batch_size: int, sampler: DistributedSampler[Batch], num_processes: int
) -> DataLoader[dict[str, Tensor]]:
    return DataLoader(
        images,  # type: ignore[arg-type]  # numpy batches become tensors in collate_fn
        batch_size=batch_size,
        sampler=sampler,
        num_workers=num_processes,
        prefetch_factor=PREFETCHED_BATCHES,
        collate_fn=_to_tensors,  # type: ignore[arg-type]  # a whole batch, see __getitems__
    )


def _to_tensors(batch: Batch) -> dict[str, Tensor]:
    return {name: torch.from_numpy(values) for name, values in batch.items()}


def _spawn(work: Callable[[int, Stream], None], stream: Stream, *, num_processes: int) -> None:
    """Run `work(rank, stream)` in new processes; none of them outlives this call."""
    deadline_s = time.monotonic() + stream.timeout_s
    # As torchrun sets it, and Ray for its workers.
    with environment_variable("OMP_NUM_THREADS", str(stream.torch_threads)):
        context = spawn(work, (stream,), nprocs=num_processes, join=False)
    try:
        while not context.join(timeout=_POLL_S):
            if time.monotonic() > deadline_s:
                raise BenchError(
                    f"torch's processes did not end within {stream.timeout_s:.0f} s; "
                    "is the machine overloaded?"
                )
    except ProcessException as error:
        raise BenchError(f"torch's side failed: {error}") from error
    finally:
        for process in context.processes:
            if process.is_alive():
                process.kill()
            process.join(_END_GRACE_S)
