"""What every user of a Locust process shares: the photographs, their right answers, the key."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cluster.settings import load_settings
from loadtest.in_process import classify_images
from loadtest.load.forms import Form, encode_form
from loadtest.photos import Photo, load_mixed_bytes
from models.artifact import load_card
from serve_app.key_file import load_secret

# Under the labels of two classes: an upload's check compares labels with the model.
_UPLOAD_NAMES = ("Tomato___healthy/load-1.jpg", "Apple___healthy/load-2.jpg")


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Photographs that are sent by one request."""

    photos: tuple[Photo, ...]
    form: Form


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """What is sent, with which key, and what must come back.

    `is_own_key`: the key is this installation's, and goes to no other machine.
    """

    api_key: str
    is_own_key: bool
    model_version: str
    photos: tuple[Photo, ...]
    batches: Mapping[int, tuple[Batch, ...]]
    upload: Form

    def get_batch(self, turn: int, *, size: int) -> Batch:
        """Return the next batch of a size that the kit was made for."""
        batches = self.batches[size]
        return batches[turn % len(batches)]

    @property
    def num_uploaded(self) -> int:
        """Files of the upload."""
        return len(_UPLOAD_NAMES)


def create_kit(
    artifact_dir: Path,
    *,
    key_path: Path | None,
    photo_paths: Sequence[Path],
    batch_sizes: Collection[int],
) -> Kit:
    """Read or draw the photographs, and ask the model itself for the right answers.

    `key_path` None takes the key of this installation.

    Raises:
        models.artifact.ArtifactError: the artifact cannot be loaded.
        models.images.ImageError: a photograph is refused.
        serve_app.key_file.KeyFileUnusableError: there is no key.
    """
    photos = classify_images(artifact_dir, load_mixed_bytes(photo_paths))
    uploaded = [photo.image_bytes for photo in photos[: len(_UPLOAD_NAMES)]]
    return Kit(
        api_key=load_secret(key_path or load_settings().layout.admin_key_path),
        is_own_key=key_path is None,
        model_version=load_card(artifact_dir).model_version,
        photos=tuple(photos),
        batches={
            size: tuple(_cut(photos, start, size) for start in range(len(photos)))
            for size in batch_sizes
        },
        upload=encode_form("file", list(zip(_UPLOAD_NAMES, uploaded, strict=True))),
    )


def _cut(photos: Sequence[Photo], start: int, size: int) -> Batch:
    chosen = tuple(photos[(start + offset) % len(photos)] for offset in range(size))
    files = [(f"{idx}.jpg", photo.image_bytes) for idx, photo in enumerate(chosen)]
    return Batch(photos=chosen, form=encode_form("image", files))
