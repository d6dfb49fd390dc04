"""What an artifact is judged on: nothing that it has seen, and all that lies beside the data."""

from pathlib import Path

import pytest

from models.artifact import hash_file
from models.known_photographs import to_short_hash
from models.leaf_drawing import draw_leaf, encode_jpeg
from train_jobs.slices import find_slices, leave_out

APPLE, TOMATO = "Apple___healthy", "Tomato___Late_blight"


def save_leaf(path: Path, seed: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_jpeg(draw_leaf(seed, size_px=32)))
    return path


def to_seen(*paths: Path) -> frozenset[int]:
    return frozenset(to_short_hash(hash_file(path)) for path in paths)


def names(labelled: list[tuple[Path, str]]) -> list[str]:
    return [path.name for path, _ in labelled]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A folder `val` with all siblings that are read."""
    for seed, name in enumerate(
        (
            f"val/{APPLE}/a.jpg",
            f"val/{APPLE}/b.jpg",
            f"val/{TOMATO}/c.jpg",
            f"field/{APPLE}/d.jpg",
            f"domain/{TOMATO}/e.jpg",
            f"domain/{TOMATO}/f.jpg",
            "ood/cats/g.jpg",
            "ood/tea/h.jpg",
            "backgrounds/i.jpg",
            f"train/{APPLE}/j.jpg",
        )
    ):
        save_leaf(tmp_path / name, seed)
    (tmp_path / "ood" / "empty").mkdir()
    return tmp_path / "val"


def test_siblings_become_slices(data_dir: Path) -> None:
    slices = find_slices(data_dir, frozenset())
    assert {name: names(labelled) for name, labelled in slices.known.items()} == {
        "val": ["a.jpg", "b.jpg", "c.jpg"],
        "field": ["d.jpg"],
        "domain": ["e.jpg", "f.jpg"],
    }
    assert slices.known["field"][0][1] == "apple__healthy"
    assert {kind: [p.name for p in paths] for kind, paths in slices.unknown.items()} == {
        "cats": ["g.jpg"],
        "tea": ["h.jpg"],
    }
    assert [path.name for path in slices.scenes] == ["i.jpg"]
    assert slices.num_left_out == 0


def test_a_folder_of_another_name_stands_alone(data_dir: Path) -> None:
    slices = find_slices(data_dir.rename(data_dir.parent / "photos"), frozenset())
    assert list(slices.known) == ["val"]
    assert not slices.unknown
    assert not slices.scenes


def test_a_folder_without_siblings_is_enough(tmp_path: Path) -> None:
    save_leaf(tmp_path / "val" / APPLE / "a.jpg", 0)
    slices = find_slices(tmp_path / "val", frozenset())
    assert list(slices.known) == ["val"]
    assert not slices.unknown


def test_what_was_trained_on_is_left_out_of_every_slice(data_dir: Path) -> None:
    parent = data_dir.parent
    trained_on = to_seen(data_dir / APPLE / "b.jpg", parent / "field" / APPLE / "d.jpg")
    slices = find_slices(data_dir, trained_on)
    assert {name: names(labelled) for name, labelled in slices.known.items()} == {
        "val": ["a.jpg", "c.jpg"],
        "domain": ["e.jpg", "f.jpg"],
    }
    assert slices.num_left_out == 2


def test_other_photographs_of_a_leaf_that_was_trained_on_are_left_out(data_dir: Path) -> None:
    lines = ["path,group_id", f"val/{APPLE}/a.jpg,one", f"val/{TOMATO}/c.jpg,one"]
    (data_dir.parent / "manifest.csv").write_text("\n".join(lines))
    slices = find_slices(data_dir, to_seen(data_dir / APPLE / "a.jpg"))
    assert names(slices.known["val"]) == ["b.jpg"]
    assert slices.num_left_out == 2


def test_without_a_manifest_file_names_tell_the_leaf(tmp_path: Path) -> None:
    labelled = [
        (save_leaf(tmp_path / APPLE / name, seed), "apple__healthy")
        for seed, name in enumerate(["x_90deg.JPG", "x_flipLR.JPG", "x.JPG", "y_90deg.JPG"])
    ]
    assert names(leave_out(labelled, to_seen(labelled[0][0]))) == ["y_90deg.JPG"]


def test_an_artifact_that_names_nothing_is_judged_on_everything(data_dir: Path) -> None:
    labelled = [(data_dir / APPLE / "a.jpg", "apple__healthy")]
    assert leave_out(labelled, frozenset()) == labelled
    assert leave_out([], frozenset([1])) == []
