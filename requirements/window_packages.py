"""Install what the tests of a real window need from the system, where that is allowed.

``make test`` calls this. Nothing here fails the build: where packages cannot be installed they are
named, and the tests that need them say so when they are skipped.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

LIST_PATH = Path(__file__).with_name("window-packages.txt")
_INSTALL_TIMEOUT_S = 600


def main() -> int:
    """Install the missing packages, or name them; the exit status is always 0."""
    if sys.platform != "linux":
        return 0
    missing = find_missing(read_names())
    if not missing:
        return 0
    by_hand = f"apt-get install {' '.join(missing)}"
    prefix = _find_root_prefix()
    if shutil.which("apt-get") is None:
        print(f"The window's tests are skipped without: {' '.join(missing)} (Debian's names).")
    elif prefix is None:
        print(f"The window's tests are skipped; to have them run, as root: {by_hand}")
    else:
        print(f"Installing for the window's tests: {' '.join(missing)}", flush=True)
        if not _apt_install(missing, prefix):
            print(f"That failed, so the window's tests are skipped. By hand, as root: {by_hand}")
    return 0


def read_names() -> list[str]:
    """Return the package names of ``window-packages.txt``."""
    lines = (line.strip() for line in LIST_PATH.read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def find_missing(names: list[str]) -> list[str]:
    """Return those not installed; where dpkg is not the system's tool, Xvfb stands for all."""
    if shutil.which("dpkg-query") is None:
        return [] if shutil.which("Xvfb") else names
    query = ["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n", *names]
    listing = subprocess.run(query, capture_output=True, text=True, timeout=60, check=False).stdout
    installed = {line.split()[0] for line in listing.splitlines() if line.endswith(" installed")}
    return [name for name in names if name not in installed]


def _find_root_prefix() -> list[str] | None:
    if os.geteuid() == 0:
        return []
    sudo = ["sudo", "-n"]
    if shutil.which("sudo") is None:
        return None
    allowed = subprocess.run([*sudo, "true"], capture_output=True, timeout=30, check=False)
    return sudo if allowed.returncode == 0 else None


def _apt_install(names: list[str], prefix: list[str]) -> bool:
    command = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet=2"]
    steps = (["update"], ["install", "--yes", "--no-install-recommends", *names])
    try:
        return all(
            subprocess.run(
                [*command, *step],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                timeout=_INSTALL_TIMEOUT_S,
                check=False,
            ).returncode
            == 0
            for step in steps
        )
    except subprocess.TimeoutExpired:
        return False


if __name__ == "__main__":
    raise SystemExit(main())
