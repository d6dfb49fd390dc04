"""Which rule makes one answer of several photographs of a plant: each one tried on real leaves.

``python -m train_jobs.fusion_rules --data VAL_FOLDER`` writes ``results/fusion_rules.json``. Leaves
that stand in the data's ``manifest.csv`` with several photographs are judged by some of them drawn
at random, as they are and spoilt; what the artifact was trained on is left out. Photographs from
outside (``field``, ``domain``) know no leaf twice: there those of one class play one plant.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, assert_never

import numpy as np
import typer
from numpy.typing import NDArray

from models.artifact import CHAMPION_DIR
from models.calibration import softmax
from models.evaluation import infer_paths, to_class_idx
from models.known_photographs import load_known_photographs
from models.predictor import Predictor
from train_jobs.prepare import read_group_ids
from train_jobs.robustness import create_changes
from train_jobs.slices import find_slices

RESULTS_PATH = Path(__file__).parent / "results" / "fusion_rules.json"
_NUM_PHOTOS = (2, 3, 5)
_CHANGES = ("as they are", "blurred", "dark", "quarter")
_DRAWS = {"val": 4}
_DRAWS_OUTSIDE = 40
_SEED = 0
_MIN_PROBABILITY = 1e-4

Logits = NDArray[np.floating]
Probabilities = NDArray[np.float64]


class FusionRule(StrEnum):
    """How photographs (photographs, classes) become one answer (classes)."""

    MEAN_LOGITS = "mean of logits"
    MEAN_PROBABILITIES = "mean of probabilities"
    MAX = "highest probability"
    VOTE = "vote"


def apply_rule(rule: FusionRule, logits_kc: Logits, temperature: float) -> Probabilities:
    """Return the probabilities of one plant by one rule."""
    probs_kc = softmax(logits_kc, temperature)
    match rule:
        case FusionRule.MEAN_LOGITS:
            return np.asarray(softmax(logits_kc.mean(axis=0, keepdims=True), temperature)[0])
        case FusionRule.MEAN_PROBABILITIES:
            return np.asarray(probs_kc.mean(axis=0))
        case FusionRule.MAX:
            highest_c = probs_kc.max(axis=0)
        case FusionRule.VOTE:
            votes_c = np.bincount(probs_kc.argmax(axis=1), minlength=probs_kc.shape[1])
            # A tie is decided by the mean, which weighs less than half a vote.
            highest_c = votes_c + 0.4 * probs_kc.mean(axis=0)
        case _:
            assert_never(rule)
    return np.asarray(highest_c / highest_c.sum())


def judge_rules(
    logits_bc: Logits,
    class_idx_b: NDArray[np.integer],
    plants: Mapping[str, Sequence[int]],
    *,
    temperature: float,
    num_photos: int,
    num_draws: int,
    rng: np.random.Generator,
) -> dict[str, float]:
    """Return accuracy and log loss of each rule over photographs drawn from each plant.

    `plants` maps a plant to its rows; one with fewer than `num_photos` is left out.
    """
    drawn = [
        rng.choice(rows, num_photos, replace=False)
        for rows in plants.values()
        if len(rows) >= num_photos
        for _ in range(num_draws)
    ]
    if not drawn:
        return {}
    truth = np.asarray([class_idx_b[rows[0]] for rows in drawn])
    first = np.asarray([logits_bc[rows[0]].argmax() for rows in drawn])
    figures = {"num_draws": float(len(drawn)), "one photo": float((first == truth).mean())}
    for rule in FusionRule:
        probs_nc = np.stack([apply_rule(rule, logits_bc[rows], temperature) for rows in drawn])
        true_n = probs_nc[np.arange(len(truth)), truth]
        figures[rule] = float((probs_nc.argmax(axis=1) == truth).mean())
        log_loss = -np.log(np.clip(true_n, _MIN_PROBABILITY, None)).mean()
        figures[f"{rule}, log loss"] = float(log_loss)
    return {name: round(value, 4) for name, value in figures.items()}


def compare(
    predictor: Predictor, artifact_dir: Path, data_dir: Path
) -> Iterator[dict[str, object]]:
    """Yield one row for each slice, change and number of photographs."""
    rng = np.random.default_rng(_SEED)
    changes = {**create_changes([], seed=_SEED), "quarter": _create_quarter(rng)}
    group_ids = read_group_ids(data_dir.parent)
    trained_on = load_known_photographs(artifact_dir).trained_on
    for slice_name, labelled in find_slices(data_dir, trained_on).known.items():
        for change in _CHANGES:
            inferred = infer_paths(predictor, [path for path, _ in labelled], changes.get(change))
            kept = [labelled[index] for index in inferred.kept]
            plants: dict[str, list[int]] = {}
            for row, (path, class_name) in enumerate(kept):
                group = group_ids.get(path.resolve(), "") if slice_name == "val" else ""
                plants.setdefault(f"{class_name} {group}", []).append(row)
            for num_photos in _NUM_PHOTOS:
                figures = judge_rules(
                    inferred.logits_bc,
                    to_class_idx(predictor, (name for _, name in kept)),
                    plants,
                    temperature=predictor.card.temperature,
                    num_photos=num_photos,
                    num_draws=_DRAWS.get(slice_name, _DRAWS_OUTSIDE),
                    rng=rng,
                )
                if figures:
                    yield {
                        "slice": slice_name,
                        "photographs": change,
                        "num_photos": num_photos,
                        **figures,
                    }


def main(
    data: Annotated[Path, typer.Option(help="Validation folder, manifest.csv beside it.")],
    model: Annotated[Path, typer.Option(help="Artifact directory.")] = CHAMPION_DIR,
    results: Annotated[Path, typer.Option(help="File to write.")] = RESULTS_PATH,
) -> None:
    """Compare the rules, print each row, and write them all."""
    predictor = Predictor.load(model)
    rows = []
    for row in compare(predictor, model, data):
        typer.echo(json.dumps(row))
        rows.append(row)
    document = {"model_version": predictor.model_version, "rows": rows}
    results.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    typer.echo(f"written to {results}")


def _create_quarter(
    rng: np.random.Generator,
) -> Callable[[NDArray[np.uint8]], NDArray[np.uint8]]:
    """Return a change that keeps a random quarter: one photograph shows a part of the plant."""

    def keep_quarter(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        height_px, width_px = image.shape[0] // 2, image.shape[1] // 2
        top, left = int(rng.integers(height_px + 1)), int(rng.integers(width_px + 1))
        return image[top : top + height_px, left : left + width_px]

    return keep_quarter


if __name__ == "__main__":
    typer.run(main)
