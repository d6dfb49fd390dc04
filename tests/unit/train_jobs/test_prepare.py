"""A folder per class, or a CSV, becomes a dataset version."""

from pathlib import Path

import pytest

from cluster.storage import Layout
from models.leaf_drawing import draw_leaf, encode_jpeg
from train_jobs.dataset import load_samples, write_refused
from train_jobs.manifest import ManifestError
from train_jobs.prepare import prepare


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(home=tmp_path / "home")


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    for class_idx, name in enumerate(["Apple___healthy", "Tomato_Late_blight"]):
        (folder / name).mkdir(parents=True)
        for number in range(6):
            image = draw_leaf(100 * class_idx + number, size_px=48)
            (folder / name / f"leaf{number}.jpg").write_bytes(encode_jpeg(image))
    return folder


def test_folders_become_a_version_that_can_be_read_back(layout: Layout, data_dir: Path) -> None:
    prepared = prepare(layout, data_dir)
    samples = load_samples(layout, prepared.dataset_version)
    assert {item.class_name for item in samples} == {"apple__healthy", "tomato__late_blight"}
    assert {item.split for item in samples} == {"train", "val"}
    assert len(samples) == 12
    assert all(layout.image_path(item.sha256).is_file() for item in samples)
    assert prepare(layout, data_dir).dataset_version == prepared.dataset_version


def test_what_validation_refused_is_left_out(layout: Layout, data_dir: Path) -> None:
    prepared = prepare(layout, data_dir)
    write_refused(layout, prepared.dataset_version, {prepared.samples[0].sha256: "truncated"})
    assert len(load_samples(layout, prepared.dataset_version)) == 11


def test_a_sibling_named_val_is_the_validation_part(layout: Layout, data_dir: Path) -> None:
    train_dir = data_dir.rename(data_dir.parent / "train")
    for name in ("Apple___healthy", "Tomato_Late_blight"):
        (data_dir.parent / "val" / name).mkdir(parents=True)
    new = encode_jpeg(draw_leaf(999, size_px=48))
    (data_dir.parent / "val" / "Apple___healthy" / "new.jpg").write_bytes(new)
    prepared = prepare(layout, train_dir)
    assert [item.path for item in prepared.samples if item.split == "val"] == [
        str(data_dir.parent / "val" / "Apple___healthy" / "new.jpg")
    ]


def test_a_csv_names_paths_and_labels(layout: Layout, data_dir: Path) -> None:
    lines = ["path,label"]
    lines += [f"Apple___healthy/leaf{n}.jpg,apple__healthy" for n in range(6)]
    lines += [f"Tomato_Late_blight/leaf{n}.jpg,Tomato___Late_blight" for n in range(6)]
    lines += ["gone.jpg,apple__healthy"]
    (data_dir / "labels.csv").write_text("\n".join(lines))
    prepared = prepare(layout, data_dir / "labels.csv")
    assert len(prepared.samples) == 12
    assert [item.code for item in prepared.rejections] == ["unreadable"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: None, "does not exist"),
        (lambda folder: folder.mkdir(), "no folders inside"),
        (lambda folder: (folder / "Banana___rot").mkdir(parents=True), "unknown class name"),
        (lambda folder: (folder / "Apple___healthy").mkdir(parents=True), "no photographs"),
    ],
)
def test_bad_folders_are_named(layout: Layout, tmp_path: Path, make, message: str) -> None:
    make(tmp_path / "bad")
    with pytest.raises(ManifestError, match=message):
        prepare(layout, tmp_path / "bad")


def test_one_class_is_not_enough(layout: Layout, data_dir: Path) -> None:
    for photo in (data_dir / "Tomato_Late_blight").iterdir():
        photo.unlink()
    (data_dir / "Tomato_Late_blight").rmdir()
    with pytest.raises(ManifestError, match="at least two classes"):
        prepare(layout, data_dir)


def test_one_image_with_two_labels_is_refused_on_both_sides(layout: Layout, data_dir: Path) -> None:
    source = data_dir / "Apple___healthy" / "leaf0.jpg"
    (data_dir / "Tomato_Late_blight" / "copy.jpg").write_bytes(source.read_bytes())
    prepared = prepare(layout, data_dir)
    assert [item.code for item in prepared.rejections] == ["conflicting_labels"] * 2
    assert len(prepared.samples) == 11
