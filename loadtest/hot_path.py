"""What was tried to answer faster, each with the accuracy beside the speed.

``python -m loadtest.hot_path --data FOLDER`` (with parts ``train``, ``val``, ``field``, ``domain``)
writes ``results/hot_path.json``. OpenVINO is measured where it can be imported; it belongs to no
group: ``PYTHONPATH`` names a folder that ``pip install --target`` has filled.
"""

import dataclasses
import json
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

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
BATCHES = (1, 2, 4, 8)
LONG_SIDES_PX = (1600, 3000, 4000)
_NUM_ROUNDS = 3
_NUM_CALLERS = 16
_MEASURED_S = 3.0
_NUM_SENT = 64
_NUM_ENLARGED = 250
_SEED = 0
_PACKAGES = ("onnxruntime", "openvino", "numpy", "pillow")


def main(
    data: Annotated[Path, typer.Option(help="Photographs: train, val, field, domain.")],
    model: Annotated[Path, typer.Option(help="Artifact directory.")] = CHAMPION_DIR,
    results: Annotated[Path, typer.Option(help="File to write.")] = RESULTS_PATH,
) -> None:
    """Measure, print each result, and write them all."""
    busy_cores = measure_busy_cores(3.0)
    predictor = Predictor.load(model)
    outside = [path for part in ("val", "field", "domain") for path in list_images([data / part])]
    chosen = np.random.default_rng(_SEED).permutation(len(outside))[:_NUM_ENLARGED]
    jpeg_scale = []
    for long_side_px in LONG_SIDES_PX:
        paths = [outside[index] for index in chosen]
        scale = measure_jpeg_scale(predictor, paths, long_side_px=long_side_px)
        jpeg_scale.append(dataclasses.asdict(scale))
        typer.echo(json.dumps(jpeg_scale[-1]))
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
        accuracy = list(judge(predictor, runtimes, data / "val"))
        speed = list(race(predictor, runtimes, list_images([data / "val"])))
    machine = describe_machine(packages=_PACKAGES, busy_cores_before=busy_cores)
    document = {
        "machine": machine.model_dump(),
        "model_version": predictor.model_version,
        "jpeg_scale": jpeg_scale,
        "accuracy": accuracy,
        "speed": speed,
    }
    results.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    typer.echo(f"written to {results}")


def judge(
    predictor: Predictor, runtimes: dict[str, CreateRun], val_dir: Path
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
        found = {
            "runtime": name,
            "top1_accuracy": _share(probs_bc.argmax(axis=1) == truth_b),
            "known_fraction": _share(scores_b <= predictor.card.ood.threshold),
            "same_class": _share(probs_bc.argmax(axis=1) == first_bc.argmax(axis=1)),
            "max_probability_change": round(float(np.abs(probs_bc - first_bc).max()), 4),
        }
        typer.echo(json.dumps(found))
        yield found


def race(
    predictor: Predictor, runtimes: dict[str, CreateRun], paths: Sequence[Path]
) -> Iterator[dict[str, Any]]:
    """Measure runtimes and batches in turn, round by round; medians over the rounds."""
    step = max(1, len(paths) // _NUM_SENT)
    images = [read_image_bytes(path) for path in paths[::step]]
    rounds: dict[tuple[str, int, int], list[Summary]] = {}
    for _ in range(_NUM_ROUNDS):
        for num_threads in (1, count_cores()):
            load = Load(num_callers=_NUM_CALLERS, num_threads=num_threads, measured_s=_MEASURED_S)
            for name, create_run in runtimes.items():
                for batch in BATCHES:
                    summary = measure(predictor, create_run, images, batch=batch, load=load)
                    rounds.setdefault((name, num_threads, batch), []).append(summary)
    for (name, num_threads, batch), summaries in rounds.items():
        found = {
            "runtime": name,
            "num_threads": num_threads,
            "batch": batch,
            **{
                field: round(statistics.median(getattr(item, field) for item in summaries), 1)
                for field in ("rps", "p50_ms", "p99_ms")
            },
        }
        typer.echo(json.dumps(found))
        yield found


def _share(is_true_b: NDArray[np.bool_]) -> float:
    return round(float(is_true_b.mean()), 4)


if __name__ == "__main__":
    typer.run(main)
