"""What was tried to answer faster, each with the accuracy beside the speed.

``python -m loadtest.hot_path --data FOLDER`` (with parts ``train``, ``val``, ``field``, ``domain``)
writes ``results/hot_path.json``. OpenVINO is measured where it can be imported; it belongs to no
group: ``PYTHONPATH`` names a folder that ``pip install --target`` has filled.
"""

import dataclasses
import json
import statistics
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from cluster.machine import count_cores, describe_machine, measure_busy_cores
from loadtest.jpeg_scale import measure_jpeg_scale
from loadtest.micro_batches import Load, measure
from loadtest.runtimes import CreateRun, create_runtimes
from loadtest.slo import Summary
from models.artifact import CHAMPION_DIR
from models.calibration import softmax
from models.evaluation import list_labelled, to_class_idx
from models.images import decode_image, list_images, read_image_bytes
from models.predictor import Predictor

RESULTS_PATH = Path(__file__).parent / "results" / "hot_path.json"
_OUTSIDE_TRAINING = ("val", "field", "domain")
_NUM_CALLERS = 16
_NUM_SENT = 64
_SEED = 0
_PACKAGES = ("onnxruntime", "openvino", "numpy", "pillow")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is measured."""

    num_enlarged: int
    long_sides_px: tuple[int, ...]
    batches: tuple[int, ...]
    num_rounds: int
    measured_s: float
    idle_s: float


FULL = Plan(
    num_enlarged=250,
    long_sides_px=(1600, 3000, 4000),
    batches=(1, 2, 4, 8),
    num_rounds=5,
    measured_s=2.0,
    idle_s=3.0,
)
QUICK = Plan(
    num_enlarged=2,
    long_sides_px=(1200,),
    batches=(1, 2),
    num_rounds=1,
    measured_s=0.2,
    idle_s=0.2,
)


def main(
    data: Annotated[Path, typer.Option(help="Photographs: train, val, field, domain.")],
    model: Annotated[Path, typer.Option(help="Artifact directory.")] = CHAMPION_DIR,
    results: Annotated[Path, typer.Option(help="File to write.")] = RESULTS_PATH,
    quick: Annotated[bool, typer.Option(help="Shows that it works, proves nothing.")] = False,
) -> None:
    """Measure, print each result, and write them all."""
    plan = QUICK if quick else FULL
    # As in a replica (cluster/head.py), or threads that answer would hinder each other.
    threadpool_limits(1, user_api="blas")
    busy_cores = measure_busy_cores(plan.idle_s)
    predictor = Predictor.load(model)
    jpeg_scale = [_say(row) for row in measure_scales(predictor, data, plan)]
    with tempfile.TemporaryDirectory() as work_dir:
        runtimes = dict(
            create_runtimes(
                predictor,
                model,
                list_images([data / "train"]),
                num_threads=count_cores(),
                work_dir=Path(work_dir),
            )
        )
        accuracy = [_say(row) for row in judge(predictor, runtimes, data / "val")]
        speed = [_say(row) for row in race(predictor, runtimes, data / "val", plan)]
    machine = describe_machine(packages=_PACKAGES, busy_cores_before=busy_cores)
    document = {
        "plan": dataclasses.asdict(plan),
        "machine": machine.model_dump(),
        "model_version": predictor.model_version,
        "jpeg_scale": jpeg_scale,
        "accuracy": accuracy,
        "speed": speed,
    }
    results.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    typer.echo(f"written to {results}")


def measure_scales(predictor: Predictor, data_dir: Path, plan: Plan) -> Iterator[dict[str, Any]]:
    """Enlarge photographs that were not trained on, and decode them whole and reduced."""
    parts = [data_dir / part for part in _OUTSIDE_TRAINING if (data_dir / part).is_dir()]
    found = list_images(parts)
    chosen = np.random.default_rng(_SEED).permutation(len(found))[: plan.num_enlarged]
    paths = [found[index] for index in chosen]
    for long_side_px in plan.long_sides_px:
        yield dataclasses.asdict(measure_jpeg_scale(predictor, paths, long_side_px=long_side_px))


def judge(
    predictor: Predictor, runtimes: Mapping[str, CreateRun], val_dir: Path
) -> Iterator[dict[str, Any]]:
    """Compare each runtime's diagnoses with the truth and with those of the first."""
    labelled = list_labelled(val_dir)
    batches = [predictor.preprocess([decode_image(read_image_bytes(path))]) for path, _ in labelled]
    truth_b = to_class_idx(predictor, (name for _, name in labelled))
    first_bc: NDArray[np.float64] | None = None
    for name, create_run in runtimes.items():
        run = create_run()
        outputs = [run(batch) for batch in batches]
        logits_bc = np.concatenate([item.logits_bc for item in outputs])
        features_bf = np.concatenate([item.features_bf for item in outputs])
        probs_bc = softmax(logits_bc, predictor.card.temperature)
        scores_b = predictor.score(logits_bc, features_bf)
        first_bc = probs_bc if first_bc is None else first_bc
        yield {
            "runtime": name,
            "top1_accuracy": _share(probs_bc.argmax(axis=1) == truth_b),
            "known_fraction": _share(scores_b <= predictor.card.ood.threshold),
            "same_class": _share(probs_bc.argmax(axis=1) == first_bc.argmax(axis=1)),
            "max_probability_change": round(float(np.abs(probs_bc - first_bc).max()), 4),
        }


def race(
    predictor: Predictor, runtimes: Mapping[str, CreateRun], val_dir: Path, plan: Plan
) -> Iterator[dict[str, Any]]:
    """Measure runtimes and batches in turn, there and back again.

    The machine drifts, so `gain` is the median of the rounds' own ratios to the first runtime with
    single photos on as many threads.
    """
    paths = list_images([val_dir])
    images = [read_image_bytes(path) for path in paths[:: max(1, len(paths) // _NUM_SENT)]]
    kinds = [
        (num_threads, batch, name)
        for num_threads in (1, count_cores())
        for batch in plan.batches
        for name in runtimes
    ]
    rounds: list[dict[tuple[int, int, str], Summary]] = []
    for round_idx in range(plan.num_rounds):
        found = {}
        for num_threads, batch, name in kinds if round_idx % 2 == 0 else reversed(kinds):
            load = Load(
                num_callers=_NUM_CALLERS, num_threads=num_threads, measured_s=plan.measured_s
            )
            found[num_threads, batch, name] = measure(
                predictor, runtimes[name], images, batch=batch, load=load
            )
        rounds.append(found)
    first = next(iter(runtimes))
    for num_threads, batch, name in kinds:
        summaries = [found[num_threads, batch, name] for found in rounds]
        gains = [
            summary.rps / found[num_threads, 1, first].rps
            for summary, found in zip(summaries, rounds, strict=True)
        ]
        yield {
            "runtime": name,
            "num_threads": num_threads,
            "batch": batch,
            "gain": round(statistics.median(gains), 2),
            "lowest_gain": round(min(gains), 2),
            "highest_gain": round(max(gains), 2),
            **{
                field: round(statistics.median(getattr(item, field) for item in summaries), 1)
                for field in ("rps", "p50_ms", "p99_ms")
            },
        }


def _share(is_true_b: NDArray[np.bool_]) -> float:
    return round(float(is_true_b.mean()), 4)


def _say(row: dict[str, Any]) -> dict[str, Any]:
    typer.echo(json.dumps(row))
    return row


if __name__ == "__main__":
    typer.run(main)
