"""One machine of a site, before it is switched on: what is its own above the Debian of all."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from requirements.pip_settings import PipSettings, to_uv_environment
from tests.nodes.machines.debian import USER, USER_ID

PREFIX = "10.77.0"


@dataclass(frozen=True, slots=True)
class Machine:
    """Its name and address."""

    name: str
    address: str


def prepare_machine(
    folder: Path, machine: Machine, settings: PipSettings, *, key_path: Path
) -> None:
    """Write the files that `machine.sh` starts the machine from; the key opens its user's door."""
    etc, home = folder / "upper" / "etc", folder / "upper" / "home" / USER
    for part in (etc, home / ".ssh"):
        part.mkdir(parents=True)
    (folder / "address").write_text(machine.address)
    for name, text in {
        "environment": _to_environment(settings),
        "hostname": f"{machine.name}\n",
        "hosts": f"127.0.0.1 localhost\n127.0.1.1 {machine.name}\n",
        "resolv.conf": f"nameserver {PREFIX}.3\n",
    }.items():
        (etc / name).write_text(text)
    shutil.copy(key_path, home / ".ssh" / "authorized_keys")
    for path in (home, *home.rglob("*")):
        os.chown(path, USER_ID, USER_ID)


def _to_environment(settings: PipSettings) -> str:
    """Return /etc/environment of a machine that reaches packages as this one does."""
    values = to_uv_environment(settings)
    if settings.certificate_path:
        values["PIP_CERT"] = settings.certificate_path
    if settings.find_links:
        values["UV_FIND_LINKS"] = ",".join(settings.find_links)
    if settings.index_url:
        values |= {"PIP_INDEX_URL": settings.index_url, "UV_DEFAULT_INDEX": settings.index_url}
    return "".join(f"{name}={value}\n" for name, value in values.items())
