"""Join the cluster that `RAY_ADDRESS` names, or start a private one for this command."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import ray

_OBJECT_STORE_BYTES = 1024**3
# A training worker, its controller and two data tasks need four slots even on two cores; the
# operating system shares the cores out.
_MIN_CPU_SLOTS = 4
_CLEANER = "ray.train.v2._internal.execution.controller.placement_group_cleaner"


@contextmanager
def ray_session(*, num_cpus: int | None = None, log_to_driver: bool = True) -> Iterator[None]:
    """Give the block a Ray cluster; a private one is shut down afterwards.

    Of a private one: `num_cpus` slots (None: as many as there are cores, four at least); its
    processes print here if `log_to_driver`.
    """
    if ray.is_initialized():
        yield
        return
    env_vars = {"PYTHONPATH": str(Path(__file__).resolve().parents[1])}
    if "RAY_ADDRESS" in os.environ:
        ray.init(runtime_env={"env_vars": env_vars}, logging_level=logging.WARNING)
    else:
        ray.init(
            num_cpus=num_cpus or max(_MIN_CPU_SLOTS, os.cpu_count() or 1),
            object_store_memory=_OBJECT_STORE_BYTES,
            include_dashboard=False,
            runtime_env={
                "env_vars": env_vars,
                "worker_process_setup_hook": "train_jobs.ray_session.silence_cleaner",
            },
            logging_level=logging.WARNING,
            log_to_driver=log_to_driver,
        )
    try:
        yield
    finally:
        ray.shutdown()


def silence_cleaner() -> None:
    """Drop one warning of Ray Train's placement group cleaner; runs in every worker process.

    The cleaner asks the dashboard each second whether the controller still lives. A private
    cluster has no dashboard, so it warned each second for as long as a run took, and Ray 2.60 has
    no switch for it (`DataParallelTrainer` always adds its callback, interval and all fixed). What
    it guards against, placement groups left behind, ends with a private cluster anyway.
    """
    logging.getLogger(_CLEANER).addFilter(_is_worth_saying)


def _is_worth_saying(record: logging.LogRecord) -> bool:
    return "State API may be temporarily unavailable" not in record.getMessage()
