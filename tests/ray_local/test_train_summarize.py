"""The summary of a dataset version, measured with a real Ray Data."""

from pathlib import Path

import pytest

from cluster.storage import Layout
from models.leaf_drawing import draw_leaf, encode_jpeg
from train_jobs.dataset import load_samples
from train_jobs.manifest import ManifestError
from train_jobs.prepare import prepare
from train_jobs.summarize import summarize
from train_jobs.summary import Summary


@pytest.mark.usefixtures("ray_cluster")
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_every_readable_photograph_is_measured(tmp_path: Path, champion_dir: Path) -> None:
    layout = Layout(home=tmp_path / "home")
    for class_idx, name in enumerate(["Apple___healthy", "Grape___healthy"]):
        folder = tmp_path / "photos" / name
        folder.mkdir(parents=True)
        for number in range(4):
            image = draw_leaf(
                10 * class_idx + number, size_px=96 + 32 * class_idx, class_idx=class_idx
            )
            (folder / f"leaf{number}.jpg").write_bytes(encode_jpeg(image))
    version = prepare(layout, tmp_path / "photos").dataset_version
    broken = load_samples(layout, version)[0].sha256
    layout.image_path(broken).write_bytes(b"cut off")

    path = summarize(layout, version, champion_dir, num_actors=2, say=lambda _: None)
    summary = Summary.model_validate_json(path.read_bytes())
    assert path.parent == layout.dataset_dir(version)
    assert summary.num_images == sum(count.num_images for count in summary.counts) == 8
    images = summary.images
    assert len(images.sha256) == 7
    assert broken not in images.sha256
    assert {len(column) for column in images.model_dump().values()} == {7}
    sizes = set(zip(images.class_name, images.width_px, images.height_px, strict=True))
    assert sizes == {("apple__healthy", 96, 96), ("grape__healthy", 128, 128)}
    assert all(0 < value < 1 for value in images.brightness)
    assert summary.growth[0].num_images == 8

    for sample in load_samples(layout, version):
        layout.image_path(sample.sha256).write_bytes(b"cut off")
    with pytest.raises(ManifestError, match="no photograph"):
        summarize(layout, version, champion_dir, num_actors=1, say=lambda _: None)
