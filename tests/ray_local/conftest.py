"""One small Ray for all tests of this ring: starting it costs seconds."""

import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
import ray

REPO_DIR = Path(__file__).parents[2]
OBJECT_STORE_BYTES = 200 * 1024 * 1024


@pytest.fixture(scope="session")
def ray_cluster() -> Generator[None]:
    """A Ray of its own with two CPUs, whose workers can import the packages."""
    # Ray's sockets lie below its folder and their paths may have 107 characters.
    temp_dir = Path(tempfile.mkdtemp(prefix="lr-", dir="/tmp"))
    try:
        ray.init(
            address="local",
            num_cpus=2,
            include_dashboard=False,
            object_store_memory=OBJECT_STORE_BYTES,
            _temp_dir=str(temp_dir),
            runtime_env={"env_vars": {"PYTHONPATH": str(REPO_DIR)}},
            log_to_driver=False,
        )
        yield
    finally:
        ray.shutdown()
        shutil.rmtree(temp_dir, ignore_errors=True)
