"""Stage 4: from the best checkpoint to a deployable, calibrated and judged artifact."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from cluster.machine import find_commit
from cluster.storage import Layout
from models.architectures import LeafClassifier, create_model
from models.artifact import (
    EVALUATION_FILE,
    ONNX_FILE,
    README_FILE,
    WEIGHTS_FILE,
    Card,
    OodCard,
    PreprocessingCard,
    write_card,
)
from models.evaluation import infer_paths
from models.feature_bank import load_feature_bank
from models.images import decode_image, read_image_bytes
from models.labels import CLASS_NAMES
from models.onnx_export import check_parity, export_onnx
from models.predictor import Predictor
from models.preprocess import preprocess_images
from train_jobs.calibrate import calibrate
from train_jobs.checkpoint import MODEL_FILE
from train_jobs.config import TrainConfig
from train_jobs.dataset import load_scenes
from train_jobs.draft import drafted
from train_jobs.evaluate import evaluate
from train_jobs.manifest import Sample
from train_jobs.model_card import write_model_card
from train_jobs.replay import choose_replayed, to_class_idx, write_replay
from train_jobs.slices import Slices, find_strangers

_PARITY_IMAGES = 16


def package(
    layout: Layout,
    config: TrainConfig,
    samples: Sequence[Sample],
    *,
    checkpoint_dir: Path,
    dataset_version: str,
    target_dir: Path,
    data_dir: Path | None,
    initial_weights: Path | None = None,
) -> Card:
    """Export, calibrate on the validation photographs, judge, and write the artifact atomically.

    `initial_weights`: of the artifact that training started from (`config.initial_share`).
    `data_dir`: where strangers to judge by lie beside the data; None where there are none.

    Raises:
        models.onnx_export.ParityError: network and graph disagree on real photographs.
    """
    with drafted(target_dir) as draft:
        model = _load_network(config, checkpoint_dir, initial_weights)
        return _write_artifact(layout, config, samples, model, dataset_version, draft, data_dir)


def _write_artifact(
    layout: Layout,
    config: TrainConfig,
    samples: Sequence[Sample],
    model: LeafClassifier,
    dataset_version: str,
    draft: Path,
    data_dir: Path | None,
) -> Card:
    val_samples = [sample for sample in samples if sample.split == "val"]
    replayed = choose_replayed(samples, config.replay_images_per_class)
    created = datetime.now(UTC)
    card = Card(
        model_version=f"{config.name}-{created:%Y%m%d-%H%M%S}",
        architecture=config.architecture,
        class_names=CLASS_NAMES,
        preprocessing=PreprocessingCard(
            size_px=config.serve_size_px, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)
        ),
        temperature=1.0,
        ood=OodCard(method="max_probability", threshold=1.0, known_kept_fraction=1.0),
        conformal_min_probability=0.0,
        dataset_version=dataset_version,
        train_config=f"{config.name}-{config.hash()}",
        initial_model=config.initial_model,
        code_commit=find_commit(),
        created=created.isoformat(timespec="seconds"),
        metrics={},
        files={},
    )
    parity = _export(config, model, draft, _image_paths(layout, val_samples))
    write_card(draft, card)
    predictor = Predictor.load(draft, intra_op_threads=torch.get_num_threads())

    val = infer_paths(predictor, _image_paths(layout, val_samples))
    train = infer_paths(predictor, _image_paths(layout, replayed))
    # So that a challenger can be judged outside the laboratory where the photographs are not.
    test_samples = [sample for sample in samples if sample.split == "test"]
    test = infer_paths(predictor, _image_paths(layout, test_samples))
    parts = [(replayed, train), (val_samples, val), (test_samples, test)]
    write_replay(
        draft,
        samples,
        [part for part in parts if part[1].kept],
        held_out_paths=_image_paths(layout, [*val_samples, *test_samples]),
    )
    val_idx_b = to_class_idx([val_samples[index] for index in val.kept])
    card = calibrate(
        card,
        val.logits_bc,
        val.features_bf,
        val_idx_b,
        load_feature_bank(draft),
        ood_method=config.ood_method,
        known_kept_fraction=config.known_kept_fraction,
        conformal_coverage=config.conformal_coverage,
    )
    write_card(draft, card)
    predictor = Predictor.load(draft, intra_op_threads=torch.get_num_threads())
    evaluation = evaluate(predictor, _to_slices(layout, samples, dataset_version, data_dir))
    (draft / EVALUATION_FILE).write_text(
        json.dumps({**evaluation.model_dump(), "onnx_max_probability_difference": parity}),
        encoding="utf-8",
    )
    card = card.model_copy(update={"metrics": evaluation.metrics})
    write_model_card(draft / README_FILE, card, evaluation.classes["val"])
    return write_card(draft, card)


def _to_slices(
    layout: Layout, samples: Sequence[Sample], dataset_version: str, data_dir: Path | None
) -> Slices:
    """Judge on the held-out parts of the dataset version, and on the strangers beside the data."""
    known: dict[str, list[tuple[Path, str]]] = {"val": []}
    for sample in samples:
        if sample.split != "train":
            name = "val" if sample.split == "val" else sample.source
            known.setdefault(name, []).append((layout.image_path(sample.sha256), sample.class_name))
    return Slices(
        known=known,
        unknown=find_strangers(data_dir.parent) if data_dir and data_dir.name == "train" else {},
        scenes=load_scenes(layout, dataset_version),
    )


def _load_network(
    config: TrainConfig, checkpoint_dir: Path, initial_weights: Path | None
) -> LeafClassifier:
    model = create_model(config.architecture, num_classes=len(CLASS_NAMES), pretrained=False)
    model.load_state_dict(load_file(checkpoint_dir / MODEL_FILE))
    if initial_weights is not None:
        initial = load_file(initial_weights)
        mixed = {
            # Counters of batches are whole numbers and mean nothing here.
            name: torch.lerp(trained, initial[name], config.initial_share)
            if trained.is_floating_point()
            else trained
            for name, trained in model.backbone.state_dict().items()
        }
        model.backbone.load_state_dict(mixed)
    return model.eval()


def _export(
    config: TrainConfig, model: LeafClassifier, draft: Path, image_paths: Sequence[Path]
) -> float:
    save_file(model.backbone.state_dict(), draft / WEIGHTS_FILE)
    export_onnx(model, draft / ONNX_FILE, size_px=config.serve_size_px)
    preprocessing = PreprocessingCard(
        size_px=config.serve_size_px, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)
    ).to_preprocessing()
    step = max(1, len(image_paths) // _PARITY_IMAGES)
    images = [decode_image(read_image_bytes(path)) for path in image_paths[::step]]
    return check_parity(model, draft / ONNX_FILE, preprocess_images(images, preprocessing))


def _image_paths(layout: Layout, samples: Sequence[Sample]) -> list[Path]:
    return [layout.image_path(sample.sha256) for sample in samples]
