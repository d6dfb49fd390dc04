"""`ray up` on three machines, predictions and a retraining job there, and `ray down`.

The launcher's file is the one that people use; addresses, key and the places of three small files
are this test's. The machines are namespaces of this one, see `machines/site.py`.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from cluster.run_status import RunState, load_status
from cluster.settings import Settings
from tests.drawn_photos import draw_photos
from tests.nodes.machines.administrator import DASHBOARD, PROJECT_DIR, RAY, Administrator
from tests.nodes.machines.debian import make_debian
from tests.nodes.machines.site import PROGRAMS, SHARED_DIR, Site

HEAD, *WORKERS = ("head", "worker-1", "worker-2")
RUN_ID = "retrain-on-machines"
# What the TLS proxy answers to whoever has no key.
STATUSES = {"/readyz": 200, "/v1/model": 401, "/metrics": 404, "/-/routes": 404}
# What each step took, for DEPLOY.md.
SECONDS_PATH = PROJECT_DIR / "var" / "nodes" / "launcher-seconds.json"


@pytest.fixture(scope="module")
def debian():
    if os.geteuid() != 0:
        pytest.skip("machines are namespaces, which root alone can make")
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}: python -m requirements.system_packages nodes")
    make_debian()


@pytest.fixture
def site(debian, tmp_path):
    with Site(tmp_path, (HEAD, *WORKERS)) as site:
        yield site


@pytest.fixture
def outsider():
    """A process outside that bears a name which `ray stop` looks for."""
    process = subprocess.Popen(["raylet", "600"], executable=shutil.which("sleep"))
    yield process
    process.kill()
    process.wait()


@pytest.mark.timeout(600, func_only=True)
def test_a_cluster_of_machines_is_made_used_and_ended(
    site, outsider, drawn_leaf_bytes, monkeypatch
):
    for name in site.machines:
        # Before anything says `ray stop` there: it sees nothing of ours.
        seen = site.ssh(name, "ps -e -o args=").stdout
        assert "systemd" in seen
        assert "raylet" not in seen
    monkeypatch.chdir(PROJECT_DIR)
    administrator = Administrator(site)
    photo = site.home / "leaf.jpg"
    photo.write_bytes(drawn_leaf_bytes)
    draw_photos(site.shared_dir / "photos")

    up = (RAY, "up", "--yes", administrator.launcher_file)
    administrator.say("ray up", *up, timeout_s=300)
    with administrator.dashboard():
        with administrator.timed("workers"):
            administrator.wait_for_nodes(len(site.machines), timeout_s=270)
        administrator.trust_the_proxy()
        with administrator.timed("first prediction"):
            answer = administrator.predict(photo, timeout_s=90)
        assert answer["is_known"] is False
        assert {path: administrator.get_status(path) for path in STATUSES} == STATUSES
        submit_retraining(administrator)
    assert_retrained(site)
    # Replicas and training keep off the head.
    assert find_on(site, HEAD, "ServeReplica") == ""
    assert [name for name in WORKERS if find_on(site, name, "ServeReplica")]

    # As one does for new code.
    administrator.say("ray up again", *up, timeout_s=120)
    with administrator.timed("first prediction after it"):
        again = administrator.predict(photo, timeout_s=120)
    assert again["probability"] == answer["probability"]

    stop = (RAY, "exec", administrator.launcher_file, "/app/cluster/nodes/stop.sh")
    administrator.say("stop.sh", *stop)
    administrator.say("ray down", RAY, "down", "--yes", administrator.launcher_file)
    assert {name: find_on(site, name, "raylet") for name in site.machines} == dict.fromkeys(
        site.machines, ""
    )
    assert outsider.poll() is None
    SECONDS_PATH.write_text(json.dumps(administrator.seconds, indent=2) + "\n")


def submit_retraining(administrator: Administrator) -> None:
    submit = (RAY, "job", "submit", f"--address={DASHBOARD}", "--entrypoint-num-cpus=1")
    where = ("--entrypoint-resources", '{"train": 0.01}', "--")
    retrain = ("python", "-m", "train_jobs", "retrain", "--config=smoke", "--require-approval")
    what = (f"--data={SHARED_DIR}/photos", f"--run-id={RUN_ID}")
    administrator.say("job", *submit, *where, *retrain, *what, timeout_s=240)


def assert_retrained(site: Site) -> None:
    status = load_status(Settings(home=site.shared_dir).layout, RUN_ID)
    assert status.status in (RunState.REJECTED, RunState.AWAITING_APPROVAL)
    assert status.verdict is not None
    assert status.verdict["numbers"]["new_data/num_samples"] > 0
    # A worker told it to MLflow on the head.
    with closing(sqlite3.connect(site.shared_dir / "mlflow.db")) as tracking:
        (num_runs,) = tracking.execute("SELECT count(*) FROM runs").fetchone()
    assert num_runs > 0


def find_on(site: Site, name: str, mark: str) -> str:
    """Return the command lines on a machine that bear this mark."""
    # Brackets, so that the command does not find itself.
    return site.ssh(name, f"ps -e -o args= | grep '[{mark[0]}]{mark[1:]}' || true").stdout


def test_a_site_leaves_nothing_behind(debian, tmp_path):
    with Site(tmp_path, ("alone",)) as site:
        state = site.ssh("alone", "systemctl is-system-running --wait").stdout.strip()
        members = site.list_processes()
    assert state == "running"
    assert len(members) > 5
    assert [process for process in members if process.is_running()] == []
    assert str(tmp_path) not in Path("/proc/self/mountinfo").read_text()
    assert str(tmp_path) not in read_loop_files()
    assert list(Path("/sys/fs/cgroup").glob(f"**/leafray-{os.getpid()}-*")) == []


def test_a_site_ends_with_a_process_that_is_killed(debian, tmp_path):
    code = (
        "import pathlib, sys, time; from tests.nodes.machines.site import Site\n"
        "with Site(pathlib.Path(sys.argv[1]), ['alone']) as site:\n"
        "    print(*[process.pid for process in site.list_processes()], flush=True)\n"
        "    time.sleep(100)"
    )
    command = [sys.executable, "-c", code, tmp_path]
    with subprocess.Popen(command, cwd=PROJECT_DIR, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pids = {int(pid) for pid in owner.stdout.readline().split()}
        members = [process for process in psutil.process_iter() if process.pid in pids]
        owner.kill()
    _, alive = psutil.wait_procs(members, timeout=20)
    assert len(members) > 5
    assert alive == []
    assert str(tmp_path) not in read_loop_files()


def read_loop_files() -> str:
    """Return the files that are mounted as disks on this machine."""
    files = Path("/sys/block").glob("loop*/loop/backing_file")
    return "".join(path.read_text() for path in files)
