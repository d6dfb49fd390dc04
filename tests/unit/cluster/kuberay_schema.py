"""The fields of KubeRay's resources, as its reference for v1.7 documents them.

No package carries the definitions themselves. Names and kinds of the fields were read in KubeRay's
API reference and Go types; what Kubernetes defines inside them (pods) is checked by its own schema.
An unknown field is refused, as a strict API server refuses it.
"""

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

_STRING: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_FLAG: Schema = {"type": "boolean"}
_STRINGS: Schema = {"type": "object", "additionalProperties": _STRING}
# Kubernetes' own, or not taken apart here.
_OBJECT: Schema = {"type": "object"}
_OBJECTS: Schema = {"type": "array", "items": _OBJECT}


def _closed(required: tuple[str, ...] = (), **properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


_CREDENTIAL = _closed(value=_STRING, valueFrom=_OBJECT)

_HEAD = _closed(
    ("template",),
    template=_OBJECT,
    headService=_OBJECT,
    enableIngress=_FLAG,
    ingressOptions=_OBJECT,
    resources=_STRINGS,
    labels=_STRINGS,
    rayStartParams=_STRINGS,
    serviceType={"enum": ["ClusterIP", "NodePort", "LoadBalancer"]},
)

_WORKERS = _closed(
    ("groupName", "minReplicas", "maxReplicas", "template"),
    groupName=_STRING,
    replicas=_COUNT,
    minReplicas=_COUNT,
    maxReplicas=_COUNT,
    numOfHosts={"type": "integer", "minimum": 1},
    idleTimeoutSeconds=_COUNT,
    priority=_COUNT,
    suspend=_FLAG,
    resources=_STRINGS,
    labels=_STRINGS,
    rayStartParams=_STRINGS,
    template=_OBJECT,
    scaleStrategy=_OBJECT,
)

_CLUSTER = _closed(
    ("headGroupSpec",),
    rayVersion=_STRING,
    suspend=_FLAG,
    managedBy=_STRING,
    upgradeStrategy=_closed(type={"enum": ["Recreate", "None"]}),
    authOptions=_closed(
        mode={"enum": ["disabled", "token"]}, secretName=_STRING, enableK8sTokenAuth=_FLAG
    ),
    enableInTreeAutoscaling=_FLAG,
    autoscalerOptions=_closed(
        version={"enum": ["v1", "v2"]},
        upscalingMode={"enum": ["Default", "Aggressive", "Conservative"]},
        idleTimeoutSeconds=_COUNT,
        resources=_OBJECT,
        image=_STRING,
        imagePullPolicy=_STRING,
        securityContext=_OBJECT,
        env=_OBJECTS,
        envFrom=_OBJECTS,
        volumeMounts=_OBJECTS,
        command={"type": "array", "items": _STRING},
        args={"type": "array", "items": _STRING},
    ),
    gcsFaultToleranceOptions=_closed(
        backend={"enum": ["redis", "rocksdb"]},
        redisAddress=_STRING,
        redisUsername=_CREDENTIAL,
        redisPassword=_CREDENTIAL,
        externalStorageNamespace=_STRING,
        storage=_OBJECT,
    ),
    headServiceAnnotations=_STRINGS,
    networkPolicy=_OBJECT,
    tlsOptions=_closed(enabled=_FLAG),
    headGroupSpec=_HEAD,
    workerGroupSpecs={"type": "array", "items": _WORKERS},
)

_SERVICE = _closed(
    ("rayClusterConfig",),
    serveConfigV2=_STRING,
    rayClusterConfig=_CLUSTER,
    rayClusterDeletionDelaySeconds=_COUNT,
    serveService=_OBJECT,
    upgradeStrategy=_closed(
        type={"enum": ["NewCluster", "NewClusterWithIncrementalUpgrade", "None"]},
        clusterUpgradeOptions=_OBJECT,
    ),
    excludeHeadPodFromServeSvc=_FLAG,
)

_JOB = _closed(
    activeDeadlineSeconds={"type": "integer", "minimum": 1},
    backoffLimit=_COUNT,
    rayClusterSpec=_CLUSTER,
    submitterPodTemplate=_OBJECT,
    metadata=_STRINGS,
    clusterSelector=_STRINGS,
    submitterConfig=_closed(backoffLimit=_COUNT),
    managedBy=_STRING,
    deletionStrategy=_OBJECT,
    entrypoint=_STRING,
    runtimeEnvYAML=_STRING,
    jobId=_STRING,
    submissionMode={"enum": ["K8sJobMode", "HTTPMode", "InteractiveMode", "SidecarMode"]},
    entrypointResources=_STRING,
    entrypointNumCpus={"type": "number", "minimum": 0},
    entrypointNumGpus={"type": "number", "minimum": 0},
    ttlSecondsAfterFinished=_COUNT,
    shutdownAfterJobFinishes=_FLAG,
    suspend=_FLAG,
)

SPECS = {"RayCluster": _CLUSTER, "RayService": _SERVICE, "RayJob": _JOB}


def get_cluster(resource: dict[str, Any]) -> dict[str, Any]:
    """Return the specification of the Ray cluster that a resource makes."""
    spec: dict[str, Any] = resource["spec"]
    within = {"RayCluster": None, "RayService": "rayClusterConfig", "RayJob": "rayClusterSpec"}
    name = within[resource["kind"]]
    cluster: dict[str, Any] = spec if name is None else spec[name]
    return cluster


def list_pods(resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the pods of a Ray cluster, each as a Pod that Kubernetes' own schema knows."""
    cluster = get_cluster(resource)
    for group in (cluster["headGroupSpec"], *cluster.get("workerGroupSpecs", [])):
        yield {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": group.get("groupName", "head")},
            **group["template"],
        }
