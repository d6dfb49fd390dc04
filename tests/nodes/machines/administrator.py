"""Who runs a site: says what DEPLOY.md says, on a computer beside the machines."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from cluster.keys import Role
from tests.nodes.machines.site import SHARED_DIR, Site

PROJECT_DIR = Path(__file__).resolve().parents[3]
LAUNCHER_FILE = PROJECT_DIR / "cluster" / "ray-cluster.local.yaml"
RAY = Path(sys.executable).with_name("ray")
DASHBOARD = "http://127.0.0.1:8265"
_MONITOR_LOGS = "/tmp/ray/session_latest/logs/monitor.*"
_AUTHORITY = "/var/lib/caddy/.local/share/caddy/pki/authorities/local/root.crt"
_GET_STATUS = "import httpx2, sys; print(httpx2.get(sys.argv[1]).status_code)"


class Administrator:
    """Commands, and how long each took; the first machine of the site is the head."""

    def __init__(self, site: Site) -> None:
        """Make the keys, and write the files of this site."""
        self.site = site
        self.seconds: dict[str, float] = {}
        self.launcher_file = site.home / "ray-cluster.yaml"
        self._head, *self._workers = site.machines.values()
        self._authority_path = site.home / "authority.crt"
        self._environment = {
            "LEAFRAY_HOME": str(site.home / "var"),
            "RAY_AUTH_MODE": "token",
            "RAY_TMPDIR": str(site.home),
            "SSL_CERT_FILE": str(self._authority_path),
            "TMPDIR": str(site.home),
        }
        self.say("token", RAY, "get-auth-token", "--generate")
        add_key = (sys.executable, "-m", "cluster", "keys", "add", "adviser", "--role")
        self._key_path = site.home / "adviser.key"
        self._key_path.write_text(self.say("key", *add_key, Role.PREDICT))
        self._write_launcher_file()

    def say(self, step: str, *command: str | Path, timeout_s: float = 60) -> str:
        """Run a command that must succeed; return what it printed."""
        with self.timed(step):
            done = self._run(*command, timeout_s=timeout_s)
        assert done.returncode == 0, f"{step}:\n{done.stdout}"
        return done.stdout

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Note how long the block took."""
        started_s = time.monotonic()
        yield
        self.seconds[step] = round(time.monotonic() - started_s, 1)

    @contextmanager
    def dashboard(self) -> Iterator[None]:
        """Hold the tunnel to the head's dashboard open, as `ray dashboard` does."""
        tunnel = subprocess.Popen(
            [*self.site.enter, RAY, "dashboard", self.launcher_file],
            env={**os.environ, **self._environment, "HOME": str(self.site.home)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        try:
            yield
        finally:
            tunnel.terminate()
            tunnel.wait(20)

    def wait_for_nodes(self, count: int, *, timeout_s: float) -> None:
        """Return when Ray counts so many nodes; the dashboard is needed for it."""
        deadline_s = time.monotonic() + timeout_s
        command = (RAY, "list", "nodes", f"--address={DASHBOARD}", "--format=json")
        while self._run(*command).stdout.count('"ALIVE"') < count:
            if time.monotonic() > deadline_s:
                log = self.site.ssh(self._head.name, f"tail -n 40 {_MONITOR_LOGS}").stdout
                raise TimeoutError(log)

    def trust_the_proxy(self) -> None:
        """Fetch the certificate of Caddy's own authority: no public one signs for an address."""
        answer = self.site.ssh(self._head.name, f"sudo cat {_AUTHORITY}")
        assert answer.returncode == 0, answer.stdout
        self._authority_path.write_text(answer.stdout)

    def get_status(self, path: str) -> int:
        """Return the HTTP status that the TLS proxy answers to whoever has no key."""
        done = self._run(sys.executable, "-c", _GET_STATUS, f"https://{self._head.address}{path}")
        return int(done.stdout)

    def predict(self, photo: Path, *, timeout_s: float = 0) -> dict[str, Any]:
        """Return the diagnosis through the TLS proxy, the first within the time that comes."""
        deadline_s = time.monotonic() + timeout_s
        command = (sys.executable, "-m", "serve_app", "predict", photo, "--json")
        whom = (f"--server=https://{self._head.address}", f"--key-file={self._key_path}")
        while (done := self._run(*command, *whom)).returncode != 0:
            assert time.monotonic() < deadline_s, done.stdout
            time.sleep(1)
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def _run(self, *command: str | Path, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
        return self.site.run(command, environment=self._environment, timeout_s=timeout_s)

    def _write_launcher_file(self) -> None:
        home = self.site.home
        (home / "site.env").write_text(
            f"LEAFRAY_DOMAIN={self._head.address}\n"
            "LEAFRAY_UPSTREAM=127.0.0.1:8000\n"
            f"LEAFRAY_ARTIFACTS={SHARED_DIR}/mlflow\n"
            f"MLFLOW_TRACKING_URI=http://{self._head.address}:5000\n"
            "LEAFRAY_TORCH=cpu\n"
        )
        config = yaml.safe_load(LAUNCHER_FILE.read_text())
        workers = [worker.address for worker in self._workers]
        config["provider"] |= {"head_ip": self._head.address, "worker_ips": workers}
        config["auth"]["ssh_private_key"] = str(self.site.key_path)
        config["file_mounts"] |= {
            "~/leafray/keys/api_keys.json": str(home / "var" / "keys" / "api_keys.json"),
            "~/leafray/site.env": str(home / "site.env"),
            "~/.ray/auth_token": str(home / ".ray" / "auth_token"),
        }
        self.launcher_file.write_text(yaml.safe_dump(config))
