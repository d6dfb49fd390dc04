"""Install what a ring of tests needs from the system, where that is allowed.

``make test`` calls this for the window's tests, ``make test-nodes`` for those of several nodes.
Nothing here fails the build: where packages cannot be installed they are named, and the tests that
need them say so when they are skipped.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

_INSTALL_TIMEOUT_S = 600


class PackageSet(NamedTuple):
    """The packages of one ring; `program` stands for all where dpkg is not the system's tool."""

    list_path: Path
    program: str


SETS = {
    "window": PackageSet(Path(__file__).with_name("window-packages.txt"), "Xvfb"),
    "nodes": PackageSet(Path(__file__).with_name("nodes-packages.txt"), "redis-server"),
}


def main(arguments: list[str]) -> int:
    """Install what is missing of the named set, or name it; 2 where there is no such set."""
    if len(arguments) != 1 or arguments[0] not in SETS:
        print(f"system_packages: say {' or '.join(SETS)}", file=sys.stderr)
        return 2
    if sys.platform != "linux":
        return 0
    (name,) = arguments
    missing = find_missing(SETS[name])
    if not missing:
        return 0
    by_hand = f"apt-get install {' '.join(missing)}"
    tests = f"the tests of {name}"
    prefix = _find_root_prefix()
    if shutil.which("apt-get") is None:
        print(f"Without {' '.join(missing)} (Debian's names) {tests} are skipped.")
    elif prefix is None:
        print(f"To have {tests} run and not skipped, as root: {by_hand}")
    else:
        print(f"Installing for {tests}: {' '.join(missing)}", flush=True)
        if not _apt_install(missing, prefix):
            print(f"That failed, so {tests} are skipped. By hand, as root: {by_hand}")
    return 0


def read_names(list_path: Path) -> list[str]:
    """Return the package names of a list."""
    lines = (line.strip() for line in list_path.read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def find_missing(packages: PackageSet) -> list[str]:
    """Return the names of those that are not installed."""
    names = read_names(packages.list_path)
    if shutil.which("dpkg-query") is None:
        return [] if shutil.which(packages.program) else names
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
    raise SystemExit(main(sys.argv[1:]))
