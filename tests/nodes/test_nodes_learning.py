"""Retraining and promotion on three nodes, with a worker lost in the middle of each."""

import json
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from cluster.http_probe import wait_for
from cluster.run_status import RunState, load_status
from models.leaf_drawing import draw_leaf, encode_jpeg
from tests.installation import PROJECT_DIR

CLASSES = ("Apple___healthy", "Grape___healthy", "Potato___healthy")
LEAVES_PER_CLASS = 24


@pytest.fixture(scope="module")
def upload_id(cluster_of_nodes, tmp_path_factory):
    """An accepted upload of drawn leaves, of which the champion knows nothing."""
    path = tmp_path_factory.mktemp("learning") / "leaves.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for class_idx, name in enumerate(CLASSES):
            for number in range(LEAVES_PER_CLASS):
                leaf = draw_leaf(100 * class_idx + number, size_px=128, class_idx=class_idx)
                archive.writestr(f"{name}/leaf{class_idx}-{number}.jpg", encode_jpeg(leaf))
    cluster_of_nodes.up()
    printed = cluster_of_nodes.run("serve_app", "upload", str(path), "--accept", "--json")
    return json.loads(printed)["upload_id"]


def submit(nodes, run_id, upload_id):
    """Start a run with Ray's own command, as DEPLOY.md says."""
    arguments = ("--config", "head", "--run-id", run_id, "--upload", upload_id)
    done = subprocess.run(
        [
            Path(sys.executable).with_name("ray"),
            *("job", "submit", "--no-wait", "--working-dir", "."),
            *("--address", nodes.settings.dashboard_url),
            *("--entrypoint-num-cpus", "1", "--entrypoint-resources", '{"train": 0.01}'),
            *("--", "python", "-m", "train_jobs", "retrain", *arguments),
        ],
        cwd=PROJECT_DIR,
        env={**nodes.environment, "RAY_AUTH_MODE": "token"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def wait_for_stage(nodes, run_id, stage):
    """Wait until a run is in a stage; return the node that its process belongs to."""
    path = nodes.settings.layout.run_status_path(run_id)

    def is_there():
        return path.exists() and load_status(nodes.settings.layout, run_id).stage == stage

    assert wait_for(is_there, timeout_s=120, poll_s=0.05)
    record = load_status(nodes.settings.layout, run_id).process
    assert record is not None
    return nodes.find_node_of_process(psutil.Process(record.pid))


def wait_for_end(nodes, run_id):
    """Return a run that has ended, as the service tells it."""
    with nodes.connect() as client:
        found = {}

        def has_ended():
            found[run_id] = client.loop.get_run(run_id)
            return RunState(found[run_id].status).is_terminal

        assert wait_for(has_ended, timeout_s=200, poll_s=1), found
    return found[run_id]


def other_worker(name):
    return {"worker-1": "worker-2", "worker-2": "worker-1"}[name]


@pytest.mark.timeout(500)
def test_a_run_fails_plainly_with_its_node_and_ends_well_without_the_other(
    nodes, callers, upload_id, say
):
    with callers:
        submit(nodes, "retrain-nodes-1", upload_id)
        home = wait_for_stage(nodes, "retrain-nodes-1", "validate")
        nodes.kill(home)
        lost_s = time.monotonic()
        run = wait_for_end(nodes, "retrain-nodes-1")
        assert (run.status, run.stage) == ("failed", "validate")
        assert "without a word" in run.reason
        say(f"{home} lost with a run in it: told as failed after {time.monotonic() - lost_s:.1f} s")

        nodes.up()
        nodes.wait_for_replicas()
        submit(nodes, "retrain-nodes-2", upload_id)
        home = wait_for_stage(nodes, "retrain-nodes-2", "validate")
        nodes.kill(other_worker(home))
        run = wait_for_end(nodes, "retrain-nodes-2")
        assert run.status == "succeeded", run
    assert callers.failures == []
    assert run.model_version in callers.versions
    with nodes.connect() as client:
        assert client.get_model().model_version == run.model_version
        client.loop.roll_back()


@pytest.mark.timeout(400)
def test_a_run_that_the_service_starts_goes_to_a_node_that_trains(nodes, upload_id):
    with nodes.connect() as client:
        run = client.loop.start_run(config="head", upload_ids=[upload_id], require_approval=True)
        assert wait_for_stage(nodes, run.run_id, "validate") in {"worker-1", "worker-2"}
        assert wait_for_end(nodes, run.run_id).status == "awaiting_approval"


@pytest.mark.timeout(400)
def test_a_promotion_during_which_a_worker_is_lost_is_done_or_taken_back(nodes, callers, say):
    with nodes.connect() as client, ThreadPoolExecutor(max_workers=1) as executor:
        (challenger,) = (
            model.model_version
            for model in client.loop.list_models()
            if "candidate" in model.aliases
        )
        champion = client.get_model().model_version
        lost = other_worker(nodes.find_node_of("control"))
        with callers:
            callers.wait_for_answers(20)
            promotion = executor.submit(nodes.call, "cluster", "promote", challenger)
            assert wait_for(nodes.settings.layout.promotion_path.exists, timeout_s=60, poll_s=0.01)
            nodes.kill(lost)
            started_s = time.monotonic()
            done = promotion.result(timeout=200)
            took_s = time.monotonic() - started_s
            callers.wait_for_answers(20)
        assert callers.failures == []
        assert callers.versions <= {champion, challenger}
        nodes.up()
        nodes.wait_for_replicas()
        serving = challenger if done.returncode == 0 else champion
        assert [
            model.model_version
            for model in client.loop.list_models()
            if "champion" in model.aliases
        ] == [serving]
        with callers.again() as later:
            later.wait_for_answers(40)
        assert later.versions == {serving}
        say(f"{lost} lost: promoted {done.returncode == 0}, {took_s:.1f} s after the loss")
