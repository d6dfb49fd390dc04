"""``python -m loadtest load|step|roll|kill`` on a running cluster: nobody's request fails.

How soon replicas come depends on what else the machine does, so times are judged by the commands
on a quiet machine and not here.
"""

import json
import subprocess
import sys
import threading
import urllib.request
from collections import Counter
from pathlib import Path

import pytest

from cluster.run_status import RunState, load_status
from cluster.settings import Settings
from loadtest.artifact_copies import copy_as_broken, copy_as_other_version
from models.artifact import load_card
from tests.drawn_photos import draw_photos

PROJECT_DIR = Path(__file__).resolve().parents[2]
NO_FAILURE = "failed requests, after the client's own attempts"


def drill(name, leafray, results_dir):
    """Return what the drill wrote, and its figures by name."""
    done = leafray.call("loadtest", name, "--results", str(results_dir))
    path = results_dir / f"{name}.json"
    assert path.is_file(), done.stdout + done.stderr
    assert (results_dir / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    document = json.loads(path.read_text())
    assert document["num_questions"] > 0
    return document, {figure["name"]: figure for figure in document["figures"]}


@pytest.mark.timeout(400)
def test_replicas_come_and_go_with_the_load(leafray, tmp_path):
    document, figures = drill("step", leafray, tmp_path)
    assert figures[NO_FAILURE]["is_met"], document["single_attempts_failed"]
    assert figures["load step to the first answer of a new replica"]["value"] is not None
    assert figures["replicas left over after the load"]["is_met"]


@pytest.mark.timeout(400)
def test_a_model_is_rolled_under_load_and_a_broken_one_is_not(leafray, tmp_path):
    document, figures = drill("roll", leafray, tmp_path)
    assert figures[NO_FAILURE]["is_met"], document["single_attempts_failed"]
    assert figures["orders that ended otherwise than they should"]["is_met"], document["events"]
    version = document["model_version"]
    assert set(document["answers_by_version"]) == {version, f"{version}-rolled"}


@pytest.mark.timeout(400)
def test_a_killed_replica_is_replaced_behind_the_callers_back(leafray, tmp_path):
    document, figures = drill("kill", leafray, tmp_path)
    assert figures[NO_FAILURE]["is_met"], document["single_attempts_failed"]
    names = [event["name"] for event in document["events"]]
    assert sum(name.startswith("killed") for name in names) == 2
    assert sum(name.endswith("replicas again") for name in names) == 2


@pytest.mark.timeout(120)
def test_every_kind_of_user_gets_right_answers_and_a_report_is_left(leafray, tmp_path):
    arguments = ("load", "--shape", "smoke", "--output", str(tmp_path))
    done = leafray.call("loadtest", *arguments)
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

    def __init__(self, leafray, image_bytes):
        key = (leafray.home / "keys" / "admin.key").read_text().strip()
        port = leafray.environment["LEAFRAY_HTTP_PORT"]
        self._request = urllib.request.Request(
            f"http://127.0.0.1:{port}/v1/predictions",
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
def test_a_promotion_and_its_roll_back_lose_no_request(leafray, tmp_path, drawn_leaf_bytes):
    champion_dir = Path(json.loads(leafray.run("cluster", "status", "--json"))["artifact_dir"])
    champion = load_card(champion_dir).model_version
    better_dir = copy_as_other_version(champion_dir, tmp_path / "better")
    better = load_card(better_dir).model_version
    broken_dir = tmp_path / "broken"
    copy_as_broken(better_dir, broken_dir)
    broken = load_card(broken_dir).model_version
    for folder in (better_dir, broken_dir):
        done = leafray.call("train_jobs", "register", str(folder))
        assert done.returncode == 0, done.stderr

    with Callers(leafray, drawn_leaf_bytes) as callers:
        promoted = leafray.call("cluster", "promote", better)
        refused = leafray.call("cluster", "promote", broken)
        status = leafray.call("cluster", "status", "--json")
        taken_back = leafray.call("cluster", "rollback")
    assert callers.failures == []
    assert set(callers.versions) == {champion, better}
    assert promoted.returncode == 0, promoted.stderr
    assert refused.returncode == 1
    assert f"{better} goes on" in refused.stderr
    assert json.loads(status.stdout)["artifact_dir"].endswith(f"/{better}")
    assert taken_back.returncode == 0, taken_back.stderr

    with Callers(leafray, drawn_leaf_bytes) as callers:
        history = leafray.call("cluster", "history", "--json")
    assert set(callers.versions) == {champion}
    told = [json.loads(line) for line in history.stdout.splitlines()][-6:]
    assert [(entry["subject"], entry["outcome"]) for entry in told] == [
        (better, "started"),
        (better, "done"),
        (broken, "started"),
        (broken, "failed"),
        (champion, "started"),
        (champion, "done"),
    ]


@pytest.mark.timeout(400)
def test_a_retraining_run_is_a_job_of_the_cluster(leafray, tmp_path):
    draw_photos(tmp_path)
    run_id = "retrain-as-job"
    arguments = ("retrain", "--config", "smoke", "--data", str(tmp_path), "--run-id", run_id)
    done = subprocess.run(
        [
            Path(sys.executable).with_name("ray"),
            *("job", "submit", "--working-dir", "."),
            *("--address", f"http://127.0.0.1:{leafray.environment['LEAFRAY_DASHBOARD_PORT']}"),
            *("--", "python", "-m", "train_jobs", *arguments),
        ],
        cwd=PROJECT_DIR,
        env={**leafray.environment, "RAY_AUTH_MODE": "token"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    status = load_status(Settings(home=leafray.home).layout, run_id)
    assert status.status in (RunState.REJECTED, RunState.SUCCEEDED)
    assert status.verdict is not None
    assert status.verdict["numbers"]["new_data/num_samples"] > 0
