"""Dockerfile and Compose file: by their linters and specifications, and by what they promise."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from cluster.docker.run_steps import Instruction, get_parent, read_stages
from cluster.manifests import API_KEYS_PATH, APP_DIR, HOME_DIR

REPO_DIR = Path(__file__).parents[3]
DOCKER_DIR = REPO_DIR / "cluster" / "docker"
DOCKERFILE = DOCKER_DIR / "Dockerfile"
COMPOSE = DOCKER_DIR / "docker-compose.yaml"
TARGETS = {"serve", "train", "cli", "mlflow"}
EXACT_TAG = re.compile(
    r":v?\d+\.\d+\.\d+[\w.-]*$|:\d+\.\d+-[a-z]+$|:RELEASE\.[\dTZ-]+$|@sha256:\w{64}$"
)

STAGES = read_stages(DOCKERFILE.read_text())


def trace(stage: str) -> Iterator[Instruction]:
    """Yield what makes a stage: the instructions of those that it is built on, then its own."""
    parent = get_parent(STAGES[stage])
    if parent in STAGES:
        yield from trace(parent)
    yield from STAGES[stage]


def test_hadolint_has_no_complaint():
    hadolint = Path(sys.executable).with_name("hadolint")
    answer = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True, check=False)
    assert answer.stdout + answer.stderr == ""


def test_hadolint_complains_where_there_is_cause(tmp_path):
    # Proof that the test above can fail.
    spoilt = tmp_path / "Dockerfile"
    spoilt.write_text(DOCKERFILE.read_text().replace(":3.11.14-slim-bookworm", ":latest"))
    hadolint = Path(sys.executable).with_name("hadolint")
    answer = subprocess.run([hadolint, spoilt], capture_output=True, text=True, check=False)
    assert "DL3007" in answer.stdout


def test_all_targets_are_there():
    assert STAGES.keys() >= TARGETS


@pytest.mark.parametrize("stage", STAGES)
def test_a_base_is_a_stage_or_an_exact_version(stage):
    base = get_parent(STAGES[stage])
    assert base in STAGES or EXACT_TAG.search(base)


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_an_image_runs_as_nobody_special_and_tells_its_health(target):
    words = dict(trace(target))
    assert words["USER"] == "10001:10001"
    assert STAGES[target].index(("USER", "10001:10001")) > max(
        index for index, (word, _) in enumerate(STAGES[target]) if word in {"COPY", "FROM"}
    )
    assert "HEALTHCHECK" in words
    assert (words["HEALTHCHECK"] == "NONE") is (target == "cli")


def test_nothing_is_fetched_but_pinned_packages():
    words = [word for stage in STAGES.values() for word, _ in stage]
    assert "ADD" not in words
    commands = [rest for stage in STAGES.values() for word, rest in stage if word == "RUN"]
    assert not [command for command in commands if re.search(r"\b(curl|wget|apt-get)\b", command)]
    installs = [command for command in commands if "pip install" in command]
    assert len(installs) == 5
    environment = dict(STAGES["installer"])["ENV"]
    assert "UV_REQUIRE_HASHES=1" in environment
    for command in installs:
        assert "--require-hashes" in command or "/uv/bin/uv" in command


def test_what_is_copied_exists_and_is_not_ignored():
    sources = [
        source
        for stage in STAGES
        for word, rest in STAGES[stage]
        if word == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    ]
    ignored = (REPO_DIR / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    for source in sources:
        assert (REPO_DIR / source).exists()
        assert f"!{source}" in ignored or f"!{Path(source).parent}/*.txt" in ignored


def test_images_without_training_have_no_torch():
    for name in ("serve", "cli", "tracking"):
        pins = (REPO_DIR / "requirements" / f"{name}.txt").read_text()
        assert not re.search(r"^(torch|nvidia-)", pins, re.MULTILINE)
    assert re.search(r"^torch==", (REPO_DIR / "requirements/train.txt").read_text(), re.MULTILINE)


@pytest.mark.parametrize("package", ["models", "cluster", "serve_app"])
def test_an_image_has_every_package_of_its_own_that_it_imports(package):
    """What the code imports of ours lies in each image that has the code."""
    for target in TARGETS - {"mlflow"}:
        copied = {rest.split()[-1] for word, rest in STAGES[target] if word == "COPY"}
        if package not in copied:
            continue
        for path in (REPO_DIR / package).rglob("*.py"):
            imports = re.findall(r"^(?:from|import) (\w+)", path.read_text(), re.MULTILINE)
            ours = {name for name in imports if (REPO_DIR / name / "__init__.py").exists()}
            assert ours <= copied, f"{path} in {target}"


def test_the_image_has_the_layout_that_deployments_rely_on():
    words = dict(STAGES["base"])
    assert words["WORKDIR"] == str(APP_DIR)
    assert f"LEAFRAY_HOME={HOME_DIR}" in words["ENV"]
    assert str(HOME_DIR) in words["RUN"]
    assert str(API_KEYS_PATH.parent) in words["RUN"]


# -- Compose ---------------------------------------------------------------------------------


def load_compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    return loaded


SERVICES: dict[str, Any] = load_compose()["services"]


def check(compose: dict[str, Any]) -> None:
    PyCompose.from_json(json.dumps(compose)).validate()


def test_the_compose_file_keeps_to_the_specification():
    check(load_compose())


@pytest.mark.parametrize(
    ("name", "value"),
    [("imag", "x"), ("cpus", "many"), ("networks", ["nowhere"]), ("secrets", ["nowhere"])],
)
def test_what_the_specification_does_not_know_is_noticed(name, value):
    spoilt = load_compose()
    spoilt["services"]["head"][name] = value
    with pytest.raises(ValueError, match=f"{name}|{value}|nowhere|float"):
        check(spoilt)


def test_every_part_is_there():
    parts = {"proxy", "head", "serve", "train", "mlflow", "postgres", "minio", "redis"}
    assert parts | {"prometheus", "grafana"} <= SERVICES.keys()


def test_the_tls_proxy_alone_is_published():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    networks = load_compose()["networks"]
    assert [name for name, network in networks.items() if not network.get("internal")] == ["edge"]
    assert [name for name, service in SERVICES.items() if "edge" in service["networks"]] == [
        "proxy"
    ]


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_is_locked_in_bounded_and_watched(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["cpus"] > 0
    assert service["mem_limit"]
    assert service["healthcheck"]
    # Root with all rights dropped but one, because their images or volumes leave no other way.
    by_root = {"proxy": ["NET_BIND_SERVICE"], "owner": ["CHOWN"]}
    assert service.get("cap_add", []) == by_root.get(name, [])
    if name not in by_root:
        assert not service["user"].startswith("0")


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_is_named_by_its_version(name):
    assert EXACT_TAG.search(SERVICES[name]["image"])


def test_images_of_ours_are_built_from_the_targets():
    built = {
        service["image"].partition(":")[0]: service["build"]["target"]
        for service in SERVICES.values()
        if "build" in service
    }
    assert built == {f"leafray/{target}": target for target in built.values()}
    named = {s["image"].partition(":")[0] for s in SERVICES.values() if "leafray/" in s["image"]}
    assert named == built.keys()


def test_secrets_come_from_files_that_are_never_committed():
    ignored = (REPO_DIR / ".gitignore").read_text().splitlines()
    assert "/cluster/docker/secrets/" in ignored
    secrets = load_compose()["secrets"]
    assert {Path(secret["file"]).parent.name for secret in secrets.values()} == {"secrets"}
    text = (REPO_DIR / "cluster" / "DEPLOY.md").read_text()
    assert [name for name in secrets if name not in text] == []
    variables = [
        name for service in SERVICES.values() for name in (service.get("environment") or {})
    ]
    assert [
        v
        for v in variables
        if re.search(r"PASSWORD|TOKEN|SECRET", v) and not re.search(r"_(FILE|PATH)$", v)
    ] == []


def test_files_that_are_mounted_exist():
    for service in SERVICES.values():
        paths = [volume.split(":")[0] for volume in service.get("volumes", [])]
        paths += service.get("env_file", [])
        for path in paths:
            assert not path.startswith(".") or (DOCKER_DIR / path).exists(), path


def test_dollars_meant_for_the_shell_are_doubled():
    for service in SERVICES.values():
        for command in service.get("command") or []:
            assert not re.search(r"(?<!\$)\$(?!\$)", command)


def test_shell_commands_can_be_read_by_a_shell():
    for name, service in SERVICES.items():
        for command in service.get("command") or []:
            if " " in command:
                shlex.split(command.replace("$$", "$"))
                checked = subprocess.run(
                    ["sh", "-n", "-c", command.replace("$$", "$")], check=False
                )
                assert checked.returncode == 0, name
