"""The whole pipeline on drawn leaves: real Ray Data, real Ray Train, real MLflow."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from cluster.registry import Alias, Registry
from cluster.run_status import RunState
from cluster.settings import Settings
from models.artifact import ONNX_FILE, ArtifactError, verify_artifact
from models.leaf_drawing import draw_leaf, encode_jpeg
from models.predictor import Predictor
from train_jobs.config import get_config
from train_jobs.dataset import load_lineage, load_refused
from train_jobs.pipeline import TrainRequest, run_training
from train_jobs.retrain import RetrainRequest, retrain
from train_jobs.workers import Workers

CLASSES = ("Apple___Apple_scab", "Grape___healthy", "Tomato___Late_blight")


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for class_idx, name in enumerate(CLASSES):
        (folder / name).mkdir()
        for number in range(8):
            image = draw_leaf(100 * class_idx + number, size_px=80, class_idx=class_idx)
            (folder / name / f"leaf{number}.jpg").write_bytes(encode_jpeg(image))
    broken = (folder / CLASSES[0] / "leaf0.jpg").read_bytes()[:-300]
    (folder / CLASSES[0] / "broken.jpg").write_bytes(broken)
    return folder


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("ray_cluster")
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning")
def test_photographs_become_a_registered_model(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("LEAFRAY_HOME", str(home))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    settings = Settings()
    config = get_config("smoke").model_copy(update={"pretrained": False, "epochs": 1})
    request = TrainRequest(data_dir=data_dir, val_data_dir=None, workers=Workers(), is_fresh=False)
    said: list[str] = []
    artifact_dir = run_training(settings, config, request, say=said.append)

    card = verify_artifact(artifact_dir)
    refused = load_refused(settings.layout, card.dataset_version) or {}
    assert [reason.split(":")[0] for reason in refused.values()] == ["truncated"]
    evaluation = json.loads((artifact_dir / "evaluation.json").read_text())
    assert evaluation["onnx_max_probability_difference"] < 1e-4
    prediction = Predictor.load(artifact_dir).predict_image(draw_leaf(0))
    assert sum(item.probability for item in prediction.top) <= 1 + 1e-9
    registry = Registry(settings.mlflow_tracking_uri, layout=settings.layout)
    assert registry.find_version(card.model_version) is not None

    # The same command again finds the finished run; with more epochs it would be another run.
    assert run_training(settings, config, request, say=said.append) == artifact_dir
    assert "finished" in said[-1]

    # Broken off after the last checkpoint and before packaging: it goes on, it does not retrain.
    checkpoints = sorted(settings.layout.runs_dir.glob("*/checkpoint_*"))
    os.rename(artifact_dir, tmp_path / "moved")  # noqa: PTH104
    run_training(settings, config, request, say=said.append)
    assert sorted(settings.layout.runs_dir.glob("*/checkpoint_*")) == checkpoints
    assert any(line.startswith("[3/5] going on") for line in said)

    # With its photographs here, such a champion is retrained as a whole.
    registry.set_alias(Alias.CHAMPION, card.model_version)
    more_dir = tmp_path / "more"
    for class_idx, name in enumerate(CLASSES):
        (more_dir / name).mkdir(parents=True)
        for number in range(6):
            image = draw_leaf(5000 + 100 * class_idx + number, size_px=80, class_idx=class_idx)
            (more_dir / name / f"leaf{number}.jpg").write_bytes(encode_jpeg(image))
    sizes = ("train_size_px=64", "serve_size_px=64", "batch_size=16", "min_images_per_class=8")
    retraining = RetrainRequest(data_dirs=(more_dir,), changes=("epochs=1", *sizes))
    status = retrain(settings, retraining, say=said.append)
    assert status.status in (RunState.REJECTED, RunState.SUCCEEDED), status.reason
    assert status.config == "finetune"
    assert status.dataset_version is not None
    lineage = load_lineage(settings.layout, status.dataset_version)
    assert lineage is not None
    assert (lineage.parent, lineage.is_whole) == (card.dataset_version, True)
    left = json.loads((settings.layout.run_dir(status.run_id) / "progress.json").read_text())
    assert left["progress"]["epochs"] == 1
    assert left["metrics"]["train/loss"] > 0

    onnx = artifact_dir / ONNX_FILE
    damaged = bytearray(onnx.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    onnx.write_bytes(np.frombuffer(damaged, np.uint8).tobytes())
    with pytest.raises(ArtifactError, match="a byte has changed"):
        Predictor.load(artifact_dir)
