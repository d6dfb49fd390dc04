"""Uploads in, a better model out, by the commands that a person types, on a cluster of its own.

Drawn leaves stand for photographs: what the champion does not know of them it can learn in seconds.
"""

import itertools
import json
import os
import signal
import zipfile
from contextlib import contextmanager, suppress

import pytest

from cluster.http_probe import wait_for
from cluster.run_status import load_status
from cluster.settings import Settings
from models.artifact import CHAMPION_DIR, load_card
from models.leaf_drawing import draw_leaf, encode_jpeg

CLASSES = ("Apple___healthy", "Grape___healthy", "Potato___healthy")
LEAVES_PER_CLASS = 24
CHAMPION = load_card(CHAMPION_DIR).model_version
# Control and head are killed in the most delicate stage; in others if they are named:
# LEAFRAY_KILL_STAGES="prepare validate train evaluate gate promote" (six minutes).
KILL_STAGES = os.environ.get("LEAFRAY_KILL_STAGES", "promote").split()
FIRST_LEAVES = itertools.count(2000, 1000)


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


@pytest.mark.timeout(300)
def test_a_killed_job_is_found_out(leafray, tmp_path):
    run_id = start_run(leafray, tmp_path)
    with frozen_at(leafray, run_id, "prepare") as pid:
        os.kill(pid, signal.SIGKILL)
    run = wait_for_end(leafray, run_id)
    assert run["status"] == "failed"
    assert "without a word" in run["reason"]
    check_champion(leafray)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("stage", KILL_STAGES)
@pytest.mark.parametrize("victim", ["control", "head"])
def test_whatever_is_killed_nothing_is_lost(leafray, tmp_path, victim, stage):
    run_id = start_run(leafray, tmp_path)
    with frozen_at(leafray, run_id, stage):
        os.kill(find_victim(leafray, victim), signal.SIGKILL)
    if victim == "head":
        leafray.run("cluster", "up")
    run = wait_for_end(leafray, run_id)
    print(f"{victim} killed in {stage}: {run['status']}: {run['reason']}")  # noqa: T201 - for -s
    assert run["status"] in {"succeeded", "rejected"} | ({"failed"} if victim == "head" else set())
    assert run["reason"]
    champion = check_champion(leafray)
    if run["status"] == "succeeded":
        assert champion == run["model_version"]


def start_run(leafray, tmp_path):
    """Let the bundled champion begin to learn from leaves it does not know; return the run's id."""
    if check_champion(leafray) != CHAMPION:
        leafray.run("serve_app", "promote", CHAMPION)
    archive = pack_leaves(tmp_path / "more.zip", first=next(FIRST_LEAVES))
    upload_id = upload(leafray, archive, status=1)["upload_id"]
    return json.loads(leafray.run("serve_app", "retrain", "--upload", upload_id, "--json"))[
        "run_id"
    ]


@contextmanager
def frozen_at(leafray, run_id, stage):
    """Stop a run's process in a stage for as long as the block takes; give its pid."""
    layout = Settings(home=leafray.home).layout

    def is_there():
        return load_status(layout, run_id).stage == stage

    assert wait_for(is_there, timeout_s=90, poll_s=0.005), load_status(layout, run_id)
    process = load_status(layout, run_id).process
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    try:
        assert is_there(), f"{run_id} had left the stage {stage} before it could be stopped"
        yield process.pid
    finally:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGCONT)


def find_victim(leafray, victim):
    if victim == "head":
        return json.loads((leafray.home / "state" / "ray-head.pid").read_text())["pid"]
    return leafray.find_process("ServeReplica:control").pid


def check_champion(leafray):
    """Check that one version is the champion and the one that serves; return it."""
    champions = [
        line.split()[0]
        for line in leafray.run("serve_app", "models").splitlines()
        if "champion" in line.split()[1:2]
    ]
    assert len(champions) == 1
    assert champions[0] in leafray.run("serve_app", "status")
    return champions[0]


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
