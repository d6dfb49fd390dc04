"""A folder per class, or a CSV, becomes a dataset version."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from cluster.storage import Layout
from models.leaf_drawing import draw_leaf, encode_jpeg
from train_jobs.dataset import load_samples, load_scenes, write_refused
from train_jobs.manifest import ManifestError, Sample
from train_jobs.prepare import prepare

APPLE, TOMATO = "Apple___healthy", "Tomato___Late_blight"


def save_leaf(path: Path, seed: int, *, quality: int = 90) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_jpeg(draw_leaf(seed, size_px=48), quality))
    return path


def to_splits(samples: Iterable[Sample]) -> dict[str, set[str]]:
    """Return the splits that each leaf group stands in."""
    splits: dict[str, set[str]] = {}
    for item in samples:
        splits.setdefault(item.group_id, set()).add(item.split)
    return splits


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


def test_when_every_image_has_two_labels_nothing_is_left_to_learn(
    layout: Layout, tmp_path: Path
) -> None:
    for name in (APPLE, TOMATO):
        save_leaf(tmp_path / "photos" / name / "same.jpg", 1)
    with pytest.raises(ManifestError, match="at least two classes"):
        prepare(layout, tmp_path / "photos")


@pytest.fixture
def train_dir(data_dir: Path) -> Path:
    """The photographs in a folder `train`, and beside it ten field leaves, each taken twice."""
    parent = data_dir.parent
    lines = ["path,group_id"]
    for leaf in range(10):
        for shot in range(2):
            path = f"field/{APPLE if leaf % 2 else TOMATO}/{leaf}_{shot}.jpg"
            save_leaf(parent / path, 1000 + 10 * leaf + shot)
            lines.append(f"{path},leaf{leaf}")
    (parent / "manifest.csv").write_text("\n".join(lines))
    return data_dir.rename(parent / "train")


def test_half_of_the_outside_leaves_are_trained_on_and_half_judge(
    layout: Layout, train_dir: Path
) -> None:
    prepared = prepare(layout, train_dir)
    field = [item for item in prepared.samples if item.source == "field"]
    splits = to_splits(field)
    assert splits.keys() == {f"leaf{leaf}" for leaf in range(10)}
    assert all(len(sides) == 1 for sides in splits.values())
    assert 4 <= sum(sides == {"test"} for sides in splits.values()) <= 6
    assert {item.split for item in field} == {"train", "test"}
    assert prepared.report.images_by_source["field"].keys() == {"train", "test"}


@pytest.mark.parametrize(("share", "split"), [(0.0, "test"), (1.0, "train")])
def test_outside_photographs_are_all_judged_by_or_all_trained_on(
    layout: Layout, train_dir: Path, share: float, split: str
) -> None:
    prepared = prepare(layout, train_dir, outside_train_share=share)
    field = [item for item in prepared.samples if item.source == "field"]
    assert len(field) == 20
    assert {item.split for item in field} == {split}


def test_outside_photographs_leave_the_laboratory_split_as_it_is(
    layout: Layout, train_dir: Path
) -> None:
    with_field = prepare(layout, train_dir).samples
    alone = prepare(layout, train_dir.rename(train_dir.parent / "photos")).samples
    lab = {(item.sha256, item.split) for item in with_field if item.source == "lab"}
    assert lab == {(item.sha256, item.split) for item in alone}
    assert {item.source for item in alone} == {"lab"}


def test_a_leaf_that_was_trained_on_never_judges_from_outside(
    layout: Layout, train_dir: Path
) -> None:
    lines = (train_dir.parent / "manifest.csv").read_text().splitlines()
    lines += [f"train/{path.parent.name}/{path.name},leaf1" for path in train_dir.rglob("*.jpg")]
    (train_dir.parent / "manifest.csv").write_text("\n".join(lines))
    save_leaf(train_dir.parent / "val" / APPLE / "other.jpg", 77)
    prepared = prepare(layout, train_dir, outside_train_share=0.0)
    leaked = [item.path for item in prepared.rejections if item.code == "leaf_in_train"]
    assert {Path(path).name for path in leaked} == {"1_0.jpg", "1_1.jpg"}
    assert all(len(sides) == 1 for sides in to_splits(prepared.samples).values())


def test_an_outside_photograph_that_repeats_a_trained_leaf_does_not_judge(
    layout: Layout, train_dir: Path
) -> None:
    save_leaf(train_dir.parent / "val" / APPLE / "other.jpg", 77)
    save_leaf(train_dir.parent / "domain" / APPLE / "again.jpg", 0, quality=80)
    prepared = prepare(layout, train_dir, outside_train_share=0.0)
    assert prepared.report.num_near_duplicate_pairs == 1
    assert [(Path(item.path).name, item.code) for item in prepared.rejections] == [
        ("again.jpg", "leaf_in_train")
    ]


def test_scenes_are_stored_and_decide_the_version(layout: Layout, train_dir: Path) -> None:
    before = prepare(layout, train_dir)
    for name in ("meadow.jpg", "deep/soil.jpg", "deep/soil_again.jpg"):
        save_leaf(train_dir.parent / "backgrounds" / name, 500 + ("soil" in name))
    after = prepare(layout, train_dir)
    assert before.scenes == ()
    assert len(after.scenes) == after.report.num_scenes == 2
    assert after.dataset_version != before.dataset_version
    stored = load_scenes(layout, after.dataset_version)
    assert {path.name for path in stored} == set(after.scenes)
    assert all(path.is_file() for path in stored)
    write_refused(layout, after.dataset_version, {after.scenes[0]: "truncated"})
    assert len(load_scenes(layout, after.dataset_version)) == 1


@pytest.fixture
def new_plant_diseases_dir(tmp_path: Path) -> Path:
    """Twelve leaves a class, augmented to four photographs each, then split photo by photo."""
    number = 0
    for class_name in (APPLE, TOMATO):
        for leaf in range(12):
            for copy in ("", "_90deg", "_new30degFlipLR", "_flipTB"):
                part = "valid" if number % 5 == 0 else "train"
                save_leaf(tmp_path / part / class_name / f"id___RS {leaf}{copy}.JPG", 3000 + number)
                number += 1
    save_leaf(tmp_path / "valid" / APPLE / "id___RS 99.JPG", 3999)
    return tmp_path / "train"


def test_a_data_set_split_photo_by_photo_is_split_anew_by_leaf(
    layout: Layout, new_plant_diseases_dir: Path
) -> None:
    prepared = prepare(layout, new_plant_diseases_dir)
    assert prepared.report.is_regrouped
    splits = to_splits(prepared.samples)
    assert len(splits) == 25
    assert all(len(sides) == 1 for sides in splits.values())
    assert 2 <= sum(sides == {"val"} for sides in splits.values()) <= 5


def test_leaves_on_both_sides_are_counted_and_said(
    layout: Layout, new_plant_diseases_dir: Path
) -> None:
    report = prepare(layout, new_plant_diseases_dir).report
    assert (report.given_val_leaves, report.given_val_leaves_in_train) == (21, 20)
    assert report.say()[1] == (
        "20 of 21 validation leaves (95.2%) also stood in the training part; "
        "so all leaves were split anew"
    )


def test_a_leaf_split_anew_is_judged_by_one_photograph_and_learned_from_all(
    layout: Layout, new_plant_diseases_dir: Path
) -> None:
    prepared = prepare(layout, new_plant_diseases_dir)
    val = [item for item in prepared.samples if item.split == "val"]
    assert len({item.group_id for item in val}) == len(val)
    assert len(prepared.samples) + len(prepared.rejections) == 97
    assert {item.code for item in prepared.rejections} == {"augmented_copy"}
    assert len(prepared.rejections) == 3 * len([v for v in val if "99" not in Path(v.path).name])


def test_a_validation_part_with_one_slip_keeps_its_split(layout: Layout, data_dir: Path) -> None:
    train_dir = data_dir.rename(data_dir.parent / "train")
    for number in range(60):
        save_leaf(train_dir.parent / "valid" / APPLE / f"new{number}.jpg", 5000 + number)
    save_leaf(train_dir.parent / "valid" / APPLE / "leaf0_90deg.jpg", 5999)
    prepared = prepare(layout, train_dir)
    assert [Path(item.path).name for item in prepared.rejections] == ["leaf0_90deg.jpg"]
    assert not prepared.report.is_regrouped
    assert prepared.report.given_val_leaves_in_train == 1
    assert sum(item.split == "val" for item in prepared.samples) == 60
