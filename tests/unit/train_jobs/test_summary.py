"""What is chosen and counted for the drawings of a dataset version."""

import colorsys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from cluster.storage import Layout
from models.artifact import (
    CARD_FILE,
    ONNX_FILE,
    WEIGHTS_FILE,
    ArtifactError,
    load_card,
    verify_artifact,
    write_card,
)
from models.labels import CLASS_NAMES
from train_jobs.dataset import Lineage
from train_jobs.manifest import ManifestError, Sample
from train_jobs.summarize import find_doubtful, find_growth, measure_colours, to_map
from train_jobs.summary import (
    DrawnImages,
    Summary,
    carry_summary,
    choose_drawn,
    count_classes,
    write_summary,
)


def make_samples(class_name: str, number: int, *, source: str = "lab") -> list[Sample]:
    return [
        Sample(
            sha256=f"{class_name}-{source}-{index:03}",
            path=f"{index}.jpg",
            class_name=class_name,
            group_id=str(index),
            split="train",
            source=source,
        )
        for index in range(number)
    ]


def test_rare_classes_and_sources_are_drawn_whole() -> None:
    samples = [
        *make_samples("apple__healthy", 90),
        *make_samples("apple__healthy", 2, source="field"),
        *make_samples("corn__rust", 5),
    ]
    chosen = choose_drawn(samples, 20)
    counts = Counter((item.class_name, item.source) for item in chosen)
    assert counts == {
        ("apple__healthy", "lab"): 13,
        ("apple__healthy", "field"): 2,
        ("corn__rust", "lab"): 5,
    }
    assert choose_drawn(list(reversed(samples)), 20) == chosen
    assert len(choose_drawn(samples, 1000)) == len(samples)
    assert choose_drawn([], 20) == []


def test_counts_add_up() -> None:
    samples = [*make_samples("a", 3), *make_samples("b", 2), *make_samples("b", 1, source="field")]
    counts = count_classes(samples)
    assert sum(count.num_images for count in counts) == len(samples)
    assert [(c.class_name, c.source, c.num_images) for c in counts] == [
        ("a", "lab", 3),
        ("b", "field", 1),
        ("b", "lab", 2),
    ]


@pytest.mark.parametrize(
    ("colour", "brightness", "saturation"),
    [((255, 255, 255), 1.0, 0.0), ((0, 0, 0), 0.0, 0.0), ((0, 255, 0), 0.587, 1.0)],
)
def test_colours_of_a_plain_picture(
    colour: tuple[int, int, int], brightness: float, saturation: float
) -> None:
    image = np.full((200, 300, 3), colour, np.uint8)
    measured = measure_colours(image)
    assert measured[:2] == pytest.approx((brightness, saturation), abs=1e-3)
    assert measured[2] == pytest.approx(360 * colorsys.rgb_to_hsv(*(c / 255 for c in colour))[0])


def test_the_map_puts_like_beside_like() -> None:
    rng = np.random.default_rng(0)
    centres = rng.normal(0, 10, (3, 64))
    features = np.concatenate([centre + rng.normal(0, 1, (40, 64)) for centre in centres])
    places = to_map(features)
    assert places.shape == (120, 2)
    assert np.abs(places).max() == pytest.approx(1)
    assert (to_map(features) == places).all()
    middles = np.stack([places[start : start + 40].mean(axis=0) for start in (0, 40, 80)])
    nearest = np.linalg.norm(places[:, None] - middles, axis=2).argmin(axis=1)
    assert (nearest == np.repeat([0, 1, 2], 40)).mean() > 0.95


@pytest.mark.parametrize("number", [0, 1, 4, 5])
def test_a_map_of_few_photographs(number: int) -> None:
    places = to_map(np.random.default_rng(0).normal(0, 1, (number, 16)))
    assert places.shape == (number, 2)
    assert np.isfinite(places).all()


def test_only_sure_contradictions_are_doubtful() -> None:
    samples = make_samples(CLASS_NAMES[0], 4)
    measured = {
        "predicted_idx": np.array([0, 1, 1, 1]),
        "probability": np.array([0.99, 0.5, 0.92, 0.97]),
    }
    doubtful = find_doubtful(samples, measured, CLASS_NAMES)
    assert [item.sha256 for item in doubtful] == [samples[3].sha256, samples[2].sha256]
    assert {item.predicted_class_name for item in doubtful} == {CLASS_NAMES[1]}


def test_growth_is_told_from_the_first_version_on(tmp_path: Path) -> None:
    layout = Layout(home=tmp_path)
    for name, parent, upload_id, num_added in (
        ("ds-2", "ds-1", "up-a", 30),
        ("ds-3", "ds-2", "up-b", 5),
    ):
        lineage = Lineage(
            parent=parent,
            is_whole=True,
            upload_ids=(upload_id,),
            num_added=num_added,
            num_held_back=1,
        )
        folder = layout.dataset_dir(name)
        folder.mkdir(parents=True)
        (folder / "lineage.json").write_text(lineage.model_dump_json())
    steps = find_growth(layout, "ds-3", num_images=135)
    assert [(step.dataset_version, step.num_images) for step in steps] == [
        ("ds-1", 100),
        ("ds-2", 30),
        ("ds-3", 5),
    ]
    # Where the base lies elsewhere, the version holds what was added alone.
    assert [step.num_images for step in find_growth(layout, "ds-3", num_images=35)] == [30, 5]
    assert [step.num_images for step in find_growth(layout, "ds-1", num_images=7)] == [7]


def make_summary(dataset_version: str) -> Summary:
    return Summary(
        dataset_version=dataset_version,
        model_version="v1",
        num_images=0,
        counts=(),
        images=DrawnImages(**dict.fromkeys(DrawnImages.model_fields, ())),
        num_near_duplicates=0,
        near_duplicates=(),
        num_doubtful_labels=0,
        doubtful_labels=(),
        growth=(),
    )


@pytest.fixture
def artifact_dir(tmp_path: Path, champion_dir: Path) -> Path:
    """The champion's card on two small files."""
    copy = tmp_path / "artifact"
    copy.mkdir()
    for name in (ONNX_FILE, WEIGHTS_FILE):
        (copy / name).write_bytes(name.encode())
    write_card(copy, load_card(champion_dir))
    return copy


def test_an_artifact_carries_the_summary_of_its_own_version(
    tmp_path: Path, artifact_dir: Path
) -> None:
    summary = make_summary(load_card(artifact_dir).dataset_version)
    carried = carry_summary(write_summary(tmp_path, summary), artifact_dir)
    assert Summary.model_validate_json(carried.read_bytes()) == summary
    assert carried.name in verify_artifact(artifact_dir).files
    again = carry_summary(write_summary(tmp_path, summary), artifact_dir)
    assert again == carried


def test_a_summary_of_another_version_is_not_carried(tmp_path: Path, artifact_dir: Path) -> None:
    other = write_summary(tmp_path, make_summary("ds-other"))
    with pytest.raises(ManifestError, match="ds-other"):
        carry_summary(other, artifact_dir)
    assert sorted(path.name for path in artifact_dir.iterdir()) == sorted(
        [CARD_FILE, ONNX_FILE, WEIGHTS_FILE]
    )


def test_a_damaged_artifact_is_not_blessed_with_a_fresh_card(
    tmp_path: Path, artifact_dir: Path
) -> None:
    (artifact_dir / ONNX_FILE).write_bytes(b"damaged")
    summary = write_summary(tmp_path, make_summary(load_card(artifact_dir).dataset_version))
    with pytest.raises(ArtifactError, match="a byte has changed"):
        carry_summary(summary, artifact_dir)
