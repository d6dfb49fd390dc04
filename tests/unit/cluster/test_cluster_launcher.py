"""The files for Ray's cluster launcher, by Ray's own schema and by what they promise."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ray.autoscaler._private.util import prepare_config, validate_config

from cluster.manifests import API_KEYS_PATH, APP_DIR, HOME_DIR, build_cluster_serve_config

REPO_DIR = Path(__file__).parents[3]
AWS = "ray-cluster.yaml"
LOCAL = "cluster/ray-cluster.local.yaml"


def load(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((REPO_DIR / name).read_text())
    return loaded


@pytest.fixture(params=[AWS, LOCAL])
def config(request) -> dict[str, Any]:
    return load(request.param)


def test_ray_takes_it(config):
    validate_config(prepare_config(config))


def test_ray_refuses_what_it_does_not_know():
    # Proof that the test above can fail.
    with pytest.raises(Exception, match="unknown_field"):
        validate_config(prepare_config({**load(AWS), "unknown_field": 1}))


def test_both_files_take_the_same_steps(config):
    aws = load(AWS)
    steps = [name for name in aws if name.endswith(("_commands", "_exclude", "_mounts"))]
    # AWS has workers of two kinds and names their resources itself.
    steps = [name for name in steps if not name.startswith("worker_")]
    # Of listed machines, Ray's autoscaler is told which one to be.
    steps.remove("head_start_ray_commands")
    assert {step: config[step] for step in steps} == {step: aws[step] for step in steps}


def test_what_is_copied_lies_where_the_service_looks(config):
    """Ray copies before any command runs, so into the user's home; links lead there."""
    mounts = config["file_mounts"]
    assert [target for target in mounts if not target.startswith("~/")] == []
    links = config["initialization_commands"][1]
    assert f"~/leafray/app {APP_DIR}" in links
    assert f"~/leafray/keys ~/leafray/site.env {API_KEYS_PATH.parents[1]}/" in links
    assert f"~/leafray/keys/{API_KEYS_PATH.name}" in mounts
    assert str(HOME_DIR) in config["initialization_commands"][0].split()
    # The hashes alone leave the house.
    assert not [source for source in mounts.values() if source.endswith((".key", "var", "keys"))]
    assert "**/secrets" in config["rsync_exclude"]


def test_folders_are_named_one_by_one(config):
    """Ray reads all that lies below: the root would bring .git, .venv and what is in var."""
    folders = {source for source in config["file_mounts"].values() if (REPO_DIR / source).is_dir()}
    assert folders == {"cluster", "models", "requirements", "serve_app", "train_jobs"}


def test_the_commands_that_it_names_can_be_run(config):
    commands = [command for key in config for command in commands_of(config, key)]
    commands += [
        command
        for node_type in config.get("available_node_types", {}).values()
        for command in node_type.get("worker_setup_commands", [])
    ]
    scripts = {word for command in commands for word in command.split() if word.endswith(".sh")}
    assert scripts == {"/app/cluster/nodes/setup.sh", "/app/cluster/nodes/start.sh"}
    for script in scripts:
        assert (REPO_DIR / Path(script).relative_to(APP_DIR)).stat().st_mode & 0o111


def commands_of(config: dict[str, Any], key: str) -> list[str]:
    if key == "initialization_commands" or not key.endswith("_commands"):
        return []
    commands: list[str] = config[key]
    return commands


@pytest.fixture
def node_types() -> dict[str, Any]:
    types: dict[str, Any] = load(AWS)["available_node_types"]
    return types


def test_no_security_group_is_left_for_ray_to_make(node_types):
    # Its own lets SSH in from everywhere.
    assert "security_group" not in load(AWS)["provider"]
    assert load(AWS)["provider"]["use_internal_ips"] is True
    assert [t for t in node_types.values() if not t["node_config"]["SecurityGroupIds"]] == []


def test_disks_are_encrypted_and_instance_credentials_need_a_session(node_types):
    for node_type in node_types.values():
        config = node_type["node_config"]
        assert config["MetadataOptions"]["HttpTokens"] == "required"
        assert all(disk["Ebs"]["Encrypted"] for disk in config["BlockDeviceMappings"])


def test_training_alone_is_on_spot_and_costs_nothing_while_it_rests(node_types):
    spot = {name for name, t in node_types.items() if "InstanceMarketOptions" in t["node_config"]}
    assert spot == {"train"}
    assert node_types["train"]["min_workers"] == 0


def test_the_largest_serving_group_holds_all_replicas_and_their_successors(node_types):
    application, _ = build_cluster_serve_config()["applications"]
    (deployment,) = application["deployments"]
    group = node_types["serve"]
    cpus = deployment["ray_actor_options"]["num_cpus"]
    needed = 2 * deployment["autoscaling_config"]["max_replicas"] * cpus
    assert needed <= group["resources"]["CPU"] * group["max_workers"]
    (pin,) = deployment["ray_actor_options"]["resources"]
    assert [name for name, t in node_types.items() if pin in t["resources"]] == ["serve"]


def test_the_sum_of_the_groups_is_the_bound_on_the_bill(node_types):
    assert load(AWS)["max_workers"] == sum(t["max_workers"] for t in node_types.values())


@pytest.mark.parametrize("script", ["setup.sh", "start.sh"])
def test_a_script_without_a_role_says_which_there_are(script, tmp_path):
    # `ray stop` must not run: it would end every Ray cluster of this user.
    (tmp_path / "cluster" / "generated").mkdir(parents=True)
    (tmp_path / "cluster" / "generated" / "ray.env").write_text("")
    (tmp_path / "site.env").write_text("")
    ray = tmp_path / ".venv" / "bin" / "ray"
    ray.parent.mkdir(parents=True)
    ray.write_text("#!/bin/sh\n")
    ray.chmod(0o755)
    answer = subprocess.run(
        [REPO_DIR / "cluster" / "nodes" / script, "nothing"],
        env={
            "PATH": "/usr/bin:/bin",
            "LEAFRAY_APP_DIR": str(tmp_path),
            "LEAFRAY_SITE_ENV": str(tmp_path / "site.env"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 2
    assert f"{script}: say" in answer.stderr


@pytest.mark.parametrize("role", ["head", "worker"])
def test_ray_starts_with_the_flags_of_the_service(role, tmp_path):
    """Run the real script; stand-ins for Ray and Serve write down how they were called."""
    app = tmp_path / "app"
    shutil.copytree(REPO_DIR / "cluster" / "generated", app / "cluster" / "generated")
    site = tmp_path / "site.env"
    site.write_text("MLFLOW_TRACKING_URI=http://10.0.0.1:5000\nLEAFRAY_ARTIFACTS=s3://b/m\n")
    bin_dir = app / ".venv" / "bin"
    bin_dir.mkdir(parents=True)
    calls = tmp_path / "calls"
    for program in ("ray", "serve", "sudo"):
        path = bin_dir / program
        path.write_text(
            f'#!/bin/sh\necho "{program} $*" >> {calls}\n'
            f'echo "$RAY_AUTH_MODE $RAY_worker_niceness $RAY_SERVE_ENABLE_HA_PROXY '
            f'$MLFLOW_TRACKING_URI" >> {calls}\n'
        )
        path.chmod(0o755)
    subprocess.run(
        [REPO_DIR / "cluster" / "nodes" / "start.sh", role],
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path),
            "RAY_HEAD_IP": "10.0.0.1",
            "LEAFRAY_APP_DIR": str(app),
            "LEAFRAY_SITE_ENV": str(site),
        },
        check=True,
    )
    lines = calls.read_text().splitlines()
    assert set(lines[1::2]) == {"token 0 1 http://10.0.0.1:5000"}
    commands = lines[::2]
    assert commands[0] == "ray stop"
    if role == "head":
        assert commands[1].startswith("ray start --head --num-cpus=0 --port=6379")
        assert "--dashboard-host=127.0.0.1" in commands[1]
        assert commands[-1].endswith(f"{app}/cluster/generated/serve_config.json")
    else:
        assert commands[1].startswith("ray start --address=10.0.0.1:6379")
        assert commands[1].endswith("--resources={}")
