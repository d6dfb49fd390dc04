"""Remembers the upload that was begun, so that a closed window loses nothing. Runs on workers."""

import json
from pathlib import Path

from cluster.atomic_file import replace_file
from cluster.storage import Layout
from gui.contribute.values import Unfinished


class UploadMemory:
    """One file in the home folder; only what was begun and not ended stands in it."""

    def __init__(self, layout: Layout) -> None:
        """Take the layout; nothing is read yet."""
        self._path = layout.window_upload_path

    def load(self) -> Unfinished | None:
        """Return what was not ended; None if there is nothing, or nothing that can be read."""
        try:
            kept = json.loads(self._path.read_bytes())
            return Unfinished(
                upload_id=str(kept["upload_id"]),
                server_url=str(kept["server_url"]),
                source=Path(kept["source"]),
                labels_path=Path(kept["labels_path"]) if kept["labels_path"] else None,
                labels={str(sha256): label for sha256, label in kept["labels"].items()},
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def save(self, unfinished: Unfinished) -> None:
        """Remember an upload; raises OSError if the disk does not take it."""
        kept = {
            "upload_id": unfinished.upload_id,
            "server_url": unfinished.server_url,
            "source": str(unfinished.source.absolute()),
            "labels_path": str(unfinished.labels_path.absolute()) if unfinished.labels_path else "",
            "labels": unfinished.labels,
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(self._path, json.dumps(kept).encode())

    def forget(self, upload_id: str) -> None:
        """Forget this upload: it came to its end, or was given up. Another one stays."""
        kept = self.load()
        if kept is None or kept.upload_id == upload_id:
            self._path.unlink(missing_ok=True)
