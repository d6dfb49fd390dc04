"""``python -m loadtest step|roll|kill`` on a cluster of its own: nobody's request fails.

How soon replicas come depends on what else the machine does, so times are judged by the commands
on a quiet machine and not here.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cluster.ports import is_taken, list_port_uses
from cluster.settings import Settings

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
