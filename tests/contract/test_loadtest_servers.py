"""The benchmark's peers: real servers, of which nothing is left after the measurement."""

import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager
from multiprocessing import get_context
from pathlib import Path

import psutil
import pytest
from threadpoolctl import threadpool_info

from loadtest.closed_loop import Service
from loadtest.in_process import settle_process
from loadtest.photos import Photo, load_image_bytes
from loadtest.servers import find_free_port, running_bare_api, running_lit_api, wait_until_right
from models.artifact import CHAMPION_DIR
from models.predictor import Predictor

PROJECT_DIR = Path(__file__).resolve().parents[2]
Running = Callable[..., AbstractContextManager[Service]]


def find_processes(artifact_dir: Path) -> set[int]:
    """Return the processes that were started to serve this artifact."""
    found = set()
    for process in psutil.process_iter():
        try:
            if process.environ().get("LEAFRAY_BENCH_ARTIFACT") == str(artifact_dir):
                found.add(process.pid)
        except psutil.Error:
            continue
    return found


@pytest.mark.timeout(120)
@pytest.mark.parametrize("running", [running_bare_api, running_lit_api])
def test_a_peer_answers_and_leaves_no_process_behind(running: Running, tmp_path: Path) -> None:
    # A path of this test's own, so that its processes can be told from others.
    artifact_dir = tmp_path / "artifact"
    artifact_dir.symlink_to(CHAMPION_DIR)
    predictor = Predictor.load(CHAMPION_DIR)
    image_bytes = load_image_bytes([])[0]
    class_name = predictor.predict_bytes(image_bytes).top[0].class_name
    port, version = find_free_port(), predictor.model_version
    with running(artifact_dir, port=port, model_version=version) as service:
        wait_until_right(service, Photo(image_bytes=image_bytes, class_name=class_name))
        assert find_processes(artifact_dir)
    assert not find_processes(artifact_dir)


STOPPED = """
import sys, time
from pathlib import Path
from loadtest.__main__ import end_in_good_order
from loadtest.servers import find_free_port, running_bare_api
end_in_good_order()
with running_bare_api(Path(sys.argv[1]), port=find_free_port(), model_version=""):
    print("up", flush=True)
    time.sleep(60)
"""


@pytest.mark.timeout(60)
def test_a_measurement_that_is_told_to_end_leaves_no_process_behind(tmp_path: Path) -> None:
    artifact_dir = tmp_path / "artifact"
    artifact_dir.symlink_to(CHAMPION_DIR)
    command = [sys.executable, "-c", STOPPED, str(artifact_dir)]
    with subprocess.Popen(command, cwd=PROJECT_DIR, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        assert find_processes(artifact_dir)
        process.terminate()
        assert process.wait(20) == 128 + signal.SIGTERM
    assert not find_processes(artifact_dir)


def test_limit_and_peers_have_one_blas_thread_as_replicas_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with ProcessPoolExecutor(1, get_context("spawn"), settle_process) as pool:
        pools = pool.submit(threadpool_info).result()
    assert [found["num_threads"] for found in pools if found["user_api"] == "blas"] == [1]
    artifact_dir = tmp_path / "artifact"
    artifact_dir.symlink_to(CHAMPION_DIR)
    with running_bare_api(artifact_dir, port=find_free_port(), model_version=""):
        (pid,) = find_processes(artifact_dir)
        assert psutil.Process(pid).environ()["OMP_NUM_THREADS"] == "1"
