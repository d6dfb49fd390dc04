"""What is handed to Ray: command, environment, Serve configuration."""

import subprocess
import sys
from pathlib import Path

import pytest

from cluster.head import build_command, build_environment, build_haproxy_launcher
from cluster.ports import list_port_uses
from cluster.serve_control import build_serve_config
from cluster.settings import Settings


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path)


def test_the_head_listens_on_loopback_and_stays_one_family(settings):
    command = build_command(settings)
    assert command[1:4] == ["start", "--head", "--block"]
    assert "--node-ip-address=127.0.0.1" in command
    assert "--dashboard-host=127.0.0.1" in command
    assert f"--temp-dir={settings.layout.ray_dir}" in command


def test_flags_that_do_harm_are_not_inherited(settings):
    base = {
        "HOME": "/somewhere",
        "RAY_ADDRESS": "10.0.0.1:6379",
        "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
        "RAY_AUTH_MODE": "disabled",
        "RAY_worker_niceness": "15",
    }
    environment = build_environment(settings, base)
    assert environment["HOME"] == "/somewhere"
    assert environment["PATH"].split(":")[0] == str(Path(sys.executable).parent)
    assert environment["RAY_AUTH_MODE"] == "token"
    assert environment["RAY_worker_niceness"] == "0"
    assert environment["RAY_SERVE_ENABLE_HA_PROXY"] == "1"
    assert "RAY_ADDRESS" not in environment
    assert "RAY_SERVE_THROUGHPUT_OPTIMIZED" not in environment


def test_the_serve_configuration_is_bounded(settings):
    config = build_serve_config(settings, artifact_dir=Path("/a"), api_keys_path=Path("/k.json"))
    assert config["http_options"] == {"host": "127.0.0.1", "port": 8000}
    (application,) = config["applications"]
    assert application["args"] == {
        "artifact_dir": "/a",
        "api_keys_path": "/k.json",
        "requests_per_minute": 60_000,
        "cors_origins": [],
    }
    (deployment,) = application["deployments"]
    assert 0 < deployment["max_queued_requests"] <= 4096
    assert deployment["max_surge_percent"] == 100


def test_every_fixed_port_has_its_own_variable(settings):
    uses = list_port_uses(settings)
    assert len({use.port for use in uses}) == len({use.variable for use in uses}) == len(uses)
    for use in uses:
        assert hasattr(settings, use.variable.removeprefix("LEAFRAY_").lower())


def test_the_haproxy_launcher_moves_side_ports_to_loopback(tmp_path):
    fake = tmp_path / "haproxy with space"
    fake.write_text('#!/bin/sh\necho "$@"\n')
    fake.chmod(0o700)
    launcher = tmp_path / "launcher"
    launcher.write_text(build_haproxy_launcher(fake))
    config = tmp_path / "haproxy.cfg"
    config.write_text("    bind :9101\n    bind 127.0.0.1:8000\n  bind *:8404\n")
    done = subprocess.run(
        ["/bin/sh", launcher, "-db", "-f", config, "-sf", "12"],
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    )
    assert done.stdout.split() == ["-db", "-f", str(config), "-sf", "12"]
    assert config.read_text() == (
        "    bind 127.0.0.1:9101\n    bind 127.0.0.1:8000\n  bind 127.0.0.1:8404\n"
    )
