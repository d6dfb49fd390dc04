"""``python -m loadtest load|step|roll|kill`` on a cluster of its own: nobody's request fails.

How soon replicas come depends on what else the machine does, so times are judged by the commands
on a quiet machine and not here.
"""

import json
import os
import subprocess
import sys
import threading
import urllib.request
from collections import Counter
from pathlib import Path

import pytest

from cluster.ports import is_taken, list_port_uses
from cluster.run_status import RunState, load_status
from cluster.settings import Settings
from loadtest.artifact_copies import copy_as_broken, copy_as_other_version
from models.artifact import CHAMPION_DIR, load_card
from models.leaf_drawing import draw_leaf, encode_jpeg

PROJECT_DIR = Path(__file__).resolve().parents[2]
NO_FAILURE = "failed requests, after the client's own attempts"


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """The environment of a cluster that runs while these tests do."""
    home = tmp_path_factory.mktemp("drills")
    variables = [use.variable for use in list_port_uses(Settings(home=home))]
    # Neither the system (from 32768) nor Ray's workers (to 19999) hand these out.
    ports = [port for port in range(29000, 29999) if not is_taken(port)]
    environment = {
        **os.environ,
        **dict(zip(variables, map(str, ports), strict=False)),
        "LEAFRAY_HOME": str(home),
        "LEAFRAY_NUM_CPUS": "2",
        # The shortest that Serve can decide on, so that a test need not wait a minute.
        "LEAFRAY_DOWNSCALE_DELAY_S": "6",
    }
    started = run("cluster", "up", environment=environment)
    try:
        assert started.returncode == 0, started.stderr
        yield environment
    finally:
        assert run("cluster", "down", environment=environment).returncode == 0


def run(*arguments, environment):
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=PROJECT_DIR,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def drill(name, environment, results_dir):
    """Return what the drill wrote, and its figures by name."""
    done = run("loadtest", name, "--results", str(results_dir), environment=environment)
    path = results_dir / f"{name}.json"
    assert path.is_file(), done.stdout + done.stderr
    assert (results_dir / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    document = json.loads(path.read_text())
    assert document["num_questions"] > 0
    return document, {figure["name"]: figure for figure in document["figures"]}


@pytest.mark.timeout(400)
def test_replicas_come_and_go_with_the_load(environment, tmp_path):
    document, figures = drill("step", environment, tmp_path)
    assert figures[NO_FAILURE]["is_met"], document["single_attempts_failed"]
    assert figures["load step to the first answer of a new replica"]["value"] is not None
    assert figures["replicas left over after the load"]["is_met"]


@pytest.mark.timeout(400)
def test_a_model_is_rolled_under_load_and_a_broken_one_is_not(environment, tmp_path):
    document, figures = drill("roll", environment, tmp_path)
    assert figures[NO_FAILURE]["is_met"], document["single_attempts_failed"]
    assert figures["orders that ended otherwise than they should"]["is_met"], document["events"]
    version = document["model_version"]
    assert set(document["answers_by_version"]) == {version, f"{version}-rolled"}


@pytest.mark.timeout(400)
def test_a_killed_replica_is_replaced_behind_the_callers_back(environment, tmp_path):
    document, figures = drill("kill", environment, tmp_path)
    assert figures[NO_FAILURE]["is_met"], document["single_attempts_failed"]
    names = [event["name"] for event in document["events"]]
    assert sum(name.startswith("killed") for name in names) == 2
    assert sum(name.endswith("replicas again") for name in names) == 2


@pytest.mark.timeout(120)
def test_every_kind_of_user_gets_right_answers_and_a_report_is_left(environment, tmp_path):
    arguments = ("load", "--shape", "smoke", "--output", str(tmp_path))
    done = run("loadtest", *arguments, environment=environment)
    path = tmp_path / "report.json"
    assert path.is_file(), done.stdout + done.stderr
    document = json.loads(path.read_text())
    figures = {figure["name"]: figure for figure in document["figures"]}
    assert figures[NO_FAILURE]["is_met"], document["faults"]
    assert set(document["kinds"]) == {
        "prediction",
        "batch",
        "upload",
        "upload check",
        "dashboard",
    }
    assert all(kind["from_due"]["num_answered"] > 1 for kind in document["kinds"].values())
    assert document["replicas"]
    assert (tmp_path / "report.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "seconds.csv").read_text().startswith("at_s,due_rps,answered_rps")
    assert "<html" in (tmp_path / "locust.html").read_text()


class Callers:
    """Two callers who ask again and again; who answered is counted, and what failed."""

    def __init__(self, environment, image_bytes):
        key = Path(environment["LEAFRAY_HOME"], "keys", "admin.key").read_text().strip()
        self._request = urllib.request.Request(
            f"http://127.0.0.1:{environment['LEAFRAY_HTTP_PORT']}/v1/predictions",
            data=image_bytes,
            headers={"Authorization": f"Bearer {key}", "Content-Type": "image/jpeg"},
        )
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(2)]
        self.versions: Counter[str] = Counter()
        self.failures: list[str] = []

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self):
        while not self._is_over.is_set():
            try:
                with urllib.request.urlopen(self._request, timeout=30) as answer:
                    self.versions[json.load(answer)["model_version"]] += 1
            except (OSError, ValueError, KeyError) as error:
                self.failures.append(repr(error))


@pytest.mark.timeout(400)
def test_a_promotion_and_its_roll_back_lose_no_request(environment, tmp_path, drawn_leaf_bytes):
    champion = load_card(CHAMPION_DIR).model_version
    better_dir = copy_as_other_version(CHAMPION_DIR, tmp_path / "better")
    better = load_card(better_dir).model_version
    broken_dir = tmp_path / "broken"
    copy_as_broken(better_dir, broken_dir)
    broken = load_card(broken_dir).model_version
    for folder in (better_dir, broken_dir):
        done = run("train_jobs", "register", str(folder), environment=environment)
        assert done.returncode == 0, done.stderr

    with Callers(environment, drawn_leaf_bytes) as callers:
        promoted = run("cluster", "promote", better, environment=environment)
        refused = run("cluster", "promote", broken, environment=environment)
        status = run("cluster", "status", "--json", environment=environment)
        taken_back = run("cluster", "rollback", environment=environment)
    assert callers.failures == []
    assert set(callers.versions) == {champion, better}
    assert promoted.returncode == 0, promoted.stderr
    assert refused.returncode == 1
    assert f"{better} goes on" in refused.stderr
    assert json.loads(status.stdout)["artifact_dir"].endswith(f"/{better}")
    assert taken_back.returncode == 0, taken_back.stderr

    with Callers(environment, drawn_leaf_bytes) as callers:
        history = run("cluster", "history", "--json", environment=environment)
    assert set(callers.versions) == {champion}
    told = [json.loads(line) for line in history.stdout.splitlines()]
    assert [(entry["subject"], entry["outcome"]) for entry in told] == [
        (better, "started"),
        (better, "done"),
        (broken, "started"),
        (broken, "failed"),
        (champion, "started"),
        (champion, "done"),
    ]


@pytest.mark.timeout(400)
def test_a_retraining_run_is_a_job_of_the_cluster(environment, tmp_path):
    for class_idx, name in enumerate(("Apple___Apple_scab", "Grape___healthy")):
        (tmp_path / name).mkdir()
        for number in range(10):
            leaf = draw_leaf(100 * class_idx + number, size_px=128, class_idx=class_idx)
            (tmp_path / name / f"{number}.jpg").write_bytes(encode_jpeg(leaf))
    run_id = "retrain-as-job"
    arguments = ("retrain", "--config", "smoke", "--data", str(tmp_path), "--run-id", run_id)
    done = subprocess.run(
        [
            Path(sys.executable).with_name("ray"),
            *("job", "submit", "--working-dir", "."),
            *("--address", f"http://127.0.0.1:{environment['LEAFRAY_DASHBOARD_PORT']}"),
            *("--", "python", "-m", "train_jobs", *arguments),
        ],
        cwd=PROJECT_DIR,
        env={**environment, "RAY_AUTH_MODE": "token"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    status = load_status(Settings(home=Path(environment["LEAFRAY_HOME"])).layout, run_id)
    assert status.status in (RunState.REJECTED, RunState.SUCCEEDED)
    assert status.verdict is not None
    assert status.verdict["numbers"]["new_data/num_samples"] > 0
