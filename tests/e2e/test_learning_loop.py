"""Uploads in, a better model out, by the commands that a person types, on a cluster of its own.

Drawn leaves stand for photographs: what the champion does not know of them it can learn in seconds.
"""

import json
import os
import signal
import time
import zipfile

import pytest

from cluster.http_probe import wait_for
from models.artifact import CHAMPION_DIR, load_card
from models.leaf_drawing import draw_leaf, encode_jpeg

CLASSES = ("Apple___healthy", "Grape___healthy", "Potato___healthy")
LEAVES_PER_CLASS = 24
CHAMPION = load_card(CHAMPION_DIR).model_version


def upload(leafray, archive, status=0):
    """Send a zip, accept what is good of it, and return the upload."""
    arguments = ("upload", str(archive), "--accept", "--json")
    return json.loads(leafray.run("serve_app", *arguments, status=status))


def show(leafray, run_id):
    return json.loads(leafray.run("serve_app", "runs", "show", run_id, "--json"))


def pack_leaves(path, first):
    """Zip drawn leaves of three classes, and a file that is none."""
    with zipfile.ZipFile(path, "w") as archive:
        for class_idx in range(len(CLASSES)):
            for number in range(LEAVES_PER_CLASS):
                leaf = draw_leaf(first + 100 * class_idx + number, size_px=128, class_idx=class_idx)
                archive.writestr(
                    f"{CLASSES[class_idx]}/leaf{class_idx}-{number}.jpg", encode_jpeg(leaf)
                )
        archive.writestr(f"{CLASSES[0]}/broken.jpg", b"\xff\xd8\xff no photograph")
    return path


@pytest.mark.timeout(600)
def test_new_leaves_make_a_better_model_that_can_be_taken_back(leafray, tmp_path):
    # One file is broken, so the command ends with 1 although the others were accepted.
    uploaded = upload(leafray, pack_leaves(tmp_path / "leaves.zip", first=0), status=1)
    assert (uploaded["status"], uploaded["rejected"]) == ("accepted", 1)

    run = json.loads(leafray.run("serve_app", "retrain", "--wait", "--json"))
    assert run["status"] == "succeeded", run
    assert run["upload_ids"] == [uploaded["upload_id"]]
    assert run["verdict"]["promote"]
    assert run["champion_version"] == CHAMPION
    assert run["model_version"] in leafray.run("serve_app", "status")
    assert "[gate]" in leafray.run("serve_app", "runs", "logs", run["run_id"])

    assert CHAMPION in leafray.run("serve_app", "rollback")
    assert CHAMPION in leafray.run("serve_app", "status")
    actions = [line.split()[2] for line in leafray.run("serve_app", "history").splitlines()]
    assert actions == [
        "create_upload",
        "accept_upload",
        "retrain",
        *["promote_model"] * 2,
        "retrain",
        *["roll_back_model"] * 2,
    ]


@pytest.mark.timeout(600)
def test_whatever_is_killed_nothing_is_lost(leafray, tmp_path):
    uploaded = upload(leafray, pack_leaves(tmp_path / "more.zip", first=2000), status=1)
    start = ("serve_app", "retrain", "--upload", uploaded["upload_id"], "--json")

    # The job.
    run_id = json.loads(leafray.run(*start))["run_id"]
    assert wait_for(lambda: show(leafray, run_id)["stage"] != "", timeout_s=60)
    job = leafray.find_process(f"--run-id {run_id}")
    assert job is not None
    os.kill(job.pid, signal.SIGKILL)
    assert wait_for(lambda: show(leafray, run_id)["status"] == "failed", timeout_s=60)
    assert "without a word" in show(leafray, run_id)["reason"]

    # The control application, while another run works.
    run_id = json.loads(leafray.run(*start))["run_id"]
    control = leafray.find_process("ServeReplica:control")
    assert control is not None
    os.kill(control.pid, signal.SIGKILL)
    time.sleep(1)
    run = wait_for_end(leafray, run_id)
    assert run["status"] in {"succeeded", "rejected"}, run
    champion = run["model_version"] if run["status"] == "succeeded" else CHAMPION
    assert champion in leafray.run("serve_app", "status")

    # The head node, with the run in it.
    run_id = json.loads(leafray.run(*start))["run_id"]
    assert wait_for(lambda: show(leafray, run_id)["stage"] != "", timeout_s=60)
    pid = json.loads((leafray.home / "state" / "ray-head.pid").read_text())["pid"]
    os.kill(pid, signal.SIGKILL)
    leafray.run("cluster", "up")
    run = wait_for_end(leafray, run_id)
    assert run["status"] in {"failed", "succeeded", "rejected"}, run
    status = leafray.run("serve_app", "status")
    aliases = [
        line.split()[0]
        for line in leafray.run("serve_app", "models").splitlines()
        if "champion" in line.split()[1:2]
    ]
    assert len(aliases) == 1
    assert aliases[0] in status


def wait_for_end(leafray, run_id):
    """Return the run when it has ended; the service may be away in between."""
    ends = {"succeeded", "rejected", "failed", "cancelled"}
    found = {}

    def has_ended():
        try:
            found.update(show(leafray, run_id))
        except AssertionError:
            return False
        return found["status"] in ends

    assert wait_for(has_ended, timeout_s=120, poll_s=1), found
    return found
