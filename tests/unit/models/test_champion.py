"""The bundled champion: whole, honest about drawings, and as good as its card says."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from models.artifact import ONNX_FILE, SUMMARY_FILE, ArtifactError, verify_artifact
from models.evaluation import evaluate_folder
from models.explain import load_classifier_weights, to_activation_map
from models.images import decode_image
from models.leaf_drawing import draw_leaf, encode_jpeg
from models.predictor import Predictor


@pytest.fixture(scope="module")
def predictor(champion_dir: Path) -> Predictor:
    return Predictor.load(champion_dir, intra_op_threads=os.cpu_count() or 1)


def test_every_file_is_the_one_that_the_card_names(champion_dir: Path) -> None:
    card = verify_artifact(champion_dir)
    total_bytes = sum(path.stat().st_size for path in champion_dir.iterdir())
    assert total_bytes < 40e6
    assert len(card.class_names) == 38


def test_it_carries_what_is_drawn_of_its_photographs(champion_dir: Path) -> None:
    card = verify_artifact(champion_dir)
    path = champion_dir / SUMMARY_FILE
    assert SUMMARY_FILE in card.files
    assert path.stat().st_size < 1e6
    summary = json.loads(path.read_bytes())
    assert summary["dataset_version"] == card.dataset_version
    assert summary["num_images"] == sum(count["num_images"] for count in summary["counts"])
    assert {count["class_name"] for count in summary["counts"]} == set(card.class_names)


def test_a_changed_byte_is_refused(champion_dir: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(champion_dir, tmp_path / "copy")
    damaged = bytearray((copy / ONNX_FILE).read_bytes())
    damaged[1000] ^= 1
    (copy / ONNX_FILE).write_bytes(damaged)
    with pytest.raises(ArtifactError, match="a byte has changed"):
        Predictor.load(copy)


def test_a_drawing_is_no_leaf_that_it_knows(predictor: Predictor) -> None:
    prediction = predictor.predict_image(draw_leaf(7))
    assert not prediction.is_known
    assert prediction.refusal is not None
    assert prediction.refusal.code == "unknown_leaf"


def test_a_batch_gives_the_answers_of_single_images(predictor: Predictor) -> None:
    images = [draw_leaf(seed) for seed in range(4)]
    batch = predictor.infer(predictor.preprocess(images)).logits_bc
    single = [predictor.infer(predictor.preprocess([image])).logits_bc[0] for image in images]
    np.testing.assert_allclose(batch, np.stack(single), atol=1e-4)


def test_the_heat_map_is_the_logit_taken_apart(predictor: Predictor, champion_dir: Path) -> None:
    outputs = predictor.infer(predictor.preprocess([draw_leaf(2)]))
    weights = load_classifier_weights(champion_dir)
    feature_map = outputs.feature_maps_bchw[0]
    evidence = np.einsum("chw,kc->k", feature_map, weights) / feature_map[0].size
    spread = outputs.logits_bc[0] - evidence  # the bias of each class is left
    assert np.abs(spread).max() < 1
    heat = to_activation_map(feature_map, weights[int(outputs.logits_bc[0].argmax())])
    assert heat.shape == feature_map.shape[1:]
    assert heat.min() >= 0
    assert heat.max() <= 1


def test_the_card_gives_the_figures_that_are_measured(predictor: Predictor, data_dir: Path) -> None:
    report = evaluate_folder(predictor, data_dir / "val")
    assert report["metrics"] == pytest.approx(predictor.card.metrics["val"], abs=1e-9)


def test_a_flipped_or_re_encoded_leaf_keeps_its_class(predictor: Predictor, data_dir: Path) -> None:
    photos = sorted((data_dir / "val").glob("Tomato___*/*.jpg"))[::12]
    kept = 0
    for photo in photos:
        image = decode_image(photo.read_bytes())
        name = predictor.predict_image(image).top[0].class_name
        again = decode_image(encode_jpeg(image, quality=60))
        kept += predictor.predict_image(image[:, ::-1].copy()).top[0].class_name == name
        kept += predictor.predict_image(again).top[0].class_name == name
    assert kept / (2 * len(photos)) >= 0.9


@pytest.mark.timeout(120)
def test_the_command_line_reports_bad_files_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "drawn.jpg").write_bytes(encode_jpeg(draw_leaf(1)))
    (tmp_path / "text.jpg").write_text("no image")
    done = subprocess.run(
        [sys.executable, "-m", "models", "predict", str(tmp_path), "no/such.jpg", "--json"],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [bool(row["error"]) for row in rows] == [False, True, True]
    assert len(rows[0]["top"]) == 5
