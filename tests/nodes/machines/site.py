"""A site: machines of this one in namespaces of their own, and the administrator's computer.

Every machine has its own processes, files, network and users, and systemd as first process: what
runs there neither sees nor can end what runs elsewhere. They share one folder, as by NFS.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Self

import psutil

from requirements.pip_settings import PipSettings, read_pip_settings
from tests.nodes.machines.debian import DEBIAN_DIR, USER, USER_ID
from tests.nodes.machines.machine import PREFIX, Machine, prepare_machine

PROGRAMS = ("debootstrap", "ip", "mkfs.ext4", "nsenter", "rsync", "slirp4netns", "ssh", "unshare")
SHARED_DIR = Path("/var/lib/leafray")
_NETWORK_SCRIPT = Path(__file__).with_name("network.sh")
_START_TIMEOUT_S = 60
_END_TIMEOUT_S = 20


class Site:
    """Machines that run as long as the block; whatever ends this process ends them too."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        """Prepare the machines below ``folder``."""
        self.machines = {
            name: Machine(name, f"{PREFIX}.{10 + number}") for number, name in enumerate(names)
        }
        # The administrator's home: the SSH key, Ray's token.
        self.home = folder / "home"
        self.shared_dir = folder / "shared"
        self._folder = folder
        cgroups_dir = _find_cgroups()
        # Of sites whose process was killed: it could not take them away.
        _remove_cgroups(cgroups_dir.glob("leafray-*"))
        self._cgroups = [cgroups_dir / f"leafray-{os.getpid()}-{name}" for name in names]
        self._lan_pid = 0
        self._network: subprocess.Popen[bytes] | None = None

    @property
    def key_path(self) -> Path:
        """The administrator's SSH key."""
        return self.home / ".ssh" / "id_ed25519"

    def __enter__(self) -> Self:
        try:
            self._prepare()
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        members = self.list_processes()
        if self._network is not None:
            self._network.kill()
            self._network.wait(_END_TIMEOUT_S)
        psutil.wait_procs(members, timeout=_END_TIMEOUT_S)
        _remove_cgroups(self._cgroups)
        # Gigabytes of packages, which pytest would keep for three runs.
        (self._folder / "disk").unlink(missing_ok=True)

    def list_processes(self) -> list[psutil.Process]:
        """Return all processes of the site, as seen from outside."""
        if self._network is None or self._network.poll() is not None:
            return []
        return psutil.Process(self._network.pid).children(recursive=True)

    @property
    def enter(self) -> list[str]:
        """Put before a command, it runs on the administrator's computer, in this folder."""
        target = f"--target={self._lan_pid}"
        return ["nsenter", target, "--pid", "--mount", "--net", f"--wd={Path.cwd()}"]

    def run(
        self,
        command: Sequence[str | Path],
        *,
        environment: Mapping[str, str] | None = None,
        timeout_s: float = 60,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command on the administrator's computer."""
        return subprocess.run(
            [*self.enter, *map(str, command)],
            env={**os.environ, "HOME": str(self.home), **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def ssh(
        self, name: str, command: str, *, timeout_s: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Run a command on a machine, as its user."""
        options = ["-i", str(self.key_path), "-oStrictHostKeyChecking=no", "-oLogLevel=ERROR"]
        options += [f"-oUserKnownHostsFile={os.devnull}", "-oConnectTimeout=5", "-oBatchMode=yes"]
        target = f"{USER}@{self.machines[name].address}"
        return self.run(["ssh", *options, target, command], timeout_s=timeout_s)

    def _prepare(self) -> None:
        self.key_path.parent.mkdir(mode=0o700, parents=True)
        make_key = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.key_path)]
        subprocess.run(make_key, check=True, timeout=30)
        self.shared_dir.mkdir()
        os.chown(self.shared_dir, USER_ID, USER_ID)
        settings = read_pip_settings(sys.executable)
        for machine, cgroup in zip(self.machines.values(), self._cgroups, strict=True):
            folder = self._folder / "machines" / machine.name
            prepare_machine(folder, machine, settings, key_path=self.key_path.with_suffix(".pub"))
            (folder / "cgroup").write_text(str(cgroup))
            (folder / "mounts").write_text(_to_mounts(self.shared_dir, settings))

    def _start(self) -> None:
        # Ends with this process, even when that is killed; with its first process end all others.
        command = ["setpriv", "--pdeathsig=KILL", "unshare", "--pid", "--mount", "--fork"]
        command += ["--kill-child", "--mount-proc", "bash", str(_NETWORK_SCRIPT)]
        with (self._folder / "network.log").open("wb") as log:
            self._network = subprocess.Popen(
                [*command, str(self._folder), str(DEBIAN_DIR), PREFIX],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline_s = time.monotonic() + _START_TIMEOUT_S
        waiting = set(self.machines)
        while waiting:
            waiting = {name for name in waiting if not self._answers(name)}
            if waiting and time.monotonic() > deadline_s:
                message = f"{sorted(waiting)} do not answer; see the logs in {self._folder}"
                raise TimeoutError(message)

    def _answers(self, name: str) -> bool:
        pids = [p.pid for p in self.list_processes() if _command(p) == ["sleep", "infinity"]]
        if not pids:
            time.sleep(0.1)
            return False
        (self._lan_pid,) = pids
        return self.ssh(name, "true").returncode == 0


def _to_mounts(shared_dir: Path, settings: PipSettings) -> str:
    """Return what every machine sees of this one: the shared folder, and folders of wheels."""
    wheels = [place for place in settings.find_links if Path(place).is_dir()]
    mounts = [f"{shared_dir} {SHARED_DIR} rw", *(f"{place} {place} ro" for place in wheels)]
    return "".join(f"{mount}\n" for mount in mounts)


def _find_cgroups() -> Path:
    """Return where the control groups of the second version lie."""
    for partition in psutil.disk_partitions(all=True):
        if partition.fstype == "cgroup2":
            return Path(partition.mountpoint)
    raise OSError("no control groups of version 2 are mounted here, and systemd needs them")


def _remove_cgroups(folders: Iterable[Path]) -> None:
    """Remove trees of control groups in which no process is."""
    for top in folders:
        if top.is_dir() and "populated 0" in (top / "cgroup.events").read_text():
            for folder, _, _ in os.walk(top, topdown=False):
                Path(folder).rmdir()


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
