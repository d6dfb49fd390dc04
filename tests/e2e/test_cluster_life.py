"""The local cluster from start to stop, by the commands that a person types.

A tiny application stands in for the service, other ports than the default ones are used, and the
home is temporary, so that a running Leafray is not disturbed.
"""

import contextlib
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import psutil
import pytest

from cluster.bring_up import SERVICES
from cluster.errors import JobError
from cluster.http_probe import wait_for
from cluster.ports import is_taken, list_port_uses
from cluster.processes import load_record
from cluster.ray_jobs import RayJobs, RayJobState
from cluster.settings import Settings

TINY_APP = """
from fastapi import FastAPI
from ray import serve

api, control_api = FastAPI(), FastAPI()

@serve.deployment(name="PredictService")
@serve.ingress(api)
class PredictService:
    async def reconfigure(self, order):
        if "broken" in order["artifact_dir"]:
            raise RuntimeError("the tiny application is broken")
        self.order_id = order["order_id"]

    # Below the prefix of the application.
    @api.get("/replica")
    async def replica(self):
        replica_id = serve.get_replica_context().replica_id.unique_id
        roll = {"order_id": self.order_id, "roll_state": "serving", "roll_reason": None}
        return {"replica_id": replica_id, **roll}

@serve.deployment(name="ControlService")
@serve.ingress(control_api)
class ControlService:
    @control_api.get("/readyz")
    async def readyz(self):
        return {"ready": True}

def build_app(args):
    return PredictService.bind()

def build_control(args):
    return ControlService.bind()
"""


def free_ports(count):
    """Return ports that neither the system (from 32768) nor Ray's workers (to 19999) hand out."""
    # Two runs at once must not choose the same ones: each starts where its process number says.
    first = 21000 + os.getpid() * 20 % 8000
    return [port for port in range(first, 32000) if not is_taken(port)][:count]


def make_artifact(folder):
    folder.mkdir()
    (folder / "model.onnx").write_bytes(b"weights")
    files = {"model.onnx": hashlib.sha256(b"weights").hexdigest()}
    card = {"model_version": "v1", "files": files, "metrics": {}}
    (folder / "card.json").write_text(json.dumps(card))
    return folder


class Cluster:
    """One installation in a temporary home, driven through the command line."""

    def __init__(self, folder):
        (folder / "app").mkdir()
        (folder / "app" / "tiny_predict_app.py").write_text(TINY_APP)
        self.artifact_dir = make_artifact(folder / "artifact")
        self.broken_dir = make_artifact(folder / "broken")
        self.home = folder / "home"
        variables = [use.variable for use in list_port_uses(Settings(home=self.home))]
        ports = dict(zip(variables, map(str, free_ports(len(variables))), strict=True))
        self.env_of_jobs = {**ports, "LEAFRAY_HOME": str(self.home)}
        self.env = {
            **os.environ,
            **self.env_of_jobs,
            "LEAFRAY_SERVE_IMPORT_PATH": "tiny_predict_app:build_app",
            "LEAFRAY_CONTROL_IMPORT_PATH": "tiny_predict_app:build_control",
            "LEAFRAY_NUM_CPUS": "2",
            "PYTHONPATH": str(folder / "app"),
        }
        numbers = {name[8:].lower(): int(port) for name, port in ports.items()}
        self.settings = Settings.model_validate({"home": self.home, **numbers})

    def run(self, *arguments, timeout_s=240):
        return subprocess.run(
            [sys.executable, "-m", "cluster", *arguments],
            env=self.env,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def up(self):
        return self.run("up", "--artifact", str(self.artifact_dir))

    def processes(self):
        found = []
        for process in psutil.process_iter():
            try:
                owns = str(self.home) in process.environ().get("LEAFRAY_SERVICE_OF", "")
                named = str(self.settings.layout.ray_dir) in " ".join(process.cmdline())
                if (owns or named) and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def services(self):
        """Return the processes that a start makes once, by name.

        Ray's idle workers come and go by themselves, and Serve reloads HAProxy into a new process.
        """
        marks = {
            "raylet": "/raylet/raylet",
            "gcs_server": "/gcs_server",
            "replica": "ray::ServeReplica",
        }
        layout = self.settings.layout
        records = [(name, load_record(layout.pid_path(name))) for name in SERVICES]
        found = {(name, record.pid) for name, record in records if record is not None}
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                command = " ".join(process.cmdline())
                found |= {(name, process.pid) for name, mark in marks.items() if mark in command}
        return found


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    done = cluster.run("down")
    shutil.rmtree(cluster.settings.layout.ray_dir)
    assert done.returncode == 0, done.stderr


@pytest.mark.timeout(600)
def test_start_crash_start_stop(cluster):
    done = cluster.up()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[5/5]" in done.stdout
    with urllib.request.urlopen(f"{cluster.settings.http_url}/readyz", timeout=5) as answer:
        assert answer.status == 200

    # The dashboard starts programs for whoever reaches it: without the token, nothing.
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{cluster.settings.dashboard_url}/api/jobs/", timeout=5)
    assert refused.value.code == 401

    ours = {process.pid for process in cluster.processes()}
    for connection in psutil.net_connections(kind="tcp4"):
        if connection.pid in ours and connection.status == psutil.CONN_LISTEN:
            assert connection.laddr, connection
            assert connection.laddr.ip == "127.0.0.1", connection

    services = cluster.services()
    assert {name for name, _ in services} == {"raylet", "gcs_server", "replica", *SERVICES}
    started_s = time.monotonic()
    again = cluster.up()
    assert again.returncode == 0, again.stdout + again.stderr
    assert time.monotonic() - started_s < 10
    assert cluster.services() == services

    status = json.loads(cluster.run("status", "--json").stdout)
    assert status["is_ready"]
    assert status["artifact_dir"] == str(cluster.artifact_dir)

    check_jobs(cluster)

    record = load_record(cluster.settings.layout.pid_path("ray-head"))
    assert record is not None
    os.kill(record.pid, signal.SIGKILL)
    assert cluster.run("status").returncode == 3
    healed = cluster.up()
    assert healed.returncode == 0, healed.stdout + healed.stderr
    assert "Cleared away" in healed.stdout

    broken = cluster.run("up", "--artifact", str(cluster.broken_dir))
    assert broken.returncode == 1
    assert "the tiny application is broken" in broken.stderr

    stopped = cluster.run("down")
    assert stopped.returncode == 0, stopped.stderr
    assert cluster.processes() == []
    assert cluster.run("down").stdout.strip() == "Nothing to stop."


def check_jobs(cluster):
    """Let a job end by itself and another be stopped, and read what the first one printed."""
    jobs = RayJobs(cluster.settings)
    assert jobs.find("unheard-of") is None
    assert jobs.read_logs("unheard-of") == ""
    assert not jobs.stop("unheard-of")

    jobs.submit("tells", ["cluster", "status", "--json"], environment=cluster.env_of_jobs)
    assert wait_for(lambda: has_state(jobs, "tells", RayJobState.SUCCEEDED), timeout_s=60)
    assert json.loads(jobs.read_logs("tells").strip().splitlines()[-1])["is_ready"]
    with pytest.raises(JobError, match="tells"):
        jobs.submit("tells", ["cluster", "status"], environment={})

    jobs.submit("waits", ["http.server", "0", "--bind", "127.0.0.1"], environment={})
    assert wait_for(lambda: has_state(jobs, "waits", RayJobState.RUNNING), timeout_s=60)
    assert jobs.stop("waits")
    assert wait_for(lambda: has_state(jobs, "waits", RayJobState.STOPPED), timeout_s=60)


def has_state(jobs, job_id, state):
    job = jobs.find(job_id)
    assert job is not None
    return job.state is state


@pytest.mark.timeout(60)
def test_a_taken_port_stops_the_start_before_anything_runs(cluster):
    with socket.create_server(("127.0.0.1", cluster.settings.http_port)):
        done = cluster.up()
    assert done.returncode == 1
    assert f"Port {cluster.settings.http_port}" in done.stderr
    assert str(os.getpid()) in done.stderr
    assert cluster.processes() == []
