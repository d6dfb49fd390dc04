"""A challenger is made, and champion and challenger answer the same questions."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from ray.train import UserCallback

from cluster.settings import Settings
from models.artifact import Card, load_card
from models.evaluation import infer_paths
from models.feature_bank import FeatureBank
from models.predictor import Predictor
from train_jobs.additions import GrownVersion
from train_jobs.config import TrainConfig
from train_jobs.dataset import load_samples
from train_jobs.evidence import Judged, cut, to_evidence
from train_jobs.features import extract_features
from train_jobs.footprint import measure_footprints
from train_jobs.gate_values import Evidence
from train_jobs.head import Head, HeadConfig, LabelledFeatures, cross_answer, train_head
from train_jobs.head_artifact import write_head_artifact
from train_jobs.head_graph import check_same, load_head
from train_jobs.manifest import ManifestError, Sample
from train_jobs.new_photos import HELD_BACK_SPLIT
from train_jobs.pipeline import TrainRequest, Version, register, start_from, train_version
from train_jobs.replay import Replay, load_replay, to_class_idx
from train_jobs.validate import validate
from train_jobs.workers import Workers

_NUM_COMPARED = 16
_CONFORMAL_COVERAGE = 0.95

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenger:
    """A registered artifact, and the evidence for it and for the champion."""

    card: Card
    artifact_dir: Path
    collect: Callable[[], tuple[Evidence, Evidence]]
    """Judge both: champion, challenger. Costs seconds, so it is a stage of its own."""


def challenge_by_head(
    settings: Settings,
    champion_dir: Path,
    config: HeadConfig,
    grown: GrownVersion,
    *,
    artifact_dir: Path,
    on_iteration: Callable[[int, float], None],
) -> Challenger:
    """Train the last layer on the champion's replay features and on the new photographs.

    Ray must run. The photographs that the champion learned from need not be here.

    Raises:
        models.artifact.ArtifactError: the champion carries nothing to retrain from.
        ManifestError: too few of the new photographs can be read.
    """
    layout = settings.layout
    samples = _keep_readable(settings, grown)
    replay = load_replay(champion_dir)
    champion_head = load_head(champion_dir)
    num_actors = max(1, (os.cpu_count() or 1) // 2)
    features_bf = extract_features(layout, champion_dir, samples, num_actors=num_actors)
    new = LabelledFeatures(features_bf=features_bf, class_idx_b=to_class_idx(samples))
    is_held_back_b = np.asarray([sample.split == HELD_BACK_SPLIT for sample in samples])
    head = train_head(
        champion_head,
        _select(replay, "train"),
        LabelledFeatures(
            features_bf=new.features_bf[~is_held_back_b],
            class_idx_b=new.class_idx_b[~is_held_back_b],
        ),
        config,
        on_iteration=on_iteration,
    )
    card = write_head_artifact(
        champion_dir,
        artifact_dir,
        head,
        config,
        samples=samples,
        features_bf=features_bf,
        dataset_version=grown.dataset_version,
        conformal_coverage=_CONFORMAL_COVERAGE,
    )
    paths = [layout.image_path(sample.sha256) for sample in samples[:_NUM_COMPARED]]
    seen = infer_paths(Predictor.load(artifact_dir), paths)
    check_same(seen.logits_bc, head.to_logits(seen.features_bf))
    register(settings, artifact_dir)

    def collect() -> tuple[Evidence, Evidence]:
        crossed_bc = cross_answer(
            champion_head,
            _select(replay, "train"),
            new,
            [sample.group_id for sample in samples],
            config,
        )
        learned = _judge_samples(samples, crossed_bc, features_bf)
        champion, challenger = (
            _Findings(
                val=_judge_replay(replay, "val", layer),
                new=cut(
                    _judge_samples(samples, layer.to_logits(features_bf), features_bf),
                    is_held_back_b,
                ),
                learned=learned,
                field=_judge_replay(replay, "test", layer) if replay.select("test").any() else None,
                bank=bank,
            )
            for layer, bank in (
                (champion_head, replay.to_bank()),
                (head, load_replay(artifact_dir).to_bank()),
            )
        )
        return _to_pair(champion_dir, artifact_dir, champion=champion, challenger=challenger)

    return Challenger(card=card, artifact_dir=artifact_dir, collect=collect)


def challenge_by_finetune(
    settings: Settings,
    champion_dir: Path,
    config: TrainConfig,
    grown: GrownVersion,
    *,
    workers: Workers,
    callback: UserCallback,
    say: Say,
) -> Challenger:
    """Train all layers on the base photographs and the new ones, from the champion's weights.

    Ray must run, and the photographs of the base must lie on this machine. ``callback`` is told of
    each epoch.
    """
    layout = settings.layout
    config = start_from(config, champion_dir)
    artifact_dir = train_version(
        settings,
        config,
        TrainRequest(
            data_dir=None,
            val_data_dir=None,
            workers=workers,
            is_fresh=False,
            initial_dir=champion_dir,
        ),
        Version(
            dataset_version=grown.dataset_version,
            samples=(*grown.base, *grown.added),
            scenes=grown.scenes,
            num_rejected=len(grown.rejections),
        ),
        say=say,
        callbacks=[callback],
    )

    def collect() -> tuple[Evidence, Evidence]:
        added = {sample.sha256 for sample in grown.added}
        judging = [
            sample
            for sample in load_samples(layout, grown.dataset_version)
            if sample.split != "train"
        ]
        champion, challenger = (
            _judge_images(settings, folder, judging, added)
            for folder in (champion_dir, artifact_dir)
        )
        return _to_pair(champion_dir, artifact_dir, champion=champion, challenger=challenger)

    return Challenger(card=load_card(artifact_dir), artifact_dir=artifact_dir, collect=collect)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Findings:
    """What one model makes of all that it is judged by."""

    val: Judged
    new: Judged
    learned: Judged
    field: Judged | None
    bank: FeatureBank


def _keep_readable(settings: Settings, grown: GrownVersion) -> list[Sample]:
    """Decode the new photographs; return those that can be read, in their order."""
    refused = validate(settings.layout, grown.dataset_version, grown.added, [])
    readable = [sample for sample in grown.added if sample.sha256 not in refused]
    if {sample.split for sample in readable} != {"train", HELD_BACK_SPLIT}:
        raise ManifestError(
            f"there is nothing new to learn from, or nothing to judge by: {len(readable)} new "
            f"photographs, {len(refused)} more that cannot be read; add photographs of other leaves"
        )
    return readable


def _select(replay: Replay, split: str) -> LabelledFeatures:
    rows_n = replay.select(split)
    return LabelledFeatures(
        features_bf=replay.features_nf[rows_n].astype(np.float32),
        class_idx_b=replay.class_idx_n[rows_n].astype(np.int64),
    )


def _judge_replay(replay: Replay, split: str, head: Head) -> Judged:
    hashes = replay.list_hashes()
    names = tuple(hashes[row] for row in np.flatnonzero(replay.select(split)))
    labelled = _select(replay, split)
    return Judged(
        sample_ids=names,
        # The champion does not tell which of its photographs show one leaf.
        group_ids=names,
        class_idx_b=labelled.class_idx_b,
        logits_bc=head.to_logits(labelled.features_bf),
        features_bf=labelled.features_bf,
    )


def _judge_samples(
    samples: Sequence[Sample],
    logits_bc: NDArray[np.floating],
    features_bf: NDArray[np.floating],
) -> Judged:
    return Judged(
        sample_ids=tuple(sample.sha256 for sample in samples),
        group_ids=tuple(sample.group_id for sample in samples),
        class_idx_b=to_class_idx(samples),
        logits_bc=logits_bc,
        features_bf=features_bf,
    )


def _judge_images(
    settings: Settings, artifact_dir: Path, samples: Sequence[Sample], added: set[str]
) -> _Findings:
    predictor = Predictor.load(artifact_dir, intra_op_threads=os.cpu_count() or 1)
    paths = [settings.layout.image_path(sample.sha256) for sample in samples]
    inferred = infer_paths(predictor, paths)
    kept = [samples[row] for row in inferred.kept]
    every = _judge_samples(kept, inferred.logits_bc, inferred.features_bf)
    is_new_b = np.asarray([sample.sha256 in added for sample in kept], dtype=bool)
    is_val_b = np.asarray([sample.split == "val" for sample in kept], dtype=bool)
    is_field_b = ~is_new_b & ~is_val_b
    return _Findings(
        val=cut(every, is_val_b),
        new=cut(every, is_new_b),
        learned=cut(every, is_new_b),
        field=cut(every, is_field_b) if is_field_b.any() else None,
        bank=load_replay(artifact_dir).to_bank(),
    )


def _to_pair(
    champion_dir: Path, artifact_dir: Path, *, champion: _Findings, challenger: _Findings
) -> tuple[Evidence, Evidence]:
    footprints = measure_footprints({"champion": champion_dir, "challenger": artifact_dir})
    pair = tuple(
        to_evidence(
            load_card(folder),
            found.bank,
            val=found.val,
            new=found.new,
            learned=found.learned,
            field=found.field,
            footprint=footprints[name],
        )
        for name, folder, found in (
            ("champion", champion_dir, champion),
            ("challenger", artifact_dir, challenger),
        )
    )
    return pair[0], pair[1]
