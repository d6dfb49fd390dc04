"""What is handed to Ray: command, environment, Serve configuration."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from cluster.haproxy import UNAVAILABLE, build_launcher
from cluster.head import build_command, build_environment
from cluster.ports import list_port_uses
from cluster.serve_config import (
    Candidate,
    build_serve_config,
    differ_in_models_alone,
    get_order,
)
from cluster.settings import Settings
from serve_app.inference.model_roll import ModelOrder
from serve_app.schemas import ErrorBody


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
    application, control = config["applications"]
    assert application["route_prefix"].startswith("/v1/predictions")
    assert control["route_prefix"] == "/"
    assert Settings.model_validate(control["args"]["settings"]) == settings
    args = application["args"]
    assert "/a" not in args.values()
    assert args["api_keys_path"] == "/k.json"
    (deployment,) = application["deployments"]
    assert 0 < deployment["max_queued_requests"] <= 4096
    assert deployment["max_surge_percent"] == 100
    # What waits, waits in the replica's own queue, which answers in the words of the contract.
    assert deployment["max_ongoing_requests"] > args["max_waiting"] + 1
    # All replicas and the successors of all find room at once.
    scaling = deployment["autoscaling_config"]
    cpus = deployment["ray_actor_options"]["num_cpus"]
    assert 2 * scaling["max_replicas"] * cpus <= settings.ray_cpus
    assert scaling["metrics_interval_s"] < scaling["look_back_period_s"]
    assert scaling["look_back_period_s"] < scaling["downscale_delay_s"]


def test_a_laptop_has_one_replica_for_each_core_at_most(tmp_path):
    assert Settings(home=tmp_path, num_cpus=8).most_replicas == 8
    assert Settings(home=tmp_path, num_cpus=8, max_replicas=3).most_replicas == 3
    assert Settings(home=tmp_path, num_cpus=2, min_replicas=5).most_replicas == 5
    assert Settings(home=tmp_path).min_replicas == 1


def test_another_model_is_another_order_and_nothing_else(settings):
    def build(artifact_dir, candidate=None):
        return build_serve_config(
            settings,
            artifact_dir=Path(artifact_dir),
            api_keys_path=Path("/k.json"),
            candidate=candidate,
        )

    first, second = build("/a"), build("/b")
    trial = build("/a", Candidate(artifact_dir=Path("/b"), canary_percent=5))
    orders = [get_order(config) for config in (first, second, trial)]
    assert len({order["order_id"] for order in orders}) == 3
    assert get_order(build("/a")) == orders[0]
    for config, order in zip((first, second, trial), orders, strict=True):
        # Serve lets the replicas live where the order alone differs.
        config["applications"][0]["deployments"][0]["user_config"] = None
        assert config == build("/a") | {"applications": config["applications"]}
        assert config["applications"] == first["applications"]
        ModelOrder.model_validate(order)
    changed = build("/b")
    assert differ_in_models_alone(build("/a"), changed)
    changed["applications"][0]["args"]["max_waiting"] += 1
    assert not differ_in_models_alone(build("/a"), changed)


def test_every_fixed_port_has_its_own_variable(settings):
    uses = list_port_uses(settings)
    assert len({use.port for use in uses}) == len({use.variable for use in uses}) == len(uses)
    for use in uses:
        assert hasattr(settings, use.variable.removeprefix("LEAFRAY_").lower())


# What Ray 2.60 writes where Serve listens on all interfaces: the side ports do so in any case.
HAPROXY_CONFIG = """\
    errorfile 502 /ray/500.http
    errorfile 503 /ray/500.http
frontend prometheus
    bind :9101
frontend http_frontend
    bind *:8000
backend http-predict
    server SERVE_REPLICA--predict 127.0.0.12:30001 check
listen stats
  bind *:8404
"""


def mend(tmp_path, **options):
    """Return what the launcher makes of that, with a stand-in for HAProxy."""
    fake = tmp_path / "haproxy with space"
    fake.write_text('#!/bin/sh\necho "$@"\n')
    fake.chmod(0o700)
    launcher = tmp_path / "launcher"
    unavailable = tmp_path / "unavailable.http"
    launcher.write_text(build_launcher(fake, unavailable_path=unavailable, **options))
    config = tmp_path / "haproxy.cfg"
    config.write_text(HAPROXY_CONFIG)
    done = subprocess.run(
        ["/bin/sh", launcher, "-db", "-f", config, "-sf", "12"],
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    )
    assert done.stdout.split() == ["-db", "-f", str(config), "-sf", "12"]
    text = config.read_text()
    assert text.count(f"errorfile 502 {unavailable}\n") == 1
    assert text.count(f"errorfile 503 {unavailable}\n") == 1
    return re.findall(r"(?:bind|server \S+) \S+", text)


def test_the_haproxy_launcher_closes_the_side_ports_and_leaves_the_way_in(tmp_path):
    assert mend(tmp_path) == [
        "bind 127.0.0.1:9101",
        "bind *:8000",
        "server SERVE_REPLICA--predict 127.0.0.12:30001",
        "bind 127.0.0.1:8404",
    ]


def test_one_of_several_nodes_listens_on_its_own_address_alone(tmp_path):
    assert mend(tmp_path, node_ip="127.0.0.13") == [
        "bind 127.0.0.13:9101",
        "bind 127.0.0.13:8000",
        "server SERVE_REPLICA--predict 127.0.0.1:30001",
        "bind 127.0.0.13:8404",
    ]


# Serve's own modules warn.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_rays_template_has_the_sections_that_the_launcher_looks_for():
    from ray.serve._private.haproxy_templates import HAPROXY_CONFIG_TEMPLATE

    for line in ("frontend prometheus\n    bind :{{", "listen stats\n  bind *:{{"):
        assert HAPROXY_CONFIG_TEMPLATE.count(line) == 1


def test_haproxy_refuses_in_the_words_of_the_contract():
    head, _, body = UNAVAILABLE.partition("\r\n\r\n")
    status, *headers = head.split("\r\n")
    assert status == "HTTP/1.1 503 Service Unavailable"
    assert f"Content-Length: {len(body)}" in headers
    assert "Retry-After: 1" in headers
    assert ErrorBody.model_validate_json(body).code == "busy"
