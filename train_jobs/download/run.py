"""Stage 0: the public PlantVillage colour photographs, checked byte by byte, into a folder.

Pinned by a commit: GitHub lists each class folder of it with the git hash of every file, and a file
is kept only if its bytes have that hash. Whatever stops it, the same command goes on from there.
Tested against a local server, never run against GitHub itself: it was written without internet.
GitHub slows down who fetches many single files; for all 54,306 a `git clone` may be quicker.
"""

import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from train_jobs.download.errors import DownloadError, SourceError, say_os_error
from train_jobs.download.git_tree import Tree, decode_tree, find_folder_sha
from train_jobs.download.github_source import GitHubSource, RetryPolicy
from train_jobs.download.plan import (
    Limits,
    RemoteFile,
    check_disk,
    check_total,
    choose_classes,
    choose_folders,
    choose_photos,
)
from train_jobs.download.progress import Downloaded, DownloadProgress
from train_jobs.download.store import PhotoStore

COMMIT = "40789680ba2e6382608dba47b397688fcbd0d04a"
API_URL = "https://api.github.com"
RAW_URL = "https://raw.githubusercontent.com"

_ROOT = ("raw", "color")
_CHECKSUM_ATTEMPTS = 2
_MAX_FAILURES = 20
_MAX_NAMED_FAILURES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadRequest:
    """What to fetch, where from and where to."""

    to_dir: Path
    classes: tuple[str, ...] = ()
    """In any known spelling; none means all."""
    max_images_per_class: int | None = None
    limits: Limits = field(default_factory=Limits)
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    min_free_bytes: int = 0
    num_connections: int = 4
    token: str | None = field(default=None, repr=False)
    commit: str = COMMIT
    api_url: str = API_URL
    raw_url: str = RAW_URL


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    file: RemoteFile
    is_fetched: bool = False
    failure: str | None = None


def download(request: DownloadRequest, *, say: Callable[[str], None]) -> Downloaded:
    """Fetch the photographs that are not there yet into a folder per class.

    A file that fails is passed over and named at the end; what would fail for every file (no
    connection, GitHub's limit, a full disk) stops at once. What was fetched stays either way.

    Raises:
        DownloadError: not everything is there; the message says why and what to do next.
        UnknownLabelError: a class that nobody knows.
    """
    classes = choose_classes(request.classes)
    store = PhotoStore(request.to_dir)
    source = GitHubSource(
        commit=request.commit,
        api_url=request.api_url,
        raw_url=request.raw_url,
        token=request.token,
        policy=request.policy,
        num_connections=request.num_connections,
        say=say,
    )
    try:
        with source:
            store.create()
            files = _list_files(request, source, store, classes)
            num_bytes = sum(file.num_bytes for file in files)
            say(f"{len(files)} photographs of {len(classes)} classes, {num_bytes / 1e6:.1f} MB")
            check_total(files, request.limits)
            check_disk(
                [file for file in files if not store.has_size(file)],
                free_bytes=store.get_free_bytes(),
                min_free_bytes=request.min_free_bytes,
            )
            return _fetch_all(request, source, store, files, say=say)
    except OSError as error:
        raise DownloadError(say_os_error(error, request.to_dir)) from error


def _list_files(
    request: DownloadRequest, source: GitHubSource, store: PhotoStore, classes: frozenset[str]
) -> list[RemoteFile]:
    """Walk the folders one by one: GitHub cuts a listing of all of them at 7 MB."""
    sha, where = request.commit, f"commit {request.commit[:12]}"
    for name in _ROOT:
        sha = find_folder_sha(_load_tree(source, store, sha, where), name, where=where)
        where = name
    where = "/".join(_ROOT)
    folders = choose_folders(_load_tree(source, store, sha, where), classes, where=where)
    files: list[RemoteFile] = []
    for folder, folder_sha in folders.items():
        files += choose_photos(
            _load_tree(source, store, folder_sha, folder),
            folder,
            max_images=request.max_images_per_class,
            max_file_bytes=request.limits.max_file_bytes,
        )
    return files


def _load_tree(source: GitHubSource, store: PhotoStore, sha: str, where: str) -> Tree:
    """List a folder; from an earlier run's copy if there is one: a hash names one content."""
    body = store.load_listing(sha)
    if body is not None:
        with contextlib.suppress(DownloadError):  # a damaged copy: list again
            return decode_tree(body, where=where)
    try:
        body = source.fetch_tree(sha, where=where)
    except SourceError as error:
        if error.stops_all:
            raise
        raise DownloadError(
            f"{error}. Check the network, or a proxy between, and run the same command again."
        ) from error
    tree = decode_tree(body, where=where)
    store.save_listing(sha, body)
    return tree


def _fetch_all(
    request: DownloadRequest,
    source: GitHubSource,
    store: PhotoStore,
    files: Sequence[RemoteFile],
    *,
    say: Callable[[str], None],
) -> Downloaded:
    progress = DownloadProgress(files, say=say)
    max_bytes = request.limits.max_file_bytes
    failures: list[str] = []
    try:
        with ThreadPoolExecutor(max_workers=request.num_connections) as pool:
            try:
                futures = [pool.submit(_fetch, source, store, file, max_bytes) for file in files]
                for future in as_completed(futures):
                    outcome = future.result()
                    if outcome.failure is None:
                        progress.add(outcome.file, is_fetched=outcome.is_fetched)
                        continue
                    failures.append(outcome.failure)
                    if len(failures) >= _MAX_FAILURES:
                        break
            finally:
                source.stop()
                pool.shutdown(cancel_futures=True)
    except SourceError as error:
        raise DownloadError(f"{error} {_say_kept(store, files)}") from error
    progress.say_now()
    if failures:
        named = "; ".join(failures[:_MAX_NAMED_FAILURES])
        raise DownloadError(
            f"{len(failures)} of {len(files)} photographs could not be fetched: {named}. "
            + _say_kept(store, files)
        )
    return progress.to_downloaded()


def _fetch(source: GitHubSource, store: PhotoStore, file: RemoteFile, max_bytes: int) -> _Outcome:
    if store.has(file):
        return _Outcome(file=file)
    path = "/".join((*_ROOT, file.path))
    for _ in range(_CHECKSUM_ATTEMPTS):
        try:
            content = source.fetch_file(path, max_bytes=max_bytes)
        except SourceError as error:
            if error.stops_all:
                raise
            return _Outcome(file=file, failure=str(error))
        if file.matches(content):
            store.save(file, content)
            return _Outcome(file=file, is_fetched=True)
    failure = f"{path}: came twice with other bytes than the commit names (a proxy may change them)"
    return _Outcome(file=file, failure=failure)


def _say_kept(store: PhotoStore, files: Sequence[RemoteFile]) -> str:
    num_kept = sum(store.has_size(file) for file in files)
    return (
        f"{num_kept} of {len(files)} photographs are in {store.to_dir} and stay there; the same "
        "command goes on from there."
    )
