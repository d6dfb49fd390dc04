"""Where photographs lie: below a folder, or in a zip, which is never unpacked. Runs on workers."""

import io
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Literal

from models.images import MAX_IMAGE_BYTES, ImageError, list_images, read_image_bytes
from serve_app.uploads.names import clean_name, is_label_file, is_litter

MAX_FILES = 20_000
_MAX_LABEL_BYTES = 4 * 1024 * 1024
_LABELS_NAME = "labels.csv"
_ENCRYPTED = 0x1


class SourceError(Exception):
    """Nothing can be sent from there; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One file; ``read`` returns its bytes or raises ``models.images.ImageError``."""

    name: str
    read: Callable[[], bytes]

    def open(self, mode: Literal["rb"]) -> BinaryIO:  # noqa: ARG002 (as ``Path.open``)
        """Return the file as a stream of its bytes."""
        return io.BytesIO(self.read())


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """All files, and the label file with the folder that it lies in (empty: its own folder)."""

    files: tuple[SourceFile, ...]
    others: tuple[str, ...]
    """Files that are no photographs, by their names."""
    labels: bytes | None
    labels_name: str


@contextmanager
def open_source(path: Path, labels_path: Path | None = None) -> Iterator[Source]:
    """Open a folder or a zip for as long as its files are read.

    Raises:
        SourceError: it is neither, cannot be read, or holds too much.
    """
    labels = _read_labels(labels_path) if labels_path is not None else None
    if path.is_dir():
        yield _list_folder(path, labels)
        return
    if not path.is_file():
        raise SourceError(f"{path} does not exist. Check the path and try again.")
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise SourceError(
            f"{path.name} is neither a folder nor a zip that can be read ({str(error)[:80]})."
        ) from None
    with archive:
        yield _list_archive(archive, labels)


def read_photo(path: Path, name: str) -> bytes:
    """Return one file of a source without listing the others.

    Raises:
        ImageError: it is not there any more, or cannot be read.
    """
    if path.is_dir():
        below = path / name
        # What lies right in the folder bears the folder's name as well.
        return read_image_bytes(below if below.exists() else path / PurePosixPath(name).name)
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if clean_name(info.filename) == name:
                    return _read_member(archive, info)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        pass
    raise ImageError("missing", f"{name} is not there any more")


def _list_folder(folder: Path, labels: bytes | None) -> Source:
    try:
        paths = list_images([folder])
        own_labels = folder / _LABELS_NAME
        if labels is None and own_labels.is_file():
            labels = _read_labels(own_labels)
        others = tuple(_list_others(folder, set(paths)))
    except OSError as error:
        raise SourceError(
            f"{folder} cannot be read ({error.strerror or type(error).__name__}). Check its "
            "permissions."
        ) from None
    _check_count(len(paths))
    files = []
    for path in paths:
        name = clean_name(path.relative_to(folder).as_posix())
        if path.parent == folder and labels is None:
            # Without a list of labels, the folder's own name is the label.
            name = f"{folder.resolve().name}/{name}"
        files.append(SourceFile(name=name, read=partial(read_image_bytes, path)))
    return Source(files=tuple(files), others=others, labels=labels, labels_name=_LABELS_NAME)


def _list_others(folder: Path, photos: set[Path]) -> Iterator[str]:
    for path in sorted(folder.rglob("*"))[: 2 * MAX_FILES]:
        name = path.relative_to(folder).as_posix()
        is_ours = path in photos or is_litter(name) or is_label_file(name)
        if not is_ours and path.is_file():
            yield name


def _list_archive(archive: zipfile.ZipFile, labels: bytes | None) -> Source:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    named = [(clean_name(info.filename), info) for info in infos]
    named = [(name, info) for name, info in named if not is_litter(name)]
    label_files = [(name, info) for name, info in named if is_label_file(name)]
    files = [(name, info) for name, info in named if not is_label_file(name)]
    _check_count(len(files))
    labels_name = _LABELS_NAME
    if labels is None and label_files:
        if len(label_files) > 1:
            raise SourceError("The zip holds several files labels.csv. Keep one.")
        labels_name, info = label_files[0]
        labels = _read_member(archive, info, max_bytes=_MAX_LABEL_BYTES)
    return Source(
        files=tuple(
            SourceFile(name=name, read=partial(_read_member, archive, info)) for name, info in files
        ),
        others=(),
        labels=labels,
        labels_name=labels_name,
    )


def _read_member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, *, max_bytes: int = MAX_IMAGE_BYTES
) -> bytes:
    if stat.S_ISLNK(info.external_attr >> 16):
        raise ImageError("symlink", "a link, not a photograph; pack the photograph itself")
    if info.flag_bits & _ENCRYPTED:
        raise ImageError("encrypted", "locked with a password; pack it again without one")
    if info.file_size > max_bytes:
        raise ImageError("too_many_bytes", f"larger than {max_bytes // 1024**2} MiB")
    try:
        with archive.open(info) as file:
            # Never more than announced, which was checked above.
            return file.read(info.file_size)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError):
        raise ImageError("damaged_in_zip", "damaged inside the zip; pack it again") from None


def _read_labels(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            labels = file.read(_MAX_LABEL_BYTES + 1)
    except OSError as error:
        raise SourceError(
            f"The labels in {path} cannot be read ({error.strerror or type(error).__name__})."
        ) from None
    if len(labels) > _MAX_LABEL_BYTES:
        raise SourceError(f"{path} is too large for a list of labels.")
    return labels


def _check_count(num_files: int) -> None:
    if num_files > MAX_FILES:
        raise SourceError(
            f"There are {num_files:,} files, and one upload takes {MAX_FILES:,}. Send it in parts."
        )
