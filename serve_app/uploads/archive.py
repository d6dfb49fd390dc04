"""A zip from outside: read file by file, never unpacked, and trusted in nothing that it says."""

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from models.images import ImageError
from serve_app.uploads.candidates import Candidate
from serve_app.uploads.form import ZIP_SIGNATURES
from serve_app.uploads.limits import UploadLimits
from serve_app.uploads.names import clean_name, is_label_file, is_litter

_MIB = 1024 * 1024
_ENCRYPTED = 0x1
_UTF8 = 0x800
# The others have decoders that may ask for gigabytes.
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_END, _END_BYTES = b"PK\x05\x06", 22
_LOCATOR, _LOCATOR_BYTES = b"PK\x06\x07", 20
_ENTRY, _ENTRY_BYTES = b"PK\x01\x02", 46
_MAX_COMMENT_BYTES = 65535
# Below it a high ratio is no bomb: a small drawing on one colour.
_MIN_SUSPECTED_BYTES = _MIB


class ArchiveError(Exception):
    """A zip that cannot be used at all; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """What a zip holds, in its order, and its label file with the folder that it lies in."""

    candidates: tuple[Candidate, ...]
    labels: bytes | None
    labels_name: str


@contextmanager
def open_archive(path: Path, limits: UploadLimits) -> Iterator[Archive]:
    """Open a zip for as long as its files are read.

    Raises:
        ArchiveError: it is no zip, holds too much, or nothing.
    """
    with path.open("rb") as file:
        num_entries = _count_entries(file)
        if num_entries > limits.max_files:
            raise ArchiveError(
                f"the zip holds more than {limits.max_files} files; split it into several"
            )
        try:
            archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise _damaged(str(error)) from None
        with archive:
            yield _list(archive, limits)


def _list(archive: zipfile.ZipFile, limits: UploadLimits) -> Archive:
    infos = [(_get_name(info), info) for info in archive.infolist() if not info.is_dir()]
    infos = [(name, info) for name, info in infos if not is_litter(name)]
    label_files = [(name, info) for name, info in infos if is_label_file(name)]
    if len(label_files) > 1:
        raise ArchiveError("the zip holds several files labels.csv; keep one")
    candidates = [
        Candidate(name=name, read=partial(_read, archive, info, limits))
        for name, info in infos
        if not is_label_file(name)
    ]
    if not candidates:
        raise ArchiveError("the zip holds no files; pack the folders with the photographs")
    num_bytes = sum(info.file_size for _, info in infos if info.file_size <= limits.max_file_bytes)
    if num_bytes > limits.max_total_bytes:
        raise ArchiveError(
            f"the zip holds more than {limits.max_total_bytes // _MIB} MiB; split it into several"
        )
    if not label_files:
        return Archive(candidates=tuple(candidates), labels=None, labels_name="")
    ((labels_name, info),) = label_files
    try:
        labels = _read(archive, info, limits)
    except ImageError as error:
        raise ArchiveError(f"labels.csv in the zip cannot be read: {error}") from None
    return Archive(candidates=tuple(candidates), labels=labels, labels_name=labels_name)


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: UploadLimits) -> bytes:
    """Return the bytes of one file; at most so many as the limits allow are ever in memory."""
    if stat.S_ISLNK(info.external_attr >> 16):
        raise ImageError("symlink", "a link, not a photograph; pack the photograph itself")
    if info.flag_bits & _ENCRYPTED:
        raise ImageError("encrypted", "locked with a password; pack it again without one")
    if info.compress_type not in _METHODS:
        raise ImageError("unsupported_compression", "packed in a rare way; use a plain zip")
    if info.file_size > limits.max_file_bytes:
        raise ImageError(
            "too_many_bytes",
            f"the file is larger than {limits.max_file_bytes / _MIB:g} MiB; send a smaller copy",
        )
    if info.file_size > max(_MIN_SUSPECTED_BYTES, limits.max_compression * info.compress_size):
        raise ImageError("compressed_too_much", "this is no photograph: it unpacks to far too much")
    try:
        with archive.open(info) as file:
            # Never more than announced, which was checked above.
            image_bytes = file.read(info.file_size)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError):
        raise ImageError("damaged_in_zip", "damaged inside the zip; pack it again") from None
    if image_bytes.startswith(ZIP_SIGNATURES):
        raise ImageError("nested_zip", "a zip inside the zip is not opened; unpack it first")
    return image_bytes


def _get_name(info: zipfile.ZipInfo) -> str:
    """Return a name; many programs write UTF-8 without saying so."""
    name = info.filename
    if not info.flag_bits & _UTF8:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return clean_name(name)


def _count_entries(file: BinaryIO) -> int:
    """Count the entries of the directory without keeping them; what its head says may be a lie.

    `zipfile` makes an object of each: 100,000 of them take 70 MB before the first is looked at.
    """
    size = file.seek(0, 2)
    tail_bytes = min(size, _END_BYTES + _MAX_COMMENT_BYTES)
    file.seek(size - tail_bytes)
    tail = file.read(tail_bytes)
    end = tail.rfind(_END)
    if end < 0 or len(tail) - end < _END_BYTES:
        raise _damaged("its directory is missing")
    directory_bytes, end_at = struct.unpack_from("<L", tail, end + 12)[0], size - tail_bytes + end
    locator = end - _LOCATOR_BYTES
    if locator >= 0 and tail[locator : locator + 4] == _LOCATOR:
        (end_at,) = struct.unpack_from("<Q", tail, locator + 8)
        file.seek(min(end_at, size))
        large_end = file.read(56)
        if len(large_end) < 56:
            raise _damaged("its directory is missing")
        (directory_bytes,) = struct.unpack_from("<Q", large_end, 40)
    return _walk(file, max(0, end_at - directory_bytes), end_at)


def _walk(file: BinaryIO, start: int, end: int) -> int:
    count, at = 0, start
    while at < end:
        file.seek(at)
        head = file.read(_ENTRY_BYTES)
        if len(head) < _ENTRY_BYTES or not head.startswith(_ENTRY):
            raise _damaged("its directory is broken")
        at += _ENTRY_BYTES + sum(struct.unpack_from("<3H", head, 28))
        count += 1
    return count


def _damaged(why: str) -> ArchiveError:
    return ArchiveError(f"this is no zip that can be read ({why[:80]}); pack it again")
