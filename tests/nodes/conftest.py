"""One cluster of three nodes for the ring.

A test leaves all nodes up: `nodes` starts again what one has killed.
"""

import shutil
import time

import pytest

from cluster.http_probe import wait_for
from cluster.local_nodes import life
from cluster.local_nodes.nodes import NODES
from cluster.processes import load_record
from cluster.serve_control import get_applications
from cluster.settings import Settings
from serve_app.client import LeafrayClient
from tests.installation import Installation
from tests.nodes.callers import Callers

MEASURED = pytest.StashKey[list[str]]()
IPS = {node.ip: node.name for node in NODES}


class NodesInstallation(Installation):
    """Three nodes, which can be killed one by one."""

    def __init__(self, home):
        super().__init__(home)
        ports = {
            name.removeprefix("LEAFRAY_").lower(): value
            for name, value in self.environment.items()
            if name.startswith("LEAFRAY_") and name.endswith("_PORT")
        }
        self.settings = Settings.model_validate({"home": home, **ports})
        # What `nodes up` tells to export.
        self.environment["MLFLOW_TRACKING_URI"] = self.settings.mlflow_url

    def up(self):
        """Start what does not run; return how long that took."""
        started_s = time.monotonic()
        self.run("cluster", "nodes", "up")
        return time.monotonic() - started_s

    def kill(self, name):
        """End a node at this very moment: the command would think for a second first."""
        life.kill(self.settings, name, report=lambda line: None)

    def find_node_of_process(self, process):
        """Return the node whose Ray has started a process."""
        roots = {
            record.pid: node.name
            for node in NODES
            if (record := load_record(self.settings.layout.pid_path(node.service)))
        }
        return next(roots[parent.pid] for parent in process.parents() if parent.pid in roots)

    def list_replicas(self):
        """Return application, node and pid of each replica that takes requests."""
        return [
            (name, IPS[replica["node_ip"]], replica["pid"])
            for name, application in get_applications(self.settings).items()
            for deployment in application["deployments"].values()
            for replica in deployment["replicas"]
            if replica["state"] == "RUNNING"
        ]

    def find_node_of(self, application):
        """Return the node of the first replica of an application."""
        return next(node for name, node, _ in self.list_replicas() if name == application)

    def wait_for_replicas(self, *, without=None, timeout_s=120):
        """Wait until two replicas compute, none on a lost node; return how long that took."""
        started_s = time.monotonic()

        def are_there():
            where = [node for name, node, _ in self.list_replicas() if name == "predict"]
            return len(where) == 2 and without not in where

        assert wait_for(are_there, timeout_s=timeout_s, poll_s=0.5), self.list_replicas()
        return time.monotonic() - started_s

    def connect(self):
        secret = self.settings.layout.admin_key_path.read_text().strip()
        return LeafrayClient(self.settings.http_url, secret)


@pytest.fixture(scope="session")
def cluster_of_nodes(request, tmp_path_factory):
    if shutil.which("redis-server") is None:
        pytest.skip("needs Debian's redis-server and postgresql: make test-nodes installs them")
    nodes = NodesInstallation(tmp_path_factory.mktemp("nodes"))
    try:
        up_s = nodes.up()
        request.config.stash.setdefault(MEASURED, []).append(f"`nodes up` of nothing: {up_s:.1f} s")
        yield nodes
    finally:
        nodes.run("cluster", "down")
        shutil.rmtree(nodes.settings.layout.ray_dir, ignore_errors=True)


@pytest.fixture
def nodes(cluster_of_nodes):
    """The cluster with all its nodes and two replicas."""
    cluster_of_nodes.up()
    cluster_of_nodes.wait_for_replicas()
    return cluster_of_nodes


@pytest.fixture
def callers(nodes):
    """Two callers, who ask within `with callers:`."""
    return Callers(nodes)


@pytest.fixture
def say(request):
    """Take a line with measured times, which is printed at the end of all tests."""
    return request.config.stash.setdefault(MEASURED, []).append


def pytest_terminal_summary(terminalreporter, config):
    lines = config.stash.get(MEASURED, [])
    if lines:
        terminalreporter.section("measured")
    for line in lines:
        terminalreporter.write_line(line)
