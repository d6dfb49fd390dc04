"""Where a notebook works: a bounded number of photographs, and a home for what it makes."""

import atexit
import logging
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cluster.settings import Settings, load_settings
from cluster.storage import create_folders
from notebooks.photographs import draw_photographs, take_photographs

_DATA = "LEAFRAY_DATA"
_HOME = "LEAFRAY_HOME"
_IMAGES = "LEAFRAY_NOTEBOOK_IMAGES"
_RAY = "RAY_ADDRESS"
_MAX_IMAGES = 10_000
_NEEDED = ("train", "val", "ood")
# They say each second what a reader of a notebook cannot act on.
_CHATTY = ("ray", "ray.data", "ray.train", "mlflow", "alembic", "torch.onnx", "onnxscript")


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """Photographs (folders train, val, field, domain, ood/<kind>, backgrounds) and settings."""

    folder: Path
    """Temporary; removed when the kernel ends."""
    source_dir: Path
    """All photographs, of which `data_dir` holds some."""
    data_dir: Path
    settings: Settings
    images_per_class: int
    is_drawn: bool

    def describe(self) -> str:
        """Say what a reader looks at."""
        bound = f"at most {self.images_per_class} of each class and part"
        if self.is_drawn:
            return f"**Drawn leaves**, {bound}: the steps are real, the figures mean nothing."
        return f"Photographs, {bound}."


class WorkspaceError(ValueError):
    """A variable that cannot be used; the message says what to do."""


def open_workspace(
    *, images_per_class: int, dataset_labels: Sequence[str] | None = None
) -> Workspace:
    """Gather photographs of `LEAFRAY_DATA` (unset: drawn leaves) in a temporary folder.

    `LEAFRAY_NOTEBOOK_IMAGES` replaces `images_per_class`. `dataset_labels` names the classes
    (None: all). State goes to `LEAFRAY_HOME`, unset to the temporary folder. `RAY_ADDRESS` is
    forgotten: a notebook breaks things on purpose and joins nobody's cluster.

    Raises:
        WorkspaceError: a variable names no folder of photographs, or no number.
    """
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.ERROR)
    os.environ.pop(_RAY, None)
    images_per_class = _read_images_per_class(images_per_class)
    folder = Path(tempfile.mkdtemp(prefix="leafray-notebook-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    data_dir = folder / "photographs"
    source = os.environ.get(_DATA)
    if source:
        missing = [name for name in _NEEDED if not Path(source, name).is_dir()]
        if missing:
            raise WorkspaceError(
                f"{_DATA}={source!r} lacks the folders {', '.join(missing)}; name a folder with "
                "train/<class>, val/<class> and ood/<kind>, or unset it for drawn leaves"
            )
        take_photographs(
            Path(source),
            data_dir,
            images_per_class=images_per_class,
            dataset_labels=dataset_labels,
        )
    else:
        draw_photographs(data_dir, images_per_class=images_per_class)
    return Workspace(
        folder=folder,
        source_dir=Path(source) if source else data_dir,
        data_dir=data_dir,
        settings=_load_settings(folder),
        images_per_class=images_per_class,
        is_drawn=not source,
    )


def _read_images_per_class(default: int) -> int:
    text = os.environ.get(_IMAGES) or str(default)
    if not text.isdecimal() or not 2 <= int(text) <= _MAX_IMAGES:
        raise WorkspaceError(f"{_IMAGES}={text!r} must be a whole number from 2 to {_MAX_IMAGES}")
    return int(text)


def _load_settings(folder: Path) -> Settings:
    if os.environ.get(_HOME):
        settings = load_settings()
    else:
        settings = Settings(home=folder / "home", MLFLOW_TRACKING_URI=None)
        atexit.register(shutil.rmtree, settings.layout.ray_dir, ignore_errors=True)
    create_folders(settings.layout, min_free_bytes=settings.min_free_bytes)
    return settings
