"""A folder per class of drawn leaves, as one hands it to a training."""

from pathlib import Path

from models.leaf_drawing import draw_leaf, encode_jpeg

CLASSES = ("Apple___Apple_scab", "Grape___healthy")
LEAVES_PER_CLASS = 10


def draw_photos(folder: Path) -> None:
    """Write the fewest leaves that a retraining takes."""
    for class_idx, name in enumerate(CLASSES):
        (folder / name).mkdir(parents=True)
        for number in range(LEAVES_PER_CLASS):
            leaf = draw_leaf(100 * class_idx + number, size_px=128, class_idx=class_idx)
            (folder / name / f"{number}.jpg").write_bytes(encode_jpeg(leaf))
