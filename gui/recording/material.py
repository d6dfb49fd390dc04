"""The photographs of the story: a leaf, a folder to look through, a zip to learn from.

Photographs where a data set lies, drawn leaves elsewhere. The bundled champion has learned from the
photographs as they are; what it is to learn from here are turned ones without colour, of which it
names one in six rightly.
"""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from models.leaf_drawing import draw_leaf, encode_jpeg

_LEAF_CLASS = "Potato___Early_blight"
_TAUGHT_CLASSES = (
    "Apple___Black_rot",
    "Grape___Esca_(Black_Measles)",
    "Potato___Late_blight",
    "Strawberry___Leaf_scorch",
)
_NUM_FOLDER_PHOTOS = 24
# Enough for the gate to judge by; a head learns from them in half a minute.
_MAX_OF_CLASS = 24
# With the pattern that stands for each; from a number on that no test draws with.
_DRAWN_CLASSES = {
    "Apple___healthy": 11,
    "Grape___healthy": 12,
    "Potato___healthy": 13,
}
_FIRST_DRAWN = 7000
_LEAF_SIZE_PX = 320
_ANGLE_DEG = 8
_CUT_SHARE = 0.08


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Paths that are typed into the window."""

    leaf_path: Path
    folder: Path
    archive_path: Path


def prepare(folder: Path, data_dir: Path | None) -> Material:
    """Write the material into a folder.

    Args:
        folder: where to.
        data_dir: a data set whose folder ``val`` holds a folder of photographs a class; None for
            drawn leaves.
    """
    material = Material(
        leaf_path=folder / "leaf.jpg",
        folder=folder / "walk",
        archive_path=folder / "new leaves.zip",
    )
    material.folder.mkdir(parents=True)
    if data_dir is None:
        _write_drawn(material)
    else:
        _write_photographs(material, data_dir)
    (material.folder / "walk notes.jpg").write_text("row 3: yellow rims since Monday")
    return material


def _write_photographs(material: Material, data_dir: Path) -> None:
    paths = list_photographs(data_dir / "val")
    leaf = next(path for path in paths if path.parent.name == _LEAF_CLASS)
    material.leaf_path.write_bytes(leaf.read_bytes())
    step = max(1, len(paths) // _NUM_FOLDER_PHOTOS)
    for number, path in enumerate(paths[::step][:_NUM_FOLDER_PHOTOS]):
        (material.folder / f"walk {number:02}.jpg").write_bytes(path.read_bytes())
    taught = [path for path in paths if path.parent.name in _TAUGHT_CLASSES]
    files = {
        f"{path.parent.name}/{number:03}.jpg": alter(path)
        for number, path in enumerate(_take_of_each_class(taught))
    }
    _write_archive(material.archive_path, files, stored=taught[0].read_bytes())


def _write_drawn(material: Material) -> None:
    material.leaf_path.write_bytes(encode_jpeg(draw_leaf(7, size_px=_LEAF_SIZE_PX, class_idx=3)))
    for number in range(_NUM_FOLDER_PHOTOS):
        leaf = encode_jpeg(draw_leaf(number, size_px=_LEAF_SIZE_PX))
        (material.folder / f"walk {number:02}.jpg").write_bytes(leaf)
    files = {
        f"{class_name}/{number:03}.jpg": encode_jpeg(
            draw_leaf(_FIRST_DRAWN + 100 * pattern + number, size_px=128, class_idx=pattern)
        )
        for class_name, pattern in _DRAWN_CLASSES.items()
        for number in range(_MAX_OF_CLASS)
    }
    _write_archive(material.archive_path, files, stored=None)


def _write_archive(path: Path, files: dict[str, bytes], *, stored: bytes | None) -> None:
    """Zip photographs, and with them what people leave among their own."""
    names = list(files)
    folder = names[0].partition("/")[0]
    faults = {
        f"{folder}/half copied.jpg": files[names[0]][: len(files[names[0]]) // 3],
        f"{folder}/twice.jpg": files[names[1]],
        f"{folder}/thumbnail.jpg": encode_jpeg(draw_leaf(1, size_px=24)),
        "phone/unnamed.jpg": encode_jpeg(draw_leaf(2, size_px=256)),
    }
    if stored is not None:
        faults[f"{folder}/known already.jpg"] = stored
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**files, **faults}.items():
            archive.writestr(name, content)


def alter(path: Path) -> bytes:
    """Return a photograph turned, cut by a little and without colour, as JPEG."""
    with Image.open(path) as picture:
        turned = picture.convert("L").rotate(_ANGLE_DEG, Image.Resampling.BICUBIC)
        cut_x, cut_y = round(_CUT_SHARE * turned.width), round(_CUT_SHARE * turned.height)
        inside = turned.crop((cut_x, cut_y, turned.width - cut_x, turned.height - cut_y))
    buffer = io.BytesIO()
    inside.save(buffer, format="JPEG", quality=92)
    return buffer.getvalue()


def list_photographs(folder: Path) -> list[Path]:
    """Return the photographs of all classes, in order."""
    return sorted(path for path in folder.glob("*/*") if path.suffix.lower() in {".jpg", ".jpeg"})


def _take_of_each_class(paths: list[Path]) -> Iterator[Path]:
    counts: dict[str, int] = {}
    for path in paths:
        counts[path.parent.name] = counts.get(path.parent.name, 0) + 1
        if counts[path.parent.name] <= _MAX_OF_CLASS:
            yield path
