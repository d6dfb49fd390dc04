"""What deployments elsewhere take from here is what this code would write now."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cluster.head import build_environment
from cluster.manifests import (
    GENERATED_DIR,
    HEAD_AWAY_ENV,
    HOME_DIR,
    LAUNCHER,
    build_cluster_serve_config,
    build_files,
    build_flags,
    write_files,
)
from cluster.serve_config import build_serve_config
from cluster.settings import Settings
from serve_app.inference.model_roll import ModelOrder


@pytest.mark.parametrize("name", sorted(build_files()))
def test_the_committed_file_is_the_one_that_the_code_builds(name):
    committed = (GENERATED_DIR / name).read_bytes().decode()
    assert committed == build_files()[name], "run `python -m cluster manifests` and commit"


def test_every_committed_file_is_built_or_names_the_others():
    names = {path.name for path in GENERATED_DIR.iterdir()}
    assert names == {*build_files(), "kustomization.yaml"}


def test_a_cluster_serves_by_the_numbers_of_a_laptop():
    local = build_serve_config(
        Settings(home=Path(HOME_DIR), min_replicas=2, max_replicas=32, train_resource="train"),
        artifact_dir=Path("/app/models/champion"),
        api_keys_path=Path("/etc/leafray/keys/api_keys.json"),
    )
    cluster = build_cluster_serve_config()
    for config in (local, cluster):
        for application in config["applications"]:
            (deployment,) = application["deployments"]
            del deployment["ray_actor_options"]
    assert cluster["applications"] == local["applications"]


# Serve's own modules warn; imported inside, for the mark holds while the test runs. Serve calls
# `metrics_interval_s` deprecated, and reads no other setting of it in 2.60.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_ray_and_the_application_take_the_configuration():
    from ray.serve.schema import ServeDeploySchema

    from serve_app.control_app import ControlAppArgs
    from serve_app.predict_app import PredictAppArgs

    config = build_cluster_serve_config()
    ServeDeploySchema.model_validate(config)
    application, control = config["applications"]
    PredictAppArgs.model_validate(application["args"])
    ControlAppArgs.model_validate(control["args"])
    ModelOrder.model_validate(application["deployments"][0]["user_config"])


def test_a_node_that_is_lost_leaves_a_replica_and_a_way_in():
    config = build_cluster_serve_config()
    assert config["proxy_location"] == "EveryNode"
    scaling = config["applications"][0]["deployments"][0]["autoscaling_config"]
    assert scaling["min_replicas"] >= 2


def test_the_flags_are_those_of_the_local_head_without_what_is_of_one_machine(tmp_path):
    local = build_environment(Settings(home=tmp_path), {})
    flags = build_flags()
    elsewhere = {"LEAFRAY_HOME", "PYTHONPATH", "RAY_SERVE_HAPROXY_BINARY_PATH", *HEAD_AWAY_ENV}
    assert {name: flags[name] for name in flags.keys() - elsewhere} == {
        name: local[name] for name in flags.keys() - elsewhere
    }
    assert flags["RAY_AUTH_MODE"] == "token"
    assert flags["RAY_worker_niceness"] == "0"
    # It keeps a node on 127.0.0.1: no second node would find it.
    assert "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER" not in flags


def test_the_environment_of_the_writer_does_not_reach_a_cluster(monkeypatch):
    before = build_files()
    monkeypatch.setenv("LEAFRAY_MAX_REPLICAS", "7")
    monkeypatch.setenv("LEAFRAY_REQUESTS_PER_MINUTE", "1")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://elsewhere")
    assert build_files() == before


def test_the_launcher_runs_and_the_answer_keeps_its_line_ends(tmp_path):
    write_files(tmp_path)
    assert (tmp_path / "unavailable.http").read_bytes().count(b"\r\n") == 6
    launcher = tmp_path / LAUNCHER
    assert launcher.stat().st_mode & stat.S_IXUSR
    # A stand-in for HAProxy, for the real one lies where the image has it.
    haproxy = tmp_path / "haproxy"
    haproxy.write_text('#!/bin/sh\necho "$@"\n')
    haproxy.chmod(0o755)
    config = tmp_path / "haproxy.cfg"
    config.write_text(
        "frontend http_frontend\n    bind *:8000\n  errorfile 503 /x.http\n"
        "listen stats\n  bind *:8404\n"
    )
    text = launcher.read_text()
    begin = text.index("exec ") + len("exec ")
    launcher.write_text(f'{text[:begin]}{haproxy} "$@"\n')
    answer = subprocess.run([launcher, "-f", config], capture_output=True, text=True, check=True)
    assert answer.stdout == f"-f {config}\n"
    assert config.read_text() == (
        "frontend http_frontend\n    bind *:8000\n"
        "  errorfile 503 /app/cluster/generated/unavailable.http\n"
        "listen stats\n  bind 127.0.0.1:8404\n"
    )


def test_the_command_writes_them(tmp_path):
    subprocess.run([sys.executable, "-m", "cluster", "manifests", "--to", tmp_path], check=True)
    assert {path.name: path.read_bytes().decode() for path in tmp_path.iterdir()} == build_files()
