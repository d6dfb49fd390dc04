"""One page of metrics, made the few figures that the tab shows; pure, runs on workers."""

from collections import defaultdict
from dataclasses import dataclass

PREDICT_ROUTE = "/v1/predictions"
_PREDICT = "predict"
ANSWER = "answer"
STAGES = ("queue", "decode", "infer")

_REQUESTS = "ray_leafray_requests_total"
_REQUEST_SECONDS = "ray_leafray_request_seconds_bucket"
_STAGE_SECONDS = "ray_leafray_stage_seconds_bucket"
_WAITING = "ray_leafray_requests_waiting"
_MODEL_INFO = "ray_leafray_model_info"
_HEALTHY = "ray_serve_deployment_replica_healthy"
_WANTED = "ray_serve_autoscaling_target_replicas"
_CPU = "ray_node_cpu_utilization"
_MEMORY_USED = "ray_node_mem_used"
_MEMORY_TOTAL = "ray_node_mem_total"
_COUNTED = (_REQUESTS, _REQUEST_SECONDS, _STAGE_SECONDS)
_READ = (*_COUNTED, _WAITING, _MODEL_INFO, _HEALTHY, _WANTED, _CPU, _MEMORY_USED, _MEMORY_TOTAL)
# Ray's page had 980 KB, of which the parser is shown what is read: 6 ms in place of 125.
_READ_BYTES = tuple(name.encode() for name in _READ)

Labels = tuple[tuple[str, str], ...]
Series = tuple[str, Labels]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges:
    """What holds at one moment; None where the server does not tell it.

    ``replicas`` are those that answer, ``wanted`` those that the load asks for; ``cpu_percent`` and
    ``memory_percent`` are of the nodes together.
    """

    waiting: float = 0.0
    replicas: float | None = None
    wanted: float | None = None
    cpu_percent: float | None = None
    memory_percent: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One page; ``counts`` grow from page to page, and begin again with a new replica."""

    time_s: float
    counts: dict[Series, float]
    gauges: Gauges


def read_page(page: bytes, *, time_s: float) -> Reading:
    """Return what a page in Prometheus' text format says.

    Raises:
        ValueError: it is no such page.
    """
    from prometheus_client.parser import text_string_to_metric_families

    lines = (line for line in page.splitlines() if line.startswith(_READ_BYTES))
    text = b"\n".join(lines).decode() + "\n"
    counts: dict[Series, float] = {}
    gauges: defaultdict[str, list[tuple[dict[str, str], float]]] = defaultdict(list)
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name not in _COUNTED:
                gauges[sample.name].append((sample.labels, sample.value))
            elif sample.labels.get("route", PREDICT_ROUTE).startswith(PREDICT_ROUTE):
                counts[sample.name, tuple(sorted(sample.labels.items()))] = sample.value
    return Reading(time_s=time_s, counts=counts, gauges=_to_gauges(gauges))


def _to_gauges(found: dict[str, list[tuple[dict[str, str], float]]]) -> Gauges:
    def list_values(name: str) -> list[float]:
        """Return the values of the predicting application, and of what belongs to none."""
        return [
            value
            for labels, value in found.get(name, ())
            if labels.get("application", _PREDICT) == _PREDICT
        ]

    healthy, wanted = list_values(_HEALTHY), list_values(_WANTED)
    # Without Ray a process tells of itself alone.
    answering = healthy or [value for value in list_values(_MODEL_INFO) if value == 1]
    cpu, used, total = list_values(_CPU), list_values(_MEMORY_USED), list_values(_MEMORY_TOTAL)
    return Gauges(
        waiting=sum(list_values(_WAITING)),
        replicas=sum(answering) if answering else None,
        wanted=sum(wanted) if wanted else None,
        cpu_percent=sum(cpu) / len(cpu) if cpu else None,
        memory_percent=100 * sum(used) / sum(total) if used and sum(total) > 0 else None,
    )


def get_stage(series: Series) -> str | None:
    """Return whose time a bucket counts: that of the whole answer or of a stage; else None."""
    name, labels = series
    if name == _REQUEST_SECONDS:
        return ANSWER
    return dict(labels).get("stage") if name == _STAGE_SECONDS else None


def get_status(series: Series) -> str | None:
    """Return the status of the answers that a series counts; None if it counts none."""
    name, labels = series
    return dict(labels).get("status") if name == _REQUESTS else None
