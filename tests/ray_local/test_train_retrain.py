"""The learning loop on drawn leaves: a better model serves, anything else leaves all as it was."""

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import ray

from cluster.audit import read_entries
from cluster.errors import RunError
from cluster.registry import Alias, Registry
from cluster.run_report import load_confusions, load_points
from cluster.run_status import RunState, RunStatus, load_status, reconcile
from cluster.settings import Settings
from cluster.storage import PROJECT_DIR
from models.artifact import SUMMARY_FILE, load_card, verify_artifact
from models.leaf_drawing import draw_leaf, encode_jpeg
from models.predictor import Predictor
from train_jobs.config import ConfigError
from train_jobs.dataset import load_lineage, load_samples
from train_jobs.manifest import ManifestError
from train_jobs.replay import load_replay
from train_jobs.retrain import RetrainRequest, choose_config, retrain
from train_jobs.summary import Summary

pytestmark = [
    pytest.mark.usefixtures("ray_cluster"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning"),
]

CLASSES = ("Apple___Apple_scab", "Grape___healthy", "Tomato___Late_blight")
LEAVES_PER_CLASS = 24

# The command that a person types, killed as soon as it has begun a stage.
KILLED = """
import os, signal, sys
from train_jobs import __main__, run_reporter
begin = run_reporter.RunReporter.begin
stage = sys.argv.pop(1)
def begin_and_die(self, name, words):
    begin(self, name, words)
    if name == stage:
        os.kill(os.getpid(), signal.SIGKILL)
run_reporter.RunReporter.begin = begin_and_die
__main__.main()
"""


def draw_photos(folder: Path, *, first: int = 0, wrong_share: float = 0.0) -> Path:
    """Draw leaves of three classes; of some, the label is that of another class."""
    rng = random.Random(first)
    for class_idx in range(len(CLASSES)):
        for number in range(LEAVES_PER_CLASS):
            is_wrong = rng.random() < wrong_share
            said = (class_idx + rng.choice((1, 2))) % 3 if is_wrong else class_idx
            target = folder / CLASSES[said] / f"leaf{first}-{class_idx}-{number}.jpg"
            target.parent.mkdir(parents=True, exist_ok=True)
            leaf = draw_leaf(first + 100 * class_idx + number, size_px=128, class_idx=class_idx)
            target.write_bytes(encode_jpeg(leaf))
    return folder


@pytest.fixture(scope="module")
def home_settings(tmp_path_factory: pytest.TempPathFactory):
    settings = Settings(home=tmp_path_factory.mktemp("home"), MLFLOW_TRACKING_URI=None)
    yield settings
    shutil.rmtree(settings.layout.ray_dir, ignore_errors=True)


@pytest.fixture
def settings(home_settings: Settings, champion_dir: Path) -> Settings:
    """An installation whose champion is the bundled one."""
    if home_settings.layout.mlflow_db_path.exists():
        registry = Registry(home_settings.mlflow_tracking_uri, layout=home_settings.layout)
        registry.set_alias(Alias.CHAMPION, load_card(champion_dir).model_version)
    return home_settings


def open_registry(settings: Settings) -> Registry:
    return Registry(settings.mlflow_tracking_uri, layout=settings.layout)


def run(settings: Settings, folder: Path, **changes) -> RunStatus:
    request = RetrainRequest(data_dirs=(folder,), config="head", actor="user:test", **changes)
    return retrain(settings, request, say=lambda line: None)


@pytest.mark.timeout(300)
def test_what_is_better_becomes_the_champion(
    settings: Settings, tmp_path: Path, champion_dir: Path
) -> None:
    folder = draw_photos(tmp_path / "photos")
    (folder / CLASSES[0] / "broken.jpg").write_bytes(b"\xff\xd8\xff no photograph")
    status = run(settings, folder)
    assert status.status is RunState.SUCCEEDED, status.verdict and status.verdict["reasons"]
    assert load_status(settings.layout, status.run_id) == status

    before = load_card(champion_dir)
    assert status.model_version is not None
    registry = open_registry(settings)
    assert registry.get_alias(Alias.CHAMPION) == status.model_version
    assert registry.get_alias(Alias.PREVIOUS) == before.model_version

    artifact_dir = settings.layout.model_dir(status.model_version)
    card = verify_artifact(artifact_dir)
    assert card.initial_model == before.model_version
    assert card.dataset_version == status.dataset_version
    assert card.temperature != before.temperature
    assert card.metrics["val"]["top1_accuracy"] > before.metrics["val"]["top1_accuracy"] - 0.01
    later = Predictor.load(artifact_dir).predict_image(draw_leaf(77_777, class_idx=1))
    assert later.top[0].dataset_label == CLASSES[1]

    lineage = load_lineage(settings.layout, card.dataset_version)
    assert lineage is not None
    assert (lineage.parent, lineage.is_whole) == (before.dataset_version, False)
    summary_path = settings.layout.dataset_dir(card.dataset_version) / SUMMARY_FILE
    summary = Summary.model_validate_json(summary_path.read_bytes())
    assert summary.growth[-1].num_images == lineage.num_added
    held_back = {
        sample.sha256
        for sample in load_samples(settings.layout, card.dataset_version)
        if sample.split == "test"
    }
    replay = load_replay(artifact_dir)
    hashes = dict(zip(replay.list_hashes(), replay.select("test"), strict=True))
    assert {name for name in held_back if hashes[name]} == held_back
    assert not any(int(name[:16], 16) in set(replay.trained_on.tolist()) for name in held_back)

    points = load_points(settings.layout.run_points_path(status.run_id))
    assert [point.epoch for point in points] == list(range(1, len(points) + 1))
    assert points[-1].metrics["train/loss"] == status.metrics["train/loss"]
    assert status.verdict is not None
    mistakes = sum(
        round((1 - line["challenger"]) * line["num_samples"])
        for line in status.verdict["by_class"].values()
    )
    confusions = load_confusions(settings.layout, status.run_id)
    assert sum(item.challenger for item in confusions) == mistakes

    told = [(e.action, e.outcome) for e in read_entries(settings.layout.audit_path)]
    assert told == [
        ("retrain", "started"),
        ("promote_model", "started"),
        ("promote_model", "done"),
        ("retrain", "done"),
    ]
    # The same photographs again have nothing to teach this champion.
    with pytest.raises(ManifestError, match="nothing would be left to judge by"):
        run(settings, folder)


@pytest.mark.timeout(300)
def test_wrong_labels_are_not_promoted(settings: Settings, tmp_path: Path) -> None:
    folder = draw_photos(tmp_path / "photos", first=5000, wrong_share=0.3)
    champion = open_registry(settings).get_alias(Alias.CHAMPION)
    status = run(settings, folder)
    assert status.status is RunState.REJECTED
    assert status.verdict is not None
    assert not status.verdict["checks"]["new_labels"]
    assert any("labels are wrong" in reason for reason in status.verdict["reasons"])
    assert open_registry(settings).get_alias(Alias.CHAMPION) == champion
    saved = settings.layout.run_dir(status.run_id) / "verdict.json"
    assert json.loads(saved.read_text()) == status.verdict


@pytest.mark.timeout(300)
def test_a_person_may_have_the_last_word(settings: Settings, tmp_path: Path) -> None:
    champion = open_registry(settings).get_alias(Alias.CHAMPION)
    status = run(settings, draw_photos(tmp_path / "p", first=9000), require_approval=True)
    assert status.status is RunState.AWAITING_APPROVAL
    registry = open_registry(settings)
    assert registry.get_alias(Alias.CHAMPION) == champion
    assert registry.get_alias(Alias.CANDIDATE) == status.model_version


@pytest.mark.timeout(400)
def test_a_run_that_is_killed_leaves_the_champion_and_is_found_out(
    settings: Settings, tmp_path: Path
) -> None:
    folder = draw_photos(tmp_path / "photos", first=20_000)
    champion = open_registry(settings).get_alias(Alias.CHAMPION)
    address = ray.get_runtime_context().gcs_address
    environment = {**os.environ, "LEAFRAY_HOME": str(settings.home), "RAY_ADDRESS": address}
    arguments = ("retrain", "--config", "head", "--data", str(folder))
    for stage in ("prepare", "validate", "train", "evaluate", "gate", "promote"):
        run_id = f"retrain-killed-{stage}"
        done = subprocess.run(
            [sys.executable, "-c", KILLED, stage, *arguments, "--run-id", run_id],
            cwd=PROJECT_DIR,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == -9, (stage, done.stdout, done.stderr)
        assert load_status(settings.layout, run_id).status is RunState.RUNNING
        found = {status.run_id: status for status in reconcile(settings.layout)}[run_id]
        assert found.status is RunState.FAILED
        assert f"in the stage {stage}" in found.reason
        assert open_registry(settings).get_alias(Alias.CHAMPION) == champion
    # Nothing is in the way of the next one.
    assert run(settings, folder).status is RunState.SUCCEEDED


def test_what_cannot_be_run_fails_in_words(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="Name a folder with --data"):
        retrain(settings, RetrainRequest(run_id="retrain-empty"), say=lambda line: None)
    status = load_status(settings.layout, "retrain-empty")
    assert status.status is RunState.FAILED
    assert "--data" in status.reason
    with pytest.raises(RunError, match="used once"):
        retrain(settings, RetrainRequest(run_id="retrain-empty"), say=lambda line: None)


def test_a_run_that_was_cancelled_while_it_waited_does_not_begin(
    settings: Settings, tmp_path: Path
) -> None:
    run_id = "retrain-cancelled"
    settings.layout.run_dir(run_id).mkdir(parents=True)
    settings.layout.run_cancel_path(run_id).touch()
    status = run(settings, draw_photos(tmp_path / "photos", first=30_000), run_id=run_id)
    assert (status.status, status.stage) == (RunState.CANCELLED, "")


def test_the_configuration_is_what_there_is_data_for() -> None:
    assert choose_config(None, has_base=True) == "finetune"
    assert choose_config(None, has_base=False) == "head"
    assert choose_config("smoke", has_base=True) == "smoke"
    with pytest.raises(ConfigError, match="not on this machine"):
        choose_config("finetune", has_base=False)
    with pytest.raises(ConfigError, match="choose one of head, smoke, finetune"):
        choose_config("full", has_base=True)
