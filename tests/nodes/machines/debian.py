"""The Debian that the machines of a site start from: ``python -m tests.nodes.machines.debian``.

Made once, by debootstrap, as root. It holds what DEPLOY.md asks of a machine that `ray up` is to
use, and no more: SSH, a user who may say sudo, rsync. The rest is for `cluster/nodes/setup.sh`.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parents[3]
DEBIAN_DIR = PROJECT_DIR / "var" / "nodes" / "debian"
USER = "leafray"
USER_ID = 1000
_PACKAGES = ("ca-certificates", "dbus", "libpam-systemd", "openssh-server", "rsync", "sudo")
_CACHE_DIR = Path("home", USER, ".cache", "uv")
_TIMEOUT_S = 900


def make_debian(to: Path = DEBIAN_DIR) -> None:
    """Make the folder unless it was made by this file as it is now."""
    stamp_path = to.with_name(f"{to.name}.stamp")
    stamp = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    if to.is_dir() and stamp_path.is_file() and stamp_path.read_text() == stamp:
        return
    shutil.rmtree(to, ignore_errors=True)
    to.parent.mkdir(parents=True, exist_ok=True)
    _call("debootstrap", f"--include={','.join(_PACKAGES)}", "bookworm", to)
    _call("chroot", to, "useradd", "--create-home", f"--uid={USER_ID}", "--shell=/bin/bash", USER)
    (to / "etc" / "sudoers.d" / USER).write_text(f"{USER} ALL=(ALL) NOPASSWD: ALL\n")
    # Packages are updated by whoever owns real machines; here it would take the tests' time.
    _call("chroot", to, "systemctl", "mask", "apt-daily.timer", "apt-daily-upgrade.timer")
    _copy_certificates(to)
    _copy_packages(to)
    stamp_path.write_text(stamp)


def _copy_certificates(to: Path) -> None:
    """Let the machines trust whom this one trusts: it may reach package indexes by a proxy."""
    bundle = Path("etc", "ssl", "certs", "ca-certificates.crt")
    shutil.copyfile("/" / bundle, to / bundle)


def _copy_packages(to: Path) -> None:
    """Copy what uv has fetched here already, which is what setup.sh installs: a download saved."""
    uv = Path(sys.executable).with_name("uv")
    named = subprocess.run([uv, "cache", "dir"], capture_output=True, text=True, check=True).stdout
    (to / _CACHE_DIR.parent).mkdir(parents=True, exist_ok=True)
    if Path(named.strip()).is_dir():
        _call("cp", "-a", "--reflink=auto", named.strip(), to / _CACHE_DIR)
    _call("chown", "-R", f"{USER_ID}:{USER_ID}", to / _CACHE_DIR.parent)


def _call(*command: str | Path) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, timeout=_TIMEOUT_S, check=True
    )


if __name__ == "__main__":
    make_debian()
