"""What an inference takes, on a machine that has other work too."""

import numpy as np
import pytest

from train_jobs.footprint import find_calmest_p95


def test_bursts_of_other_work_do_not_count() -> None:
    times_ms = np.full(160, 7.0)
    times_ms[10:70] = 30.0  # six rounds
    times_ms[150] = 90.0
    assert find_calmest_p95(times_ms.tolist()) == pytest.approx(7.0)


def test_what_is_always_slow_counts() -> None:
    # Every tenth inference collects garbage: so it will for users.
    times_ms = np.where(np.arange(160) % 10 == 0, 20.0, 7.0)
    assert find_calmest_p95(times_ms.tolist()) > 12.0
