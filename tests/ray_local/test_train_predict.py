"""Batch prediction with a real Ray Data: every photograph is a row, with its local answer."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cluster.storage import Layout
from models.leaf_drawing import draw_leaf, encode_jpeg
from models.predictor import Predictor
from train_jobs.manifest import ManifestError
from train_jobs.predict import find_photographs, predict
from train_jobs.prepare import prepare


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(home=tmp_path / "home")


@pytest.fixture
def photo_dir(tmp_path: Path) -> Path:
    for class_idx, name in enumerate(["Apple___healthy", "Grape___healthy"]):
        folder = tmp_path / "photos" / name
        folder.mkdir(parents=True)
        for number in range(3):
            image = draw_leaf(10 * class_idx + number, size_px=96, class_idx=class_idx)
            (folder / f"leaf{number}.jpg").write_bytes(encode_jpeg(image))
    return tmp_path / "photos"


@pytest.mark.usefixtures("ray_cluster")
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_folder_becomes_parquet_with_the_local_answers(
    photo_dir: Path, tmp_path: Path, layout: Layout, champion_dir: Path
) -> None:
    (photo_dir / "broken.jpg").write_bytes(b"no photograph")
    output_dir = tmp_path / "answers"
    photographs = find_photographs(layout, str(photo_dir))
    done = predict(champion_dir, photographs, output_dir, num_actors=2, say=lambda _: None)
    assert (done.num_images, done.num_errors) == (7, 1)

    rows = {Path(row["path"]): row for row in pq.read_table(output_dir).to_pylist()}
    assert "not an image" in rows[photo_dir / "broken.jpg"].pop("error")
    predictor = Predictor.load(champion_dir)
    for path, row in rows.items():
        if path.name != "broken.jpg":
            local = predictor.predict_bytes(path.read_bytes())
            assert row["class_name"] == local.top[0].class_name
            assert row["probability"] == pytest.approx(local.top[0].probability, abs=1e-4)
            assert row["is_known"] == local.is_known
            assert len(row["top"]) == 5

    with pytest.raises(ManifestError, match="there already"):
        predict(champion_dir, photographs, output_dir, num_actors=1, say=lambda _: None)


def test_a_dataset_version_brings_its_labels(photo_dir: Path, layout: Layout) -> None:
    version = prepare(layout, photo_dir).dataset_version
    photographs = find_photographs(layout, version)
    assert len(photographs) == 6
    assert {item.true_class_name for item in photographs} == {"apple__healthy", "grape__healthy"}


def test_a_source_that_is_nothing_is_said(layout: Layout, tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="neither a folder nor a dataset version"):
        find_photographs(layout, "ds-nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ManifestError, match="holds no photographs"):
        find_photographs(layout, str(tmp_path / "empty"))
