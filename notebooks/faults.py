"""What goes wrong with photographs and machines, done on purpose so that a notebook shows it."""

import shutil
from pathlib import Path
from typing import Any

import psutil
from ray.train import UserCallback

from models.images import decode_image, list_images, read_image_bytes
from models.leaf_drawing import encode_jpeg
from models.preprocess import resize_image

_WORKER = "RayTrainWorker"


def plant_faults(data_dir: Path) -> dict[str, str]:
    """Spoil a copy of a data set (folders train and val) in five ways.

    Returns:
        What was done, by the name of the new file. Such names sort behind those of their originals,
        as the second of two equal files is the one to go.
    """
    first, second = sorted(child for child in (data_dir / "train").iterdir() if child.is_dir())[:2]
    val_dir = data_dir / "val" / first.name
    leaf, *_, other, whole = list_images([first])
    photograph = read_image_bytes(leaf)
    shutil.copyfile(leaf, first / f"{leaf.stem}_copied.jpg")
    shutil.copyfile(other, second / f"{other.stem}_other_label.jpg")
    image = decode_image(read_image_bytes(whole))
    smaller = resize_image(image, min(image.shape[:2]) // 2)
    (val_dir / f"{whole.stem}_resaved.jpg").write_bytes(encode_jpeg(smaller, quality=60))
    (first / f"{leaf.stem}_cut_off.jpg").write_bytes(photograph[: len(photograph) // 2])
    (first / f"{leaf.stem}_text.jpg").write_text("this was a photograph")
    return {
        f"{leaf.stem}_copied.jpg": "the same file twice",
        f"{other.stem}_other_label.jpg": "the same file under another label",
        f"{whole.stem}_resaved.jpg": "a training photograph in val, half as large",
        f"{leaf.stem}_cut_off.jpg": "half a file",
        f"{leaf.stem}_text.jpg": "a text that is called .jpg",
    }


class WorkerKiller(UserCallback):
    """Kill the training workers once, as soon as an epoch's checkpoint is registered.

    Runs in Ray Train's controller; for a private Ray only, since it kills every worker of its node.
    """

    def __init__(self, *, after_epoch: int) -> None:
        """Keep when (epochs count from 1)."""
        self._after_epoch = after_epoch
        self._is_done = False

    def after_report(
        self,
        run_context: Any,  # noqa: ARG002
        metrics: list[dict[str, Any]],
        checkpoint: Any,  # noqa: ARG002
    ) -> None:
        """Look at the epoch of the first worker's report."""
        if self._is_done or metrics[0]["epoch"] != self._after_epoch:
            return
        self._is_done = True
        raylet = psutil.Process().parent()
        for process in raylet.children() if raylet else ():
            if _WORKER in " ".join(process.cmdline()):
                process.kill()
