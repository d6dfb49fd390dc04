"""The benchmark's peers: real servers, of which nothing is left after the measurement."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import psutil
import pytest

from loadtest.closed_loop import Service
from loadtest.photos import Photo, load_image_bytes
from loadtest.servers import find_free_port, running_bare_api, running_lit_api, wait_until_right
from models.artifact import CHAMPION_DIR
from models.predictor import Predictor

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
