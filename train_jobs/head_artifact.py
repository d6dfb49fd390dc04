"""From a new last layer to a deployable artifact: what the champion is, with another last layer."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cluster.machine import find_commit
from models.artifact import (
    EVALUATION_FILE,
    README_FILE,
    Card,
    OodCard,
    load_card,
    write_card,
)
from models.evaluation import Inferred, to_metrics
from models.known_photographs import to_short_hash
from models.predictor import Predictor
from train_jobs.calibrate import calibrate
from train_jobs.draft import drafted
from train_jobs.evaluate import to_class_reports
from train_jobs.head import Head, HeadConfig
from train_jobs.head_graph import write_with_head
from train_jobs.manifest import Sample
from train_jobs.model_card import RETRAIN_PREFIX, write_model_card
from train_jobs.new_photos import SOURCE
from train_jobs.replay import (
    Replay,
    extend_replay,
    load_replay,
    save_replay,
    to_replay,
)


def write_head_artifact(
    champion_dir: Path,
    target_dir: Path,
    head: Head,
    config: HeadConfig,
    *,
    samples: Sequence[Sample],
    features_bf: NDArray[np.float32],
    dataset_version: str,
    conformal_coverage: float,
) -> Card:
    """Write the champion with another last layer, calibrated anew on its validation features.

    `samples` are the new photographs with their `features_bf`; the artifact remembers those that
    were trained on, and those set aside as test samples.
    """
    with drafted(target_dir) as draft:
        write_with_head(champion_dir, head, draft)
        before = load_replay(champion_dir)
        replay = extend_replay(before, _choose_new(before, config, samples, features_bf))
        save_replay(draft, replay)
        is_val_n = replay.select("val")
        val_features_bf = replay.features_nf[is_val_n].astype(np.float32)
        val_idx_b = replay.class_idx_n[is_val_n].astype(np.int64)
        val_logits_bc = head.to_logits(val_features_bf)
        champion = load_card(champion_dir)
        card = calibrate(
            _to_card(champion, config, dataset_version),
            val_logits_bc,
            val_features_bf,
            val_idx_b,
            replay.to_bank(),
            ood_method=champion.ood.method,
            known_kept_fraction=champion.ood.known_kept_fraction,
            conformal_coverage=conformal_coverage,
        )
        write_card(draft, card)
        predictor = Predictor.load(draft)
        metrics = _judge(predictor, replay, head)
        classes = to_class_reports(card.class_names, val_logits_bc, val_idx_b)
        (draft / EVALUATION_FILE).write_text(
            json.dumps(
                {
                    "model_version": card.model_version,
                    "judged_on": "features that the champion carries, without photographs",
                    "metrics": metrics,
                    "classes": {"val": {name: row.model_dump() for name, row in classes.items()}},
                }
            ),
            encoding="utf-8",
        )
        card = card.model_copy(update={"metrics": metrics})
        write_model_card(draft / README_FILE, card, classes)
        return write_card(draft, card)


def _to_card(champion: Card, config: HeadConfig, dataset_version: str) -> Card:
    created = datetime.now(UTC)
    return champion.model_copy(
        update={
            "model_version": f"{config.name}-{created:%Y%m%d-%H%M%S}",
            "temperature": 1.0,
            "ood": OodCard(method="max_probability", threshold=1.0, known_kept_fraction=1.0),
            "dataset_version": dataset_version,
            "train_config": f"{RETRAIN_PREFIX}{config.name}-{config.hash()}",
            "initial_model": champion.model_version,
            "code_commit": find_commit(),
            "created": created.isoformat(timespec="seconds"),
            "metrics": {},
            "files": {},
        }
    )


def _choose_new(
    before: Replay, config: HeadConfig, samples: Sequence[Sample], features_bf: NDArray[np.float32]
) -> Replay:
    """Return what to remember: all that was set aside, of the rest so many a class.

    Places that earlier uploads took are taken: an artifact that is retrained each week does not
    grow for ever.
    """
    of_uploads_n = before.select_source(SOURCE) & before.select("train")
    taken = Counter(before.class_idx_n[of_uploads_n].tolist())
    everything = to_replay(
        samples,
        features_bf,
        trained_on=[to_short_hash(s.sha256) for s in samples if s.split == "train"],
    )
    rows: list[int] = []
    for row in sorted(range(len(samples)), key=lambda index: samples[index].sha256):
        if samples[row].split == "train":
            class_idx = int(everything.class_idx_n[row])
            if taken[class_idx] >= config.replay_images_per_class:
                continue
            taken[class_idx] += 1
        rows.append(row)
    return replace(
        everything,
        features_nf=everything.features_nf[rows],
        class_idx_n=everything.class_idx_n[rows],
        sha256_n=everything.sha256_n[rows],
        split_n=everything.split_n[rows],
        source_n=everything.source_n[rows],
    )


def _judge(predictor: Predictor, replay: Replay, head: Head) -> dict[str, dict[str, float]]:
    """Judge on the features that the artifact carries: validation, and test samples by source."""
    slices = {"val": replay.select("val")}
    for source in replay.list_sources():
        rows_n = replay.select("test") & replay.select_source(source)
        if rows_n.any():
            slices[source] = rows_n
    metrics: dict[str, dict[str, float]] = {}
    for name, rows_n in slices.items():
        features_bf = replay.features_nf[rows_n].astype(np.float32)
        inferred = Inferred(
            logits_bc=head.to_logits(features_bf),
            features_bf=features_bf,
            fault_codes=(None,) * len(features_bf),
            kept=tuple(range(len(features_bf))),
            refused={},
        )
        metrics[name] = to_metrics(predictor, inferred, replay.class_idx_n[rows_n].astype(np.int64))
    return metrics
