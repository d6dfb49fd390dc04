"""What the routes of uploads work with, wired up in one place."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cluster.storage import Layout
from cluster.uploads.store import UploadStore
from serve_app.uploads.checker import UploadChecker
from serve_app.uploads.limits import UploadLimits
from serve_app.uploads.receiver import UploadReceiver


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadParts:
    """The store, and those who fill and check it."""

    store: UploadStore
    limits: UploadLimits
    receiver: UploadReceiver
    checker: UploadChecker


def create_upload_parts(
    layout: Layout,
    find_champion_dir: Callable[[], Path],
    *,
    limits: UploadLimits | None = None,
    get_free_bytes: Callable[[], int] | None = None,
) -> UploadParts:
    """Wire the parts up; the checker is not started yet.

    ``find_champion_dir`` is asked before each check, so that a promotion needs no word to us.
    """
    layout.uploads_dir.mkdir(parents=True, exist_ok=True)
    limits = limits or UploadLimits()
    store = UploadStore(layout)
    return UploadParts(
        store=store,
        limits=limits,
        receiver=UploadReceiver(
            store, limits, get_free_bytes or (lambda: shutil.disk_usage(layout.uploads_dir).free)
        ),
        checker=UploadChecker(store, limits, find_champion_dir),
    )
