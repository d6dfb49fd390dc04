"""A cluster of several nodes on one machine: what is handed to Ray, HAProxy, MLflow and Redis."""

import ipaddress
import json
import subprocess

import pytest

from cluster.errors import ProcessError
from cluster.haproxy import UNAVAILABLE, find_haproxy
from cluster.local_nodes import entrance, redis_store, tracking
from cluster.local_nodes.life import kill
from cluster.local_nodes.nodes import HEAD, NODES, WORKERS, build_command, build_environment
from cluster.local_nodes.plan import Plan, load_plan, make_plan, save_plan, to_nodes_settings
from cluster.manifests import build_cluster_serve_config, spread
from cluster.registry import find_artifact_location
from cluster.serve_config import build_serve_config
from cluster.settings import Settings


@pytest.fixture
def settings(tmp_path):
    return to_nodes_settings(Settings(home=tmp_path))


@pytest.fixture
def plan():
    return Plan(postgres_port=40001, redis_port=40002, object_store_port=40003, secret="s" * 48)


def test_every_node_has_an_address_on_this_machine_that_nobody_else_uses():
    addresses = [ipaddress.ip_address(node.ip) for node in NODES]
    assert all(address.is_loopback for address in addresses)
    # Ray takes 127.0.0.1 for "whichever card leads outside".
    assert len({*addresses, ipaddress.ip_address("127.0.0.1")}) == len(NODES) + 1


def test_the_head_keeps_its_state_in_redis_and_works_for_nobody(settings, plan):
    command = build_command(settings, plan, HEAD)
    assert {"--head", "--num-cpus=0", "--dashboard-host=127.0.0.1"} <= set(command)
    assert f"--redis-password={plan.secret}" in command
    environment = build_environment(settings, plan, HEAD, {})
    assert environment["RAY_REDIS_ADDRESS"] == "127.0.0.1:40002"


@pytest.mark.parametrize("node", WORKERS, ids=lambda node: node.name)
def test_a_worker_joins_the_head_and_says_what_it_is_for(settings, plan, node):
    command = build_command(settings, plan, node)
    assert f"--address={HEAD.ip}:{settings.ray_port}" in command
    (resources,) = (word for word in command if word.startswith("--resources="))
    assert json.loads(resources.partition("=")[2]) == {"serve": 1, "train": 1}
    assert plan.secret not in " ".join(command)
    assert "RAY_REDIS_ADDRESS" not in build_environment(settings, plan, node, {})


@pytest.mark.parametrize("node", NODES, ids=lambda node: node.name)
def test_a_node_waits_for_the_next_head_and_asks_the_server_of_mlflow(settings, plan, node):
    environment = build_environment(settings, plan, node, {})
    assert float(environment["RAY_gcs_rpc_server_reconnect_timeout_s"]) >= 600
    assert environment["MLFLOW_TRACKING_URI"] == settings.mlflow_url
    assert environment["RAY_AUTH_MODE"] == "token"
    # With it no second node may join.
    assert "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER" not in environment
    launchers = {
        build_environment(settings, plan, other, {})["RAY_SERVE_HAPROXY_BINARY_PATH"]
        for other in NODES
    }
    assert len(launchers) == len(NODES)


def test_the_service_runs_by_the_configuration_of_clusters_elsewhere(settings, tmp_path):
    config = build_serve_config(settings, artifact_dir=tmp_path, api_keys_path=tmp_path)
    here = spread(config)
    elsewhere = build_cluster_serve_config()
    assert here["proxy_location"] == elsewhere["proxy_location"]
    for ours, theirs in zip(here["applications"], elsewhere["applications"], strict=True):
        (deployment,), (other,) = ours["deployments"], theirs["deployments"]
        assert deployment["ray_actor_options"] == other["ray_actor_options"]
    (predict,) = here["applications"][0]["deployments"]
    assert predict["autoscaling_config"]["min_replicas"] == len(WORKERS)
    # And the configuration that it was made from is as it was.
    assert config["proxy_location"] == "HeadOnly"


def test_haproxy_takes_the_configuration_of_the_entrance(settings, tmp_path):
    unavailable_path = tmp_path / "unavailable.http"
    unavailable_path.write_bytes(UNAVAILABLE.encode())
    path = tmp_path / "entrance.cfg"
    path.write_text(entrance.build_config(settings, unavailable_path))
    done = subprocess.run(
        [find_haproxy(), "-c", "-f", path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "[WARNING]" not in done.stderr
    for node in NODES:
        assert f"server {node.name} {node.ip}:{settings.http_port}\n" in path.read_text()


def test_passwords_stand_in_files_and_environments_and_not_in_arguments(settings, plan):
    assert f"requirepass {plan.secret}\n" in redis_store.build_config(plan)
    assert "bind 127.0.0.1\n" in redis_store.build_config(plan)
    environment = tracking.build_environment(plan)
    # Without a driver's name SQLAlchemy 2.1 looks for psycopg 3.
    assert environment["MLFLOW_BACKEND_STORE_URI"].startswith("postgresql+psycopg2://mlflow:")
    assert plan.secret not in " ".join(tracking.build_command(settings))


def test_files_of_experiments_lie_where_the_server_keeps_them(settings):
    assert find_artifact_location(settings.mlflow_tracking_uri, settings.layout) is None
    local = find_artifact_location("sqlite:///mlflow.db", settings.layout)
    assert local == settings.layout.mlflow_artifacts_dir.as_uri()


def test_a_plan_is_kept_and_a_spoilt_one_says_what_to_do(settings):
    layout = settings.layout
    layout.state_dir.mkdir()
    assert load_plan(layout) is None
    plan = make_plan()
    assert len({plan.postgres_port, plan.redis_port, plan.object_store_port}) == 3
    save_plan(layout, plan)
    assert load_plan(layout) == plan
    assert layout.nodes_path.stat().st_mode & 0o077 == 0
    layout.nodes_path.write_text("{}")
    with pytest.raises(ProcessError, match="cluster down"):
        load_plan(layout)


def test_only_a_node_that_runs_can_be_killed(settings):
    with pytest.raises(ProcessError, match="head, worker-1, worker-2"):
        kill(settings, "worker-3", report=lambda line: None)
    with pytest.raises(ProcessError, match="nodes up"):
        kill(settings, "worker-1", report=lambda line: None)
