"""The control application on a real socket, without Ray."""

import socket
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from cluster.keys import ApiKey, ApiKeys, Role, hash_secret
from cluster.storage import Layout
from serve_app.access_log import AccessLog
from serve_app.control_api import ControlParts, create_control_api
from serve_app.key_watch import KeyWatch
from serve_app.local_meter import LocalMeter
from serve_app.metrics import ServiceMetrics
from serve_app.uploads.parts import UploadParts, create_upload_parts
from tests.contract.conftest import run_server

HEALTHY, LATE_BLIGHT = "Tomato___healthy", "Tomato___Late_blight"


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Where it listens, its store, one secret a role, and a caller who may contribute."""

    url: str
    layout: Layout
    uploads: UploadParts
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
    parts = ControlParts(
        uploads=uploads,
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
                url=url, layout=layout, uploads=uploads, http=http, secret_path=secret_path
            )
