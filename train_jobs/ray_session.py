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


@contextmanager
def ray_session() -> Iterator[None]:
    """Give the block a Ray cluster; a private one is shut down afterwards."""
    if ray.is_initialized():
        yield
        return
    env_vars = {"PYTHONPATH": str(Path(__file__).resolve().parents[1])}
    if "RAY_ADDRESS" in os.environ:
        ray.init(runtime_env={"env_vars": env_vars}, logging_level=logging.WARNING)
    else:
        ray.init(
            num_cpus=max(_MIN_CPU_SLOTS, os.cpu_count() or 1),
            object_store_memory=_OBJECT_STORE_BYTES,
            include_dashboard=False,
            runtime_env={"env_vars": env_vars},
            logging_level=logging.WARNING,
        )
    try:
        yield
    finally:
        ray.shutdown()
