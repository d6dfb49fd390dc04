"""The servers under test, each started by its own command and stopped again."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cluster.settings import LOOPBACK, Settings
from loadtest.closed_loop import Service, ask_once
from loadtest.photos import Photo

_BARE_APP = "serve_app.peers.bare_app:create_bare_api"
_LIT_APP = "serve_app.peers.lit_app"
_PROJECT_DIR = Path(__file__).resolve().parents[1]
_PEER_START_TIMEOUT_S = 60.0
_READY_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 10.0
_STATUS_TIMEOUT_S = 60.0
_POLL_S = 0.2
_GROUP_POLL_S = 0.02

Report = Callable[[str], None]


class ServerError(Exception):
    """A server under test did not start or answers wrongly; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """The cluster that serves, and the artifact that it serves."""

    artifact_dir: Path
    api_key: str
    url: str


@contextmanager
def running_cluster(settings: Settings, *, report: Report) -> Iterator[Cluster]:
    """Use the local cluster; start it if it is not up, and stop it again only then.

    Raises:
        ServerError: it cannot be started.
    """
    was_up, artifact_dir = _find_cluster()
    try:
        if not was_up:
            report("starting Ray Serve (python -m cluster up)")
            _run_cluster("up", timeout_s=settings.start_timeout_s * 2)
            _, artifact_dir = _find_cluster()
        if artifact_dir is None:
            raise ServerError("The cluster names no artifact. Run `make stop`, then try again.")
        try:
            api_key = settings.layout.admin_key_path.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ServerError(
                f"{settings.layout.admin_key_path} cannot be read ({error.strerror}). "
                "Run `make stop`, then try again."
            ) from None
        yield Cluster(artifact_dir=artifact_dir, api_key=api_key, url=settings.http_url)
    finally:
        if not was_up:
            report("stopping Ray Serve")
            _run_cluster("down", timeout_s=settings.start_timeout_s)


@contextmanager
def running_bare_api(artifact_dir: Path, *, port: int, model_version: str) -> Iterator[Service]:
    """Run the bare FastAPI application in a process of its own; it may still be loading."""
    command = [sys.executable, "-m", "uvicorn", _BARE_APP, "--factory", "--host", LOOPBACK]
    command += ["--port", str(port), "--log-level", "warning", "--no-access-log"]
    with _running_peer("Bare FastAPI", command, artifact_dir, port=port):
        yield Service(url=f"http://{LOOPBACK}:{port}", model_version=model_version)


@contextmanager
def running_lit_api(artifact_dir: Path, *, port: int, model_version: str) -> Iterator[Service]:
    """Run LitServe with its two workers, which may still be loading."""
    command = [sys.executable, "-m", _LIT_APP, str(port)]
    with _running_peer("LitServe", command, artifact_dir, port=port):
        yield Service(url=f"http://{LOOPBACK}:{port}", model_version=model_version)


@contextmanager
def _running_peer(
    name: str, command: Sequence[str], artifact_dir: Path, *, port: int
) -> Iterator[None]:
    environment = {
        **os.environ,
        "LEAFRAY_BENCH_ARTIFACT": str(artifact_dir),
        # As replicas have (cluster/head.py): with BLAS's own threads peers lose half their speed.
        "OMP_NUM_THREADS": "1",
    }
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(
            command,
            cwd=_PROJECT_DIR,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # As the cluster: Linux shares the cores out by session.
            start_new_session=True,
        ) as process,
    ):
        try:
            deadline_s = time.monotonic() + _PEER_START_TIMEOUT_S
            while not _listens(port):
                if process.poll() is not None or time.monotonic() > deadline_s:
                    log.seek(0)
                    tail = log.read().decode("utf-8", "replace")[-2000:]
                    raise ServerError(f"{name} did not start:\n{tail}")
                time.sleep(_POLL_S)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_TIMEOUT_S)
            _kill_group(process.pid)


def _kill_group(group_id: int) -> None:
    """End what a server leaves of its session: LitServe's workers outlive it."""
    deadline_s = time.monotonic() + _STOP_TIMEOUT_S
    with contextlib.suppress(ProcessLookupError):
        while time.monotonic() < deadline_s:
            os.killpg(group_id, signal.SIGKILL)
            time.sleep(_GROUP_POLL_S)


def wait_until_right(service: Service, photo: Photo) -> None:
    """Return once a server gives the right answer: ready means a real prediction.

    Raises:
        ServerError: it does not in time; the message holds what is wrong with its answer.
    """
    deadline_s = time.monotonic() + _READY_TIMEOUT_S
    while (fault := ask_once(service, photo, timeout_s=10.0)) is not None:
        if time.monotonic() > deadline_s:
            raise ServerError(
                f"{service.url} gives no right answer: {fault}. See whether `make stop` and "
                "another run of the same command help."
            )
        time.sleep(_POLL_S)


def find_free_port() -> int:
    """Return a port that neither the system (from 32768) nor Ray's workers (to 19999) hand out."""
    for port in range(21000, 21100):
        if not _listens(port):
            return port
    raise ServerError("The ports 21000 to 21099 are all taken. End what listens there.")


def _listens(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((LOOPBACK, port)) == 0


def _find_cluster() -> tuple[bool, Path | None]:
    answer = _run_cluster("status", "--json", timeout_s=_STATUS_TIMEOUT_S, accepted=(0, 3))
    status = json.loads(answer)
    artifact_dir = status["artifact_dir"]
    return bool(status["is_ready"]), Path(artifact_dir) if artifact_dir else None


def _run_cluster(*arguments: str, timeout_s: float, accepted: tuple[int, ...] = (0,)) -> str:
    try:
        done = subprocess.run(
            [sys.executable, "-m", "cluster", *arguments],
            cwd=_PROJECT_DIR,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ServerError(
            f"`python -m cluster {arguments[0]}` did not end within {timeout_s:.0f} s."
        ) from None
    if done.returncode not in accepted:
        raise ServerError(
            f"`python -m cluster {' '.join(arguments)}` failed:\n{done.stderr.strip()[-2000:]}"
        )
    return done.stdout
