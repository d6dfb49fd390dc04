"""The background thread that checks uploads, one after the other, in the order of their coming.

What waits stands on the disk, so a nudge may be lost and a process may die: the next look finds it.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from cluster.errors import UploadError
from cluster.file_lock import LockTakenError
from cluster.uploads.files import ARCHIVE, LABELS
from cluster.uploads.journal import UploadJournal
from cluster.uploads.recovery import recover
from cluster.uploads.store import UploadStore
from cluster.uploads.values import DUPLICATE, Upload, UploadStatus
from models.predictor import Predictor
from serve_app.priority import lower_priority
from serve_app.routes.platform_errors import is_disk_full
from serve_app.uploads.archive import ArchiveError, open_archive
from serve_app.uploads.candidates import Candidate, list_candidates
from serve_app.uploads.checks import ImageCheck, is_kept
from serve_app.uploads.labels import LabelFile, LabelFileError, parse_label_file
from serve_app.uploads.leaf_groups import finish_items
from serve_app.uploads.limits import UploadLimits
from serve_app.uploads.stored_photographs import load_stored_photographs

_logger = logging.getLogger(__name__)

_PERIOD_S = 5.0
_STOP_TIMEOUT_S = 10.0
# A file that ends the process each time, such as by eating all memory, must not do so for ever.
_MAX_STARTS_AT_ONE_FILE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    candidates: Sequence[Candidate]
    label_file: LabelFile | None


class UploadChecker:
    """Checks what waits; ``find_champion_dir`` says which model to ask."""

    def __init__(
        self, store: UploadStore, limits: UploadLimits, find_champion_dir: Callable[[], Path]
    ) -> None:
        self._store = store
        self._limits = limits
        self._find_champion_dir = find_champion_dir
        self._predictor: tuple[Path, Predictor] | None = None
        self._is_nudged = threading.Event()
        self._is_stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="uploads", daemon=True)

    def start(self) -> None:
        """Begin to look for uploads; first, what a dead process left is put in order."""
        self._thread.start()

    def nudge(self) -> None:
        """Look at once."""
        self._is_nudged.set()

    def close(self) -> None:
        """Stop after the file that is being checked."""
        self._is_stopping.set()
        self._is_nudged.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_TIMEOUT_S)

    def check_waiting(self) -> None:
        """Put in order what dead processes left, then check all uploads that wait."""
        recover(self._store)
        for upload in reversed(self._store.list_uploads()):
            if upload.status is UploadStatus.CHECKING and not self._is_stopping.is_set():
                self._check_safely(upload)

    def _run(self) -> None:
        lower_priority()
        while not self._is_stopping.is_set():
            try:
                self.check_waiting()
            except Exception:  # Whatever it was, the thread must live on.
                _logger.exception("looking for uploads failed")
            self._is_nudged.wait(_PERIOD_S)
            self._is_nudged.clear()

    def _check_safely(self, upload: Upload) -> None:
        try:
            self._check(upload.upload_id)
        except (LockTakenError, UploadError):
            return  # Another process checks it, or it was discarded.
        except (ArchiveError, LabelFileError) as error:
            self._fail(upload, str(error))
        except Exception as error:
            if isinstance(error, OSError) and is_disk_full(error):
                _logger.warning("the disk is full: the check of %s waits", upload.upload_id)
                self._tell_disk_full(upload)
                return
            _logger.exception("the check of %s failed", upload.upload_id)
            self._fail(upload, f"the check failed ({str(error)[:200]}): send the files again")

    def _tell_disk_full(self, upload: Upload) -> None:
        hint = "it was discarded"
        reason = "the server's disk is full: free some space, and the check goes on by itself"
        with (
            suppress(UploadError, OSError),
            self._store.changing(upload.upload_id, UploadStatus.CHECKING, hint=hint) as present,
        ):
            self._store.save(replace(present, reason=reason))

    def _fail(self, upload: Upload, reason: str) -> None:
        with suppress(UploadError):
            self._store.fail(upload.upload_id, reason)

    def _check(self, upload_id: str) -> None:
        with UploadJournal(self._store, upload_id) as journal:
            with self._open(upload_id) as waiting:
                num_starts = journal.begin(len(waiting.candidates))
                rest = islice(waiting.candidates, len(journal.found), None)
                if num_starts >= _MAX_STARTS_AT_ONE_FILE:
                    raise _kills(next(rest, None))
                champion_dir = self._find_champion_dir()
                check = ImageCheck(
                    self._load(champion_dir),
                    load_stored_photographs(self._store, champion_dir, upload_id),
                    waiting.label_file,
                    journal.found,
                )
                for candidate in rest:
                    if self._is_stopping.is_set():
                        return
                    _check_one(check, candidate, journal)
            others = self._store.list_accepted_by_others(upload_id)
            journal.finish(finish_items(journal.found, others, upload_id))

    @contextmanager
    def _open(self, upload_id: str) -> Iterator[_Waiting]:
        layout = self._store.layout
        labels_path = layout.upload_path(upload_id, LABELS)
        labels, labels_name = None, LABELS
        if labels_path.exists():
            labels = labels_path.read_bytes()
        archive_path = layout.upload_path(upload_id, ARCHIVE)
        if not archive_path.exists():
            label_file = None if labels is None else parse_label_file(labels, labels_name)
            yield _Waiting(
                candidates=tuple(list_candidates(self._store, upload_id)), label_file=label_file
            )
            return
        with open_archive(archive_path, self._limits) as archive:
            # The one that was sent beside the zip is the newer one.
            if labels is None:
                labels, labels_name = archive.labels, archive.labels_name
            label_file = None if labels is None else parse_label_file(labels, labels_name)
            yield _Waiting(candidates=archive.candidates, label_file=label_file)

    def _load(self, champion_dir: Path) -> Predictor:
        if self._predictor is None or self._predictor[0] != champion_dir:
            self._predictor = champion_dir, Predictor.load(champion_dir)
        return self._predictor[1]


def _check_one(check: ImageCheck, candidate: Candidate, journal: UploadJournal) -> None:
    checked = check.check(candidate)
    item = checked.item
    if checked.image_bytes is not None and is_kept(item):
        journal.keep(item.sha256, checked.image_bytes)
    elif item.sha256 and item.code != DUPLICATE:
        journal.drop(item.sha256)
    journal.add(item)


def _kills(candidate: Candidate | None) -> ArchiveError:
    name = "the last step" if candidate is None else candidate.name
    return ArchiveError(
        f"the check ended the service {_MAX_STARTS_AT_ONE_FILE} times at {name}: send the files "
        "again without it"
    )
