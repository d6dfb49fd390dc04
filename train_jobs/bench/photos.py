"""What the training benchmark reads: photographs of a folder, or leaves drawn for it."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cluster.storage import Layout
from models.artifact import hash_file
from models.images import ImageError, decode_image, list_images, read_image_bytes
from models.labels import CLASS_NAMES
from models.leaf_drawing import draw_leaf, encode_jpeg
from train_jobs.bench.errors import BenchError
from train_jobs.epoch import TrainRow
from train_jobs.prepare import read_labelled_images

_DRAWN_CLASSES = 8
_DRAWN_PER_CLASS = 8
_MAX_SCENES = 400
_SCENES_SIBLING = "backgrounds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Photos:
    """Stored photographs that can be decoded, each once."""

    source: str
    layout: Layout
    rows: tuple[TrainRow, ...]
    scenes: tuple[Path, ...]
    num_refused: int

    def repeat(self, num_images: int) -> tuple[TrainRow, ...]:
        """Return as many rows as asked for; files are repeated where there are too few."""
        return tuple(itertools.islice(itertools.cycle(self.rows), num_images))


def load_photos(data: Path | None, home: Path, *, max_files: int) -> Photos:
    """Link the photographs of `data` (as `prepare` reads it) into a layout below `home`.

    Of more than `max_files` an even choice over all classes is taken. Without `data` leaves are
    drawn. Scenes come from a folder `backgrounds` beside a folder `train`.

    Raises:
        train_jobs.manifest.ManifestError: there are no photographs, or no such folder.
        BenchError: not one of them can be decoded.
    """
    layout = Layout(home=home)
    labelled = _draw(home / "drawn") if data is None else list(read_labelled_images(data))
    rows: list[TrainRow] = []
    chosen = _choose_evenly(labelled, max_files)
    for path, class_name in chosen:
        try:
            decode_image(read_image_bytes(path))
        except ImageError:
            continue
        sha256 = hash_file(path)
        target = layout.image_path(sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            target.symlink_to(path.resolve())
        rows.append(TrainRow(sha256=sha256, class_name=class_name, has_sheet=True))
    if not rows:
        raise BenchError(f"{data} has no photograph that can be decoded; name another folder")
    return Photos(
        source=f"{len(rows)} drawn leaves" if data is None else f"{len(rows)} photographs",
        layout=layout,
        rows=tuple(rows),
        scenes=_find_scenes(data),
        num_refused=len(chosen) - len(rows),
    )


def _draw(folder: Path) -> list[tuple[Path, str]]:
    drawn = []
    for class_idx, class_name in enumerate(CLASS_NAMES[:_DRAWN_CLASSES]):
        for number in range(_DRAWN_PER_CLASS):
            path = folder / f"{class_name}-{number}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            image = draw_leaf(_DRAWN_PER_CLASS * class_idx + number, class_idx=class_idx)
            path.write_bytes(encode_jpeg(image))
            drawn.append((path, class_name))
    return drawn


def _choose_evenly(labelled: Sequence[tuple[Path, str]], max_files: int) -> list[tuple[Path, str]]:
    count = min(len(labelled), max_files)
    return [labelled[index * len(labelled) // count] for index in range(count)]


def _find_scenes(data: Path | None) -> tuple[Path, ...]:
    if data is None or data.name != "train":
        return ()
    folder = data.parent / _SCENES_SIBLING
    return tuple(list_images([folder])[:_MAX_SCENES]) if folder.is_dir() else ()
