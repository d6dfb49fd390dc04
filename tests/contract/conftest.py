"""The real application on a real socket, without Ray."""

import contextlib
import socket
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn

from cluster.keys import ApiKey, ApiKeys, Role, hash_secret
from serve_app.api import create_api
from serve_app.client import LeafrayClient
from serve_app.layers.limits import BodyLimits
from serve_app.parts import load_parts

START_TIMEOUT_S = 20.0
# A stalled sender costs a test this long; a body that really comes is here in milliseconds.
BODY_LIMITS = BodyLimits(idle_timeout_s=1.0, total_timeout_s=10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Where the service listens, and one secret for each role."""

    url: str
    port: int
    secrets: dict[Role, str]
    secret_path: Path

    @property
    def secret(self) -> str:
        """A secret that may predict and nothing more."""
        return self.secrets[Role.PREDICT]


@pytest.fixture(scope="session")
def service(champion_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    """The predict application with the bundled champion."""
    folder = tmp_path_factory.mktemp("service")
    secrets = {role: f"secret-of-{role}" for role in Role}
    keys = tuple(
        ApiKey(name=str(role), role=role, sha256=hash_secret(secret))
        for role, secret in secrets.items()
    )
    api_keys_path = folder / "api_keys.json"
    api_keys_path.write_text(ApiKeys(keys=keys).model_dump_json())
    secret_path = folder / "my.key"
    secret_path.write_text(f"{secrets[Role.PREDICT]}\n")
    api = create_api(load_parts(champion_dir, api_keys_path, body_limits=BODY_LIMITS))
    with socket.create_server(("127.0.0.1", 0)) as listener, run_server(api, listener):
        port = listener.getsockname()[1]
        yield Service(
            url=f"http://127.0.0.1:{port}", port=port, secrets=secrets, secret_path=secret_path
        )


@pytest.fixture
def client(service: Service) -> Generator[LeafrayClient]:
    """Our client with a key that may predict."""
    with LeafrayClient(service.url, service.secret) as client:
        yield client


@contextlib.contextmanager
def run_server(api: object, listener: socket.socket) -> Generator[None]:
    server = uvicorn.Server(uvicorn.Config(api, log_level="warning", lifespan="on"))  # type: ignore[arg-type]
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline_s = time.monotonic() + START_TIMEOUT_S
    while not server.started:
        assert thread.is_alive(), "the server ended at its start"
        assert time.monotonic() < deadline_s, "the server did not start in time"
        time.sleep(0.01)
    yield
    server.should_exit = True
    thread.join(START_TIMEOUT_S)
    assert not thread.is_alive()
