"""``python -m loadtest bench --quick``, on ports and in a home of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cluster.ports import is_taken
from loadtest.in_process import InProcessLimit
from loadtest.servers import ServerError, find_free_port, running_bare_api, wait_until_right
from loadtest.slo import Target

PROJECT_DIR = Path(__file__).resolve().parents[2]
PORT_NAMES = (
    "HTTP",
    "DASHBOARD",
    "MLFLOW",
    "RAY",
    "RAY_CLIENT",
    "RAY_AGENT",
    "SERVE_PROXY",
    "HAPROXY_STATS",
    "HAPROXY_METRICS",
)


@pytest.fixture
def environment(tmp_path):
    # Neither the system (from 32768) nor Ray's workers (to 19999) hand these out.
    ports = [port for port in range(24000, 29000) if not is_taken(port)][: len(PORT_NAMES)]
    variables = {
        f"LEAFRAY_{name}_PORT": str(port) for name, port in zip(PORT_NAMES, ports, strict=True)
    }
    return {**os.environ, **variables, "LEAFRAY_HOME": str(tmp_path / "home")}


def run(*arguments, environment, timeout_s):
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=PROJECT_DIR,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


@pytest.mark.timeout(420)
def test_a_quick_benchmark_measures_every_target(environment, tmp_path, champion_dir):
    results_dir = tmp_path / "results"
    try:
        done = run(
            *("loadtest", "bench", "--quick", "--results", str(results_dir)),
            environment=environment,
            timeout_s=390,
        )
    finally:
        # Stopped by the benchmark itself; a failed one must leave nothing to the next test.
        stopped = run("cluster", "down", environment=environment, timeout_s=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Stopped" not in stopped.stdout
    document = json.loads((results_dir / "bench.json").read_text())
    assert (results_dir / "bench.png").stat().st_size > 10_000
    assert {(item["connections"], item["target"]) for item in document["rounds"]} == {
        (connections, target.value) for connections in (1, 16) for target in Target
    }
    assert all(item["num_answered"] > 0 for item in document["rounds"])
    assert document["faults"] == {}
    assert "predictions/s at 16 connections" in done.stdout


def test_a_wrong_answer_is_found_before_anything_is_measured(
    champion_dir, drawn_leaf_bytes, monkeypatch
):
    monkeypatch.setattr("loadtest.servers._READY_TIMEOUT_S", 0.0)
    with (
        InProcessLimit(champion_dir) as limit,
        running_bare_api(champion_dir, port=find_free_port(), model_version="another") as service,
    ):
        photos = limit.classify([drawn_leaf_bytes])
        with pytest.raises(ServerError, match=r"model version .*, not another"):
            wait_until_right(service, photos[0])


def test_a_photograph_that_is_none_is_refused_before_anything_is_started(environment, tmp_path):
    done = run(
        *("loadtest", "bench", "--quick", "--photos", str(tmp_path / "absent.jpg")),
        environment=environment,
        timeout_s=60,
    )
    assert done.returncode == 1
    assert "absent.jpg" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "home").exists()
