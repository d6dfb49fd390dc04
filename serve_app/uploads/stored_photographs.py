"""Which photographs are in use already, by their hashes: to judge by, or to train on."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cluster.storage import Layout
from cluster.uploads.store import UploadStore
from cluster.uploads.values import ALREADY_STORED
from models.images import ImageError
from models.known_photographs import KnownPhotographs, load_known_photographs, to_short_hash
from models.near_duplicates import is_near_one, unpack_hashes

_MANIFESTS = "*/manifest.parquet"
_TRAIN = "train"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPhotographs:
    """The photographs of the champion, of the dataset versions here, and of accepted uploads."""

    known: KnownPhotographs
    held_out: frozenset[str]
    stored: frozenset[str]

    def check_new(self, sha256: str) -> None:
        """Refuse a photograph that is in use.

        Raises:
            ImageError: codes `in_test_split`, `already_stored`.
        """
        if sha256 in self.held_out or sha256 in self.known.held_out:
            raise ImageError(
                "in_test_split",
                "models are judged by this very photograph, so none may learn from it",
            )
        if sha256 in self.stored or to_short_hash(sha256) in self.known.trained_on:
            raise ImageError(ALREADY_STORED, "this very photograph is in the data already")

    def check_picture(self, picture: bytes) -> None:
        """Refuse a copy of a photograph that the champion is judged by, re-encoded or scaled.

        Raises:
            ImageError: code `in_test_split`.
        """
        if is_near_one(picture, unpack_hashes(self.known.held_out_pictures)):
            raise ImageError(
                "in_test_split",
                "it is a copy of a photograph that models are judged by, so none may learn from it",
            )


def load_stored_photographs(
    store: UploadStore, champion_dir: Path, upload_id: str
) -> StoredPhotographs:
    """Read what the champion, the manifests and the other accepted uploads name."""
    held_out: set[str] = set()
    stored = {item.sha256 for item in store.list_accepted_by_others(upload_id)}
    for sha256, split in _read_manifests(store.layout):
        (stored if split == _TRAIN else held_out).add(sha256)
    return StoredPhotographs(
        known=load_known_photographs(champion_dir),
        held_out=frozenset(held_out),
        stored=frozenset(stored),
    )


def _read_manifests(layout: Layout) -> Iterable[tuple[str, str]]:
    # Only the check needs it, and it takes a quarter of a second to load.
    import pyarrow.parquet as pq

    for path in layout.dataset_versions_dir.glob(_MANIFESTS):
        table = pq.read_table(path, columns=["sha256", "split"])
        yield from zip(table["sha256"].to_pylist(), table["split"].to_pylist(), strict=True)
