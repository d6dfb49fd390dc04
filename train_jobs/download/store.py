"""The folder that the photographs come into; a file is there whole, or not at all."""

import os
import shutil
import threading
from pathlib import Path

from train_jobs.download.plan import RemoteFile

# Hidden, so that `prepare` takes it for no class.
_WORK_DIR = ".download"


class PhotoStore:
    """A folder per class; drafts and listings lie in a hidden one. OSErrors are passed on."""

    def __init__(self, to_dir: Path) -> None:
        self.to_dir = to_dir
        self._work_dir = to_dir / _WORK_DIR

    def create(self) -> None:
        """Make the folders."""
        self._work_dir.mkdir(parents=True, exist_ok=True)

    def get_free_bytes(self) -> int:
        """Return what the disk has left."""
        return shutil.disk_usage(self.to_dir).free

    def has_size(self, file: RemoteFile) -> bool:
        """Tell, without reading it, whether a file of that size is there."""
        try:
            return self._to_path(file).stat().st_size == file.num_bytes
        except FileNotFoundError:
            return False

    def has(self, file: RemoteFile) -> bool:
        """Tell whether the file is there with the right bytes."""
        return self.has_size(file) and file.matches(self._to_path(file).read_bytes())

    def save(self, file: RemoteFile, content: bytes) -> None:
        """Store a file; another of that name is replaced."""
        path = self._to_path(file)
        path.parent.mkdir(exist_ok=True)
        self._write(path, content)

    def load_listing(self, sha: str) -> bytes | None:
        """Load a listing of an earlier run."""
        try:
            return self._to_listing_path(sha).read_bytes()
        except FileNotFoundError:
            return None

    def save_listing(self, sha: str, body: bytes) -> None:
        """Store a listing: an hour's free requests to GitHub suffice for one walk only."""
        self._write(self._to_listing_path(sha), body)

    def _to_path(self, file: RemoteFile) -> Path:
        return self.to_dir / file.folder / file.name

    def _to_listing_path(self, sha: str) -> Path:
        return self._work_dir / f"{sha}.json"

    def _write(self, path: Path, content: bytes) -> None:
        # One draft a thread, each time the same name: a killed run leaves a handful at most.
        draft = self._work_dir / f"{os.getpid()}-{threading.get_ident()}.part"
        try:
            draft.write_bytes(content)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
