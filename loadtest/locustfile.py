"""What Locust runs: ``locust -f loadtest/locustfile.py --host http://127.0.0.1:8000``.

Opens Locust's own page on port 8089; ``--processes 4`` or ``--worker`` and ``--master`` spread the
users. Add ``,loadtest/locust_shape.py`` to the file and ``--load-shape step`` to let a shape decide
how many users there are. Start it in the root of the repository, beside a running service.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from locust import events
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from cluster.storage import BUNDLED_CHAMPION_DIR, PROJECT_DIR
from loadtest.load.kit import create_kit
from loadtest.load.request_log import (
    REQUESTS_FILE,
    Asked,
    LogWriter,
    Row,
    list_columns,
    to_row,
)
from loadtest.load.shapes import PHOTOS_PER_USER_S
from loadtest.load.user import CONTEXT_KEY, LeafUser
from loadtest.load.users import BatchUser, DashboardUser, PhotoUser, UploadUser
from loadtest.photos import find_data_paths

__all__ = ["BatchUser", "DashboardUser", "PhotoUser", "UploadUser"]


def _add_options(parser: ArgumentParser) -> None:
    # Plain strings: the master packs all options and sends them to the workers.
    group = parser.add_argument_group("Leafray")
    group.add_argument(
        "--artifact",
        default=str(BUNDLED_CHAMPION_DIR),
        help="Artifact that the service serves; its answers are the right ones.",
    )
    group.add_argument("--key-file", help="File of the key [default: this installation's]")
    group.add_argument(
        "--photos",
        nargs="*",
        help="Photographs or folders [default: real ones, or drawn]",
    )
    group.add_argument(
        "--photos-per-request", type=int, default=1, help="Of each PhotoUser; more than 1: batches."
    )
    group.add_argument("--log-dir", help=f"Folder of {REQUESTS_FILE}.")


def _prepare(environment: Environment, **_: Any) -> None:
    """Load what the users share, in each process that has users, and keep what they ask."""
    options = environment.parsed_options
    if options is None:
        raise RuntimeError("This file needs Locust's command line: run `locust -f` on it.")
    if options.log_dir is not None and not isinstance(environment.runner, WorkerRunner):
        _keep_log(environment, Path(options.log_dir) / REQUESTS_FILE)
    if isinstance(environment.runner, WorkerRunner):
        _send_log(environment)
    if isinstance(environment.runner, MasterRunner):
        return
    PhotoUser.num_photos = options.photos_per_request
    PhotoUser.period_s = options.photos_per_request / PHOTOS_PER_USER_S
    named = options.photos
    LeafUser.kit = create_kit(
        Path(options.artifact),
        key_path=Path(options.key_file) if options.key_file else None,
        photo_paths=find_data_paths(PROJECT_DIR) if named is None else list(map(Path, named)),
        batch_sizes={PhotoUser.num_photos, BatchUser.num_photos} - {1},
    )


def _keep_log(environment: Environment, path: Path) -> None:
    writer = LogWriter(path, list_columns(Asked))

    def on_request(context: dict[str, Any], **_: Any) -> None:
        if CONTEXT_KEY in context:
            writer.write([to_row(context[CONTEXT_KEY])])

    def on_report(client_id: str, data: dict[str, Any]) -> None:  # noqa: ARG001 - Locust's names
        writer.write(data.pop(CONTEXT_KEY, ()))

    environment.events.request.add_listener(on_request)
    environment.events.worker_report.add_listener(on_report)


def _send_log(environment: Environment) -> None:
    """Send what was asked to the master, with each of the reports that workers send it."""
    rows: list[Row] = []

    def on_request(context: dict[str, Any], **_: Any) -> None:
        if CONTEXT_KEY in context:
            rows.append(to_row(context[CONTEXT_KEY]))

    def on_report(client_id: str, data: dict[str, Any]) -> None:  # noqa: ARG001 - Locust's names
        data[CONTEXT_KEY] = rows.copy()
        rows.clear()

    environment.events.request.add_listener(on_request)
    environment.events.report_to_master.add_listener(on_report)


events.init_command_line_parser.add_listener(_add_options)
events.init.add_listener(_prepare)
