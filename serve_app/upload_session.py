"""One upload from the command line: files found, sent with a bar of progress, checked, told of."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import stamina
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from models.artifact import hash_file
from models.images import list_images
from serve_app.client import ApiError, LeafrayClient, ServerUnreachableError
from serve_app.schemas import ItemsQuery, UploadResponse
from serve_app.upload_client import UploadFile

_LABELS_NAME = "labels.csv"
_MAX_SHOWN = 5
_ATTEMPTS = 6


class SourceError(Exception):
    """There is nothing to send where it was said to be; the message says what to do."""


def upload_path(
    client: LeafrayClient,
    path: Path,
    *,
    labels: Path | None = None,
    resume: str | None = None,
    accept: bool = False,
) -> UploadResponse:
    """Send a folder or a zip and wait for its check.

    Raises:
        SourceError: there is nothing to send.
        serve_app.client.ClientError: as `LeafrayClient.predict`.
    """
    try:
        upload = _send(client, path, labels, resume)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SourceError(f"{error.filename} cannot be read ({reason}); try again.") from None
    with _bar("checking") as tell:
        upload = client.uploads.wait_until_checked(
            upload.upload_id, on_progress=lambda now: tell(now.checked, now.total)
        )
    if accept and upload.status == "checked" and upload.accepted:
        upload = client.uploads.accept(upload.upload_id)
    return upload


def list_files(folder: Path) -> list[UploadFile]:
    """Return the photographs below a folder, named by their paths from it.

    Those that lie right in a folder without labels.csv bear its name: it is their label.
    """
    has_labels = (folder / _LABELS_NAME).is_file()
    files = []
    for path in list_images([folder]):
        name = path.relative_to(folder).as_posix()
        if path.parent == folder and not has_labels:
            name = f"{folder.resolve().name}/{name}"
        files.append(
            UploadFile(
                name=name,
                path=path,
                sha256=hash_file(path),
                num_bytes=path.stat().st_size,
            )
        )
    return files


def print_upload(client: LeafrayClient, upload: UploadResponse, *, as_json: bool) -> None:
    """Print what became of an upload, and what can be done next."""
    if as_json:
        typer.echo(upload.model_dump_json())
        return
    typer.echo(
        f"{upload.upload_id}: {upload.status}, {upload.checked} of {upload.total} files checked: "
        f"{upload.accepted} accepted ({upload.suspicious} to look at), {upload.rejected} rejected"
    )
    if upload.reason is not None:
        typer.echo(f"  {upload.reason}")
    if upload.rejected:
        _print_rejections(client, upload.upload_id)
    if upload.suspicious and upload.status == "checked":
        query = ItemsQuery(only="suspicious", limit=_MAX_SHOWN)
        for item in client.uploads.list_items(upload.upload_id, query).items:
            typer.echo(f"  look at {item.name}: {item.reason}")
    if upload.status == "checked":
        command = "python -m serve_app uploads"
        typer.echo(f"next: {command} accept {upload.upload_id}, or {command} discard ...")


def _send(
    client: LeafrayClient, path: Path, labels: Path | None, resume: str | None
) -> UploadResponse:
    if path.is_dir():
        return _send_folder(client, path, labels, resume)
    if not path.is_file():
        raise SourceError(f"{path} does not exist; name a folder or a zip.")
    if resume is not None:
        raise SourceError("Only a folder can be sent on: leave --resume out, or unpack the zip.")
    with _bar("sending") as tell:
        return client.uploads.send_archive(path, labels=labels, on_progress=tell)


def _send_folder(
    client: LeafrayClient, folder: Path, labels: Path | None, resume: str | None
) -> UploadResponse:
    files = list_files(folder)
    if not files:
        raise SourceError(f"There is no image in {folder}; name another folder.")
    own_labels = folder / _LABELS_NAME
    labels = labels or (own_labels if own_labels.is_file() else None)
    upload_id = resume or client.uploads.begin().upload_id
    try:
        with _bar("sending") as tell:
            # Each attempt sends what the one before has not brought through.
            for attempt in stamina.retry_context(
                on=ServerUnreachableError, attempts=_ATTEMPTS, timeout=None, wait_max=10.0
            ):
                with attempt:
                    client.uploads.send_files(upload_id, files, labels=labels, on_progress=tell)
        return client.uploads.finish(upload_id)
    except (ServerUnreachableError, ApiError):
        typer.echo(f"to go on later, add: --resume {upload_id}", err=True)
        raise


def _print_rejections(client: LeafrayClient, upload_id: str) -> None:
    rejections = client.uploads.list_rejections(upload_id)
    counts = Counter(rejection.code for rejection in rejections)
    for code, count in counts.most_common():
        first = next(rejection for rejection in rejections if rejection.code == code)
        typer.echo(f"  {count:>5} {code}, such as {first.name}: {first.reason}")


@contextmanager
def _bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show progress on stderr; yield what takes how much is done, and of how much."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
