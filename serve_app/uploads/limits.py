"""How much an upload may be, and how long it may take."""

from dataclasses import dataclass

from models.images import MAX_IMAGE_BYTES
from serve_app.layers.limits import BodyLimits

_MIB = 1024 * 1024
_FORM_BYTES_PER_FILE = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadLimits:
    """Bounds of one upload, and of how many are at work.

    Sizes are of what comes and of what a zip holds: a zip is never unpacked onto the disk, but read
    file by file, and each file is at most ``max_file_bytes`` in memory.
    """

    max_files: int = 20_000
    max_total_bytes: int = 4096 * _MIB
    max_file_bytes: int = MAX_IMAGE_BYTES
    max_label_bytes: int = 4 * _MIB
    max_compression: int = 100
    """Photographs are compressed already: a zip makes them 1.0 to 1.2 times smaller."""
    max_receiving: int = 4
    max_unfinished: int = 100
    """Uploads that nobody accepted or discarded yet."""
    min_free_bytes: int = 512 * _MIB
    idle_timeout_s: float = 30.0
    total_timeout_s: float = 3600.0

    @property
    def body_limits(self) -> BodyLimits:
        """The same for the body of one request."""
        return BodyLimits(
            max_body_bytes=self.max_total_bytes + self.max_files * _FORM_BYTES_PER_FILE,
            idle_timeout_s=self.idle_timeout_s,
            total_timeout_s=self.total_timeout_s,
        )
