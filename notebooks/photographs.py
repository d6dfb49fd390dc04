"""A bounded number of photographs to look at: links to some of a folder, or drawn leaves."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.images import list_images
from models.leaf_drawing import draw_leaf, encode_jpeg

# Pairs that a beginner confuses, of crops that also have photographs from outside.
FEW_LABELS = (
    "Apple___Apple_scab",
    "Apple___healthy",
    "Corn_(maize)___Common_rust_",
    "Potato___Late_blight",
    "Potato___healthy",
    "Tomato___Late_blight",
)
_OUTSIDE = ("field", "domain")
_BY_CLASS = ("train", "val", *_OUTSIDE)
# There are few of them, and a model's worth is decided there.
_OUTSIDE_TIMES = 10
_MANIFEST = "manifest.csv"
_SIZE_PX = 128


def take_photographs(
    source_dir: Path,
    target_dir: Path,
    *,
    images_per_class: int,
    dataset_labels: Sequence[str] | None = None,
) -> None:
    """Link to so many photographs of each class (None: all classes), evenly over their names.

    A folder that shows no class (`ood/<kind>`, `backgrounds`) gives as many, a class outside of the
    laboratory (`field`, `domain`) up to ten times as many.
    """
    for folder in _list_image_folders(source_dir):
        part = folder.relative_to(source_dir)
        is_wanted = dataset_labels is None or folder.name in dataset_labels
        if part.parts[0] in _BY_CLASS and not is_wanted:
            continue
        times = _OUTSIDE_TIMES if part.parts[0] in _OUTSIDE else 1
        for path in _pick(list_images([folder]), times * images_per_class):
            link = target_dir / path.relative_to(source_dir)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path.resolve())
    if (source_dir / _MANIFEST).is_file():
        shutil.copyfile(source_dir / _MANIFEST, target_dir / _MANIFEST)


def draw_photographs(target_dir: Path, *, images_per_class: int) -> None:
    """Draw leaves of a few classes, scenes and strangers, in the same folders."""
    for class_idx, label in enumerate(FEW_LABELS):
        for part_idx, part in enumerate(_BY_CLASS):
            count = images_per_class if part == "train" else max(2, images_per_class // 2)
            for number in range(count):
                seed = 10_000 * part_idx + 1000 * class_idx + number
                leaf = draw_leaf(seed, size_px=_SIZE_PX, class_idx=class_idx)
                _write(target_dir / part / label / f"{part}{number}.jpg", leaf)
    for number in range(images_per_class):
        rng = np.random.default_rng(number)
        _write(target_dir / "backgrounds" / f"scene{number}.jpg", _draw_clouds(rng, cells=12))
        _write(target_dir / "ood" / "cloud" / f"cloud{number}.jpg", _draw_clouds(rng, cells=4))
        _write(target_dir / "ood" / "noise" / f"noise{number}.jpg", _draw_clouds(rng, cells=64))


def _list_image_folders(source_dir: Path) -> list[Path]:
    by_class = [source_dir / part for part in (*_BY_CLASS, "ood")]
    folders = [child for part in by_class if part.is_dir() for child in part.iterdir()]
    return sorted(folder for folder in [*folders, source_dir / "backgrounds"] if folder.is_dir())


def _pick(paths: Sequence[Path], count: int) -> list[Path]:
    chosen = np.linspace(0, len(paths) - 1, min(count, len(paths))).round().astype(int)
    return [paths[index] for index in chosen]


def _draw_clouds(rng: np.random.Generator, *, cells: int) -> NDArray[np.uint8]:
    clouds = Image.fromarray(rng.integers(20, 235, (cells, cells, 3)).astype(np.uint8))
    return np.asarray(clouds.resize((_SIZE_PX, _SIZE_PX), Image.Resampling.BICUBIC))


def _write(path: Path, image: NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_jpeg(image))
