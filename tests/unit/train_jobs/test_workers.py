"""How many processes train: what the cluster has, unless a person says."""

import pytest

from train_jobs.workers import Workers, choose_workers


@pytest.mark.parametrize(
    ("resources", "asked", "workers"),
    [
        ({"CPU": 2.0}, None, Workers(num_workers=1, use_gpu=False)),
        ({"CPU": 16.0, "GPU": 4.0}, None, Workers(num_workers=4, use_gpu=True)),
        ({"CPU": 16.0, "GPU": 4.0}, 2, Workers(num_workers=2, use_gpu=True)),
        ({"CPU": 16.0}, 3, Workers(num_workers=3, use_gpu=False)),
        # More workers than GPUs would wait for ever.
        ({"CPU": 16.0, "GPU": 1.0}, 2, Workers(num_workers=2, use_gpu=False)),
    ],
)
def test_each_gpu_has_a_worker(
    resources: dict[str, float], asked: int | None, workers: Workers
) -> None:
    assert choose_workers(resources, num_workers=asked) == workers
