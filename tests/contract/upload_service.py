"""The control application on a real socket, without Ray."""

import functools
import io
import logging
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from cluster.keys import ApiKey, ApiKeys, Role, hash_secret
from cluster.settings import Settings
from cluster.storage import Layout, create_folders
from serve_app.client import LeafrayClient
from serve_app.control_api import ControlParts, create_control_api
from serve_app.layers.access_log import AccessLog
from serve_app.layers.key_watch import KeyWatch
from serve_app.loop.feedback import FeedbackBox
from serve_app.loop.registered_models import RegisteredModels
from serve_app.loop.routes import LoopParts
from serve_app.loop.runs import RetrainingRuns
from serve_app.meters.local_meter import LocalMeter
from serve_app.meters.metrics import ServiceMetrics
from serve_app.parts import load_parts
from serve_app.recent_photos import RecentPhotos
from serve_app.routes.service_routes import ServiceParts
from serve_app.schemas import ModelResponse
from serve_app.uploads.parts import UploadParts, create_upload_parts
from tests.contract.conftest import run_server

SERVE = """
import sys, time
from pathlib import Path
from tests.contract.upload_service import start_control
with start_control(Path(sys.argv[1]), Path(sys.argv[2])) as control:
    print(control.url, flush=True)
    time.sleep(600)
"""

HEALTHY, LATE_BLIGHT = "Tomato___healthy", "Tomato___Late_blight"


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Where it listens, its store, one secret a role, and a caller who may contribute."""

    url: str
    champion_dir: Path
    layout: Layout
    uploads: UploadParts
    loop: LoopParts
    http: httpx2.Client
    secret_path: Path

    @property
    def secret(self) -> str:
        """A secret that may contribute."""
        return f"secret-of-{Role.CONTRIBUTE}"


@contextmanager
def start_control(champion_dir: Path, home: Path, **options: Any) -> Generator[Control]:
    """Start it on a home; the options are those of `create_upload_parts`."""
    layout = Layout(home=home)
    layout.keys_dir.mkdir(parents=True, exist_ok=True)
    keys = tuple(
        ApiKey(name=str(role), role=role, sha256=hash_secret(f"secret-of-{role}")) for role in Role
    )
    layout.api_keys_path.write_text(ApiKeys(keys=keys).model_dump_json())
    secret_path = layout.keys_dir / "my.key"
    secret_path.write_text(f"secret-of-{Role.CONTRIBUTE}\n")
    uploads = create_upload_parts(layout, lambda: champion_dir, **options)
    beside = _PredictBeside(champion_dir, layout.api_keys_path)
    parts = ControlParts(
        uploads=uploads,
        loop=create_loop_parts(layout, uploads, beside.get_model),
        service=ServiceParts(
            get_model=beside.get_model, check=beside.check, read_metrics=LocalMeter().read_page
        ),
        key_watch=KeyWatch(layout.api_keys_path),
        metrics=ServiceMetrics(LocalMeter(), num_threads=1, get_model_version=lambda: "v1"),
        access_log=AccessLog(),
        get_model_version=lambda: "v1",
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        headers = {"Authorization": f"Bearer secret-of-{Role.CONTRIBUTE}"}
        with (
            run_server(create_control_api(parts), listener),
            httpx2.Client(base_url=url, headers=headers, trust_env=False, timeout=60) as http,
        ):
            yield Control(
                url=url,
                champion_dir=champion_dir,
                layout=layout,
                uploads=uploads,
                loop=parts.loop,
                http=http,
                secret_path=secret_path,
            )


def create_loop_parts(
    layout: Layout, uploads: UploadParts, get_model: Callable[[], Awaitable[ModelResponse]]
) -> LoopParts:
    """Return what the routes of the loop work with, on a home beside which no Ray runs."""
    # Nobody listens on this port: port 1024 is nobody's by assignment.
    settings = Settings(home=layout.home, dashboard_port=1024, MLFLOW_TRACKING_URI=None)
    create_folders(layout, min_free_bytes=0)
    recent = RecentPhotos(layout.recent_photos_dir, max_photos=100)
    return LoopParts(
        layout=layout,
        runs=RetrainingRuns(settings, uploads.store),
        models=RegisteredModels(settings, report=logging.getLogger(__name__).info),
        feedback=FeedbackBox(uploads.store, recent, open_for_s=0.0),
        get_model=get_model,
    )


class _PredictBeside:
    """The predict application that control asks; the model is loaded when it is first asked."""

    def __init__(self, champion_dir: Path, api_keys_path: Path) -> None:
        self._load = functools.cache(lambda: load_parts(champion_dir, api_keys_path))

    async def get_model(self) -> ModelResponse:
        return self._load().describe_model()

    async def check(self) -> str:
        return await self._load().models.check()


@contextmanager
def start_process(champion_dir: Path, home: Path) -> Generator[tuple[int, LeafrayClient]]:
    """Start it in a process of its own, give its id and a client, and kill it in the end."""
    command = [sys.executable, "-c", SERVE, str(champion_dir), str(home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            with LeafrayClient(url, f"secret-of-{Role.CONTRIBUTE}") as client:
                yield process.pid, client
        finally:
            process.kill()


def wait_until_checked(
    http: httpx2.Client, upload_id: str, timeout_s: float = 60.0
) -> dict[str, Any]:
    """Return the upload when nothing is done to it any more."""
    deadline_s = time.monotonic() + timeout_s
    while True:
        upload: dict[str, Any] = http.get(f"/v1/uploads/{upload_id}").json()
        if upload["status"] not in {"receiving", "checking"}:
            return upload
        assert time.monotonic() < deadline_s, upload
        time.sleep(0.05)


def list_codes(http: httpx2.Client, upload: dict[str, Any]) -> dict[str, str]:
    """Return why each rejected file was, by its name; every one has a reason for people."""
    rejections = http.get(f"/v1/uploads/{upload['upload_id']}/rejections").json()
    assert len(rejections) == upload["rejected"]
    assert all(row["reason"] for row in rejections)
    return {row["name"]: row["code"] for row in rejections}


def make_zip(files: dict[str, bytes | str], **options: Any) -> bytes:
    """Pack files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **options) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def upload_zip(control: Control, content: bytes) -> httpx2.Response:
    """Send a zip as the one file of a form."""
    response = control.http.post("/v1/uploads", files={"file": ("photos.zip", content)})
    assert response.status_code == 202, response.text
    return response
