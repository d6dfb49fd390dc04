"""What to fetch of PlantVillage: names, sizes, hashes and bounds. Knows no network and no disk."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from models.labels import CLASS_NAMES, UnknownLabelError, find_label
from train_jobs.download.errors import DownloadError
from train_jobs.download.git_tree import Tree, to_blob_sha1

_PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png"})
_FILE_MODES = ("100644", "100755")
_MAX_NAME_BYTES = 255
# Beside control characters: what separates folders, or names a drive on Windows.
_UNSAFE_CHARACTER = re.compile(r"[\x00-\x1f\x7f/\\:]")
_MB = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is fetched at most: a listing that asks for more is refused before the first byte.

    The colour photographs are 54,306 JPEGs of 256 x 256 pixels, some 10 to 30 kB each.
    """

    max_files: int = 100_000
    max_file_bytes: int = 4_000_000
    max_total_bytes: int = 4_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """One photograph at the pinned commit."""

    folder: str
    name: str
    num_bytes: int
    blob_sha1: str

    @property
    def path(self) -> str:
        """Where it lies below the folder of all classes."""
        return f"{self.folder}/{self.name}"

    def matches(self, content: bytes) -> bool:
        """Tell whether these are the bytes that git names so."""
        return len(content) == self.num_bytes and to_blob_sha1(content) == self.blob_sha1


def choose_classes(spellings: Iterable[str]) -> frozenset[str]:
    """Return the slugs of these classes, of all if none is named.

    Raises:
        UnknownLabelError: a spelling belongs to no class.
    """
    return frozenset(find_label(spelling).class_name for spelling in spellings) or frozenset(
        CLASS_NAMES
    )


def choose_folders(tree: Tree, classes: frozenset[str], *, where: str) -> dict[str, str]:
    """Map the name of each folder that holds a wanted class to the hash of its tree.

    Raises:
        DownloadError: a name would leave the target folder, or a wanted class is missing.
    """
    folders, found = {}, set()
    for entry in tree.tree:
        _check_name(entry.path, where=where)
        try:
            class_name = find_label(entry.path).class_name
        except UnknownLabelError:
            continue
        if entry.type == "tree" and class_name in classes:
            folders[entry.path] = entry.sha
            found.add(class_name)
    missing = sorted(classes - found)
    if missing:
        raise DownloadError(
            f"{where} has no folder for {', '.join(missing)}; leave them out of --classes."
        )
    return folders


def choose_photos(
    tree: Tree, folder: str, *, max_images: int | None, max_file_bytes: int
) -> list[RemoteFile]:
    """Return the photographs of a class, the first `max_images` by name.

    The names begin with a random UUID: the first are a random draw, and more are added to them.

    Raises:
        DownloadError: a name would leave its folder, or a file is larger than allowed.
    """
    photos = []
    for entry in tree.tree:
        _check_name(entry.path, where=folder)
        is_hidden = entry.path.startswith(".")
        is_photo = PurePosixPath(entry.path).suffix.lower() in _PHOTO_SUFFIXES
        if entry.type == "blob" and entry.mode in _FILE_MODES and is_photo and not is_hidden:
            photos.append(
                RemoteFile(
                    folder=folder, name=entry.path, num_bytes=entry.size, blob_sha1=entry.sha
                )
            )
    photos = sorted(photos, key=lambda photo: photo.name)[:max_images]
    for photo in photos:
        if photo.num_bytes > max_file_bytes:
            raise DownloadError(
                f"{photo.path} has {photo.num_bytes / _MB:.4g} MB and a photograph may have "
                f"{max_file_bytes / _MB:.4g} MB; leave its class out with --classes."
            )
    return photos


def check_total(files: Sequence[RemoteFile], limits: Limits) -> None:
    """Refuse more files or bytes than allowed.

    Raises:
        DownloadError: too many of either.
    """
    num_bytes = sum(file.num_bytes for file in files)
    if len(files) > limits.max_files or num_bytes > limits.max_total_bytes:
        raise DownloadError(
            f"The listing has {len(files)} files with {num_bytes / _MB:.0f} MB; allowed are "
            f"{limits.max_files} with {limits.max_total_bytes / _MB:.0f} MB. Name fewer --classes, "
            "or set --max-images-per-class."
        )


def check_disk(missing: Sequence[RemoteFile], *, free_bytes: int, min_free_bytes: int) -> None:
    """Refuse to begin what the disk cannot hold; a file takes up to a block more than its bytes.

    Raises:
        DownloadError: too little is free.
    """
    needed_bytes = sum(file.num_bytes + 4096 for file in missing) + min_free_bytes
    if missing and free_bytes < needed_bytes:
        raise DownloadError(
            f"The disk has {free_bytes / _MB:.0f} MB left and {needed_bytes / _MB:.0f} MB are "
            "needed. Free some space, name a folder on another disk with --to, or set "
            "--max-images-per-class."
        )


def _check_name(name: str, *, where: str) -> None:
    num_bytes = len(name.encode(errors="replace"))
    if name in {"", ".", ".."} or num_bytes > _MAX_NAME_BYTES or _UNSAFE_CHARACTER.search(name):
        raise DownloadError(
            f"The listing of {where} has the name {name[:80]!r}, which cannot be a file in that "
            "folder. Nothing of it is fetched; check whether a proxy stands between."
        )
