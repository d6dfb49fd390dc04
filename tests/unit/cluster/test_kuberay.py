"""The manifests for Kubernetes: built by Kustomize, by the schemas of their kinds, closed."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from cluster.manifests import API_KEYS_PATH, APP_DIR, HOME_DIR, build_cluster_serve_config
from tests.unit.cluster.kuberay_schema import SPECS, get_cluster, list_pods

REPO_DIR = Path(__file__).parents[3]
KUBERAY_DIR = REPO_DIR / "cluster" / "kuberay"
SERVICE = "overlays/production/service"
RETRAIN = "overlays/production/retrain"
BUILDS = (SERVICE, RETRAIN, "overlays/kind", "research")
KUBERNETES = "1.37"
# Each is made by hand, once; the manifests hold names alone.
SECRETS = {
    "leafray-api-keys",
    "leafray-ray-token",
    "leafray-redis",
    "leafray-mlflow",
    "leafray-tls",
}

Resource = dict[str, Any]


@cache
def build(name: str) -> tuple[Resource, ...]:
    kubectl = Path(sys.executable).with_name("kubectl")
    built = subprocess.run(
        [kubectl, "kustomize", KUBERAY_DIR / name], capture_output=True, text=True, check=True
    )
    return tuple(yaml.safe_load_all(built.stdout))


@pytest.fixture(params=BUILDS)
def resources(request) -> tuple[Resource, ...]:
    return build(request.param)


def find(name: str, kind: str) -> Resource:
    (found,) = [resource for resource in build(name) if resource["kind"] == kind]
    return found


def list_all_pods(resources: tuple[Resource, ...]) -> list[Resource]:
    pods = [
        pod for resource in resources if resource["kind"] in SPECS for pod in list_pods(resource)
    ]
    templates = [
        r["spec"]["template"] for r in resources if r["kind"] in {"Deployment", "StatefulSet"}
    ]
    return pods + [{"apiVersion": "v1", "kind": "Pod", **template} for template in templates]


def test_kubernetes_takes_every_resource_of_its_own(resources):
    own = [resource for resource in resources if resource["kind"] not in SPECS]
    assert own
    for resource in own:
        kubernetes_validate.validate(resource, KUBERNETES, strict=True)


def test_kuberay_knows_every_field(resources):
    rays = [resource for resource in resources if resource["kind"] in SPECS]
    assert len(rays) == 1
    for resource in rays:
        assert resource["apiVersion"] == "ray.io/v1"
        jsonschema.validate(resource["spec"], SPECS[resource["kind"]])
        for pod in list_pods(resource):
            kubernetes_validate.validate(pod, KUBERNETES, strict=True)


def test_a_misspelt_field_is_noticed():
    # Proof that the tests above can fail, in KubeRay's part and in Kubernetes'.
    spoilt = json.loads(json.dumps(find(SERVICE, "RayService")))
    spoilt["spec"]["rayClusterConfig"]["autoscalerOption"] = {}
    with pytest.raises(jsonschema.ValidationError, match="autoscalerOption"):
        jsonschema.validate(spoilt["spec"], SPECS["RayService"])
    pod = next(list_pods(spoilt))
    pod["spec"]["containers"][0]["readyProbe"] = {}
    with pytest.raises(kubernetes_validate.utils.ValidationError, match="readyProbe"):
        kubernetes_validate.validate(pod, KUBERNETES, strict=True)


def test_the_service_serves_by_the_numbers_of_the_code():
    for name in (SERVICE, "overlays/kind"):
        spec = find(name, "RayService")["spec"]
        assert yaml.safe_load(spec["serveConfigV2"]) == build_cluster_serve_config()


def test_service_and_training_have_the_same_pods():
    service = get_cluster(find(SERVICE, "RayService"))
    job = get_cluster(find(RETRAIN, "RayJob"))
    assert job["headGroupSpec"] == service["headGroupSpec"]
    assert [group["groupName"] for group in job["workerGroupSpecs"]] == ["train"]
    containers = [
        get_group(cluster, "train")["template"]["spec"]["containers"][0]
        for cluster in (service, job)
    ]
    # A pod that trains is ready where it is alone, and never where it would get requests.
    probes = [container.pop("readinessProbe")["exec"]["command"] for container in containers]
    assert [probe[-1] for probe in probes] == ["serve", "raylet"]
    assert containers[0] == containers[1]


def get_group(cluster: Resource, name: str) -> Resource:
    (group,) = [group for group in cluster["workerGroupSpecs"] if group["groupName"] == name]
    copied: Resource = json.loads(json.dumps(group))
    return copied


def test_ray_is_the_pinned_one(resources):
    pins = tomllib.loads((REPO_DIR / "pyproject.toml").read_text())["dependency-groups"]["serve"]
    (version,) = [pin.split("==")[1] for pin in pins if pin.startswith("ray[")]
    for resource in resources:
        if resource["kind"] in SPECS:
            assert get_cluster(resource)["rayVersion"] == version


def test_every_pod_is_locked_in(resources):
    for pod in list_all_pods(resources):
        spec = pod["spec"]
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in spec["containers"]:
            security = container["securityContext"]
            assert security["readOnlyRootFilesystem"] is True
            assert security["allowPrivilegeEscalation"] is False
            assert security["capabilities"] == {"drop": ["ALL"]}


def test_every_container_is_bounded_and_watched(resources):
    for pod in list_all_pods(resources):
        for container in pod["spec"]["containers"]:
            limits = container["resources"]["limits"]
            assert {"cpu", "memory"} <= limits.keys()
            assert container["resources"]["requests"]["memory"] == limits["memory"]
            assert {"livenessProbe", "readinessProbe"} <= container.keys()
        for volume in pod["spec"].get("volumes", []):
            assert "emptyDir" not in volume or "sizeLimit" in volume["emptyDir"]


def test_only_the_autoscaler_can_ask_kubernetes(resources):
    for resource in resources:
        if resource["kind"] in SPECS:
            head, *workers = list_pods(resource)
            assert head["spec"]["automountServiceAccountToken"] is True
            assert not any(pod["spec"]["automountServiceAccountToken"] for pod in workers)


def test_images_are_pinned(resources):
    images = [c["image"] for pod in list_all_pods(resources) for c in pod["spec"]["containers"]]
    assert [image for image in images if not re.search(r":\d+\.\d+\.\d+[\w.-]*$", image)] == []
    version = tomllib.loads((REPO_DIR / "pyproject.toml").read_text())["project"]["version"]
    ours = [image for image in images if "leafray/" in image]
    assert [image for image in ours if not image.endswith(f":{version}")] == []


def test_no_secret_has_a_value_and_each_is_described():
    text = (REPO_DIR / "cluster" / "DEPLOY.md").read_text()
    for name in BUILDS:
        assert [r for r in build(name) if r["kind"] == "Secret"] == []
    named = {match for name in BUILDS for match in find_secret_names(build(name))}
    assert named == SECRETS
    assert [secret for secret in SECRETS if secret not in text] == []


def find_secret_names(value: Any, key: str = "") -> set[str]:
    if isinstance(value, dict):
        own = {value["name"]} if key in {"secretKeyRef", "secretRef"} else set()
        return own.union(*(find_secret_names(inner, name) for name, inner in value.items()))
    if isinstance(value, list | tuple):
        return set().union(*(find_secret_names(inner) for inner in value))
    return {value} if key == "secretName" else set()


def test_ray_is_closed_by_a_token_and_survives_its_head():
    cluster = get_cluster(find(SERVICE, "RayService"))
    assert cluster["authOptions"]["mode"] == "token"
    assert cluster["autoscalerOptions"]["version"] == "v2"
    options = cluster["gcsFaultToleranceOptions"]
    (redis,) = [r for r in build(SERVICE) if r["kind"] == "StatefulSet"]
    assert options["redisAddress"].partition(":")[0] == redis["spec"]["serviceName"]
    assert "externalStorageNamespace" not in options


def test_nothing_is_open_that_no_policy_opens():
    policies = [r for r in build(SERVICE) if r["kind"] == "NetworkPolicy"]
    (deny,) = [p for p in policies if p["metadata"]["name"] == "deny-all"]
    assert deny["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    rules = [
        rule
        for policy in policies
        for rule in policy["spec"].get("ingress", []) + policy["spec"].get("egress", [])
    ]
    # Neither "everybody" nor "all of the network".
    assert [rule for rule in rules if not (rule.get("from") or rule.get("to"))] == []
    cidrs = re.findall(r"'cidr': '([^']*)'", str(rules))
    assert len(cidrs) == 3
    assert [cidr for cidr in cidrs if not cidr.endswith("/32")] == []


def test_policies_and_budgets_name_pods_that_there_are():
    # Ray's own labels are set by the operator.
    labels = [pod["metadata"].get("labels", {}) for pod in list_all_pods(build(SERVICE))] + [
        {"ray.io/group": group} for group in ("serve", "train")
    ]
    for resource in build(SERVICE):
        if resource["kind"] == "PodDisruptionBudget":
            wanted = resource["spec"]["selector"]["matchLabels"].items()
            assert [found for found in labels if wanted <= found.items()], resource["metadata"]


def test_the_outside_comes_in_by_tls_and_to_the_service_alone():
    ingress = find(SERVICE, "Ingress")["spec"]
    assert {host for tls in ingress["tls"] for host in tls["hosts"]} == {
        rule["host"] for rule in ingress["rules"]
    }
    paths = [path for rule in ingress["rules"] for path in rule["http"]["paths"]]
    assert {path["path"] for path in paths} == {
        "/v1",
        "/docs",
        "/openapi.json",
        "/healthz",
        "/readyz",
    }
    name = find(SERVICE, "RayService")["metadata"]["name"]
    assert {path["backend"]["service"]["name"] for path in paths} == {f"{name}-serve-svc"}


def test_pods_find_code_keys_and_state_where_the_images_have_them():
    for pod in list_pods(find(SERVICE, "RayService")):
        (container,) = pod["spec"]["containers"]
        mounts = {mount["mountPath"] for mount in container["volumeMounts"]}
        assert {str(HOME_DIR), str(API_KEYS_PATH.parent), "/tmp"} <= mounts
        script = Path(container["livenessProbe"]["exec"]["command"][2])
        assert (REPO_DIR / script.relative_to(APP_DIR)).is_file()


def test_replicas_find_room_in_the_largest_serving_group():
    cluster = get_cluster(find(SERVICE, "RayService"))
    group = get_group(cluster, "serve")
    cpus = int(group["template"]["spec"]["containers"][0]["resources"]["limits"]["cpu"])
    application, _ = build_cluster_serve_config()["applications"]
    (deployment,) = application["deployments"]
    per_replica = deployment["ray_actor_options"]["num_cpus"]
    needed = 2 * deployment["autoscaling_config"]["max_replicas"] * per_replica
    assert needed <= cpus * group["maxReplicas"]
    # An upgrade waits until every request of the old cluster is answered.
    delay_s = find(SERVICE, "RayService")["spec"]["rayClusterDeletionDelaySeconds"]
    assert delay_s > deployment["graceful_shutdown_timeout_s"]
    stop_s = group["template"]["spec"]["terminationGracePeriodSeconds"]
    assert stop_s > deployment["graceful_shutdown_timeout_s"]


def test_a_changed_flag_is_a_changed_pod(tmp_path):
    """The name of the flags' ConfigMap follows their content, and so does the pod that names it."""
    copy = tmp_path / "cluster"
    for name in ("generated", "kuberay"):
        shutil.copytree(REPO_DIR / "cluster" / name, copy / name)
    flags = copy / "generated" / "ray.env"
    flags.write_text(flags.read_text().replace("RAY_worker_niceness=0", "RAY_worker_niceness=1"))
    kubectl = Path(sys.executable).with_name("kubectl")
    built = subprocess.run(
        [kubectl, "kustomize", copy / "kuberay" / SERVICE],
        capture_output=True,
        text=True,
        check=True,
    )
    names = {
        source["configMapRef"]["name"]
        for text in (built.stdout, yaml.safe_dump_all(build(SERVICE)))
        for resource in yaml.safe_load_all(text)
        if resource["kind"] == "RayService"
        for pod in list_pods(resource)
        for source in pod["spec"]["containers"][0]["envFrom"]
    }
    assert len(names) == 2
