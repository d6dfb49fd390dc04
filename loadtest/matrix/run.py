"""The matrix from start to end: each set-up is deployed, loaded by the same shape, and told of."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster.machine import Machine, describe_machine
from cluster.rollout import roll_out
from cluster.serve_config import build_serve_config
from cluster.settings import Settings
from cluster.status import load_deployment
from loadtest.artifact_copies import copy_with_graph
from loadtest.load.generator import Order
from loadtest.load.run import PACKAGES, measure_replica, play, wait_for_calm, wait_for_least
from loadtest.load.shapes import QUICK_STAIRS, STAIRS, Shape, get_duration_s
from loadtest.matrix.findings import SetupResult, to_result
from loadtest.matrix.setups import CHAMPION, INT8, Setup, list_setups, to_config
from loadtest.runtimes import quantize
from loadtest.servers import Report, running_cluster
from models.artifact import ONNX_FILE, load_card
from models.images import list_images
from models.predictor import Predictor

_USER = "PhotoUser"


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixRun:
    """What all set-ups did, and where."""

    shape: Shape
    machine: Machine
    model_version: str
    replica_rps: float
    results: tuple[SetupResult, ...]


def run_matrix(
    *,
    settings: Settings,
    photo_paths: Sequence[Path],
    output_dir: Path,
    is_quick: bool,
    report: Report,
) -> MatrixRun:
    """Measure every set-up; the service runs as before when this returns.

    The int8 model is made from the champion where `photo_paths` hold photographs to calibrate it.

    Raises:
        ServerError: the service or Locust did not start, or the service answers wrongly.
        cluster.errors.ClusterError: a set-up could not be deployed.
    """
    shape = QUICK_STAIRS if is_quick else STAIRS
    has_int8 = bool(photo_paths) and not is_quick
    setups = list_setups(num_cpus=settings.ray_cpus, has_int8=has_int8, is_quick=is_quick)
    duration_s = get_duration_s(shape, downscale_delay_s=settings.downscale_delay_s)
    report(f"{len(setups)} set-ups, about {len(setups) * (duration_s + 15):.0f} s")
    with (
        running_cluster(settings, report=report) as cluster,
        tempfile.TemporaryDirectory(prefix="leafray-matrix-") as folder,
        _restoring(settings, report),
    ):
        busy_cores = wait_for_calm()
        models = {CHAMPION: cluster.artifact_dir}
        if has_int8:
            models[INT8] = create_int8(cluster.artifact_dir, photo_paths, Path(folder))
        replica_rps = 0.0
        results = []
        for idx, setup in enumerate(setups):
            _deploy(settings, setup, models[setup.model], report=report)
            replica_rps = replica_rps or measure_replica(cluster, photo_paths)
            log_dir = output_dir / f"{idx}-{setup.name}"
            log_dir.mkdir(parents=True, exist_ok=True)
            order = Order(
                shape_name=shape.name,
                duration_s=duration_s,
                unit_rps=replica_rps,
                url=cluster.url,
                key_path=settings.layout.admin_key_path,
                artifact_dir=models[setup.model],
                photo_paths=tuple(photo_paths),
                log_dir=log_dir,
                user_names=(_USER,),
                photos_per_request=setup.photos_per_request,
            )
            story = play(shape, order, settings=settings, replica_rps=replica_rps)
            result = to_result(setup, story)
            report(
                f"{setup.words}: p95 {result.quiet.p95_ms:.0f} and {result.loaded.p95_ms:.0f} ms, "
                f"{result.most_rps:.0f} photographs/s at the most, {result.num_failed} failed"
            )
            results.append(result)
    return MatrixRun(
        shape=shape,
        machine=describe_machine(packages=PACKAGES, busy_cores_before=busy_cores),
        model_version=load_card(models[CHAMPION]).model_version,
        replica_rps=replica_rps,
        results=tuple(results),
    )


def create_int8(artifact_dir: Path, photo_paths: Sequence[Path], work_dir: Path) -> Path:
    """Return a copy of an artifact whose graph computes with 8 bits, calibrated by photographs."""
    predictor = Predictor.load(artifact_dir, intra_op_threads=1)
    graph_path = quantize(predictor, artifact_dir / ONNX_FILE, list_images(photo_paths), work_dir)
    return copy_with_graph(artifact_dir, work_dir / "int8", graph_path.read_bytes())


def _deploy(settings: Settings, setup: Setup, artifact_dir: Path, *, report: Report) -> None:
    roll_out(
        settings,
        to_config(_build_config(settings, artifact_dir), setup, num_cpus=settings.ray_cpus),
    )
    fixed = settings.model_copy(
        update={"min_replicas": setup.num_replicas, "max_replicas": setup.num_replicas}
    )
    wait_for_least(fixed, report=report)


@contextmanager
def _restoring(settings: Settings, report: Report) -> Iterator[None]:
    """Give the service its own configuration back, whatever happened."""
    before = load_deployment(settings.layout.deployment_path)
    try:
        yield
    finally:
        if before is not None:
            report("giving the service its own configuration back")
            roll_out(settings, before)


def _build_config(settings: Settings, artifact_dir: Path) -> dict[str, Any]:
    return build_serve_config(
        settings, artifact_dir=artifact_dir, api_keys_path=settings.layout.api_keys_path
    )
