"""Resolve ``pyproject.toml`` into pinned files with hashes: ``make requirements``.

Versions already pinned are kept where they still fit; delete a file to resolve it anew. The files
name no index and no folder of this machine. All but ``cpu.txt`` hold for every platform: torch's
CPU wheel has a platform of its own.
"""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import NamedTuple

from requirements.pip_settings import (
    PipSettings,
    read_pip_settings,
    to_uv_environment,
    to_uv_options,
)
from requirements.torch_choice import has_cpu_wheel

REQUIREMENTS_DIR = Path(__file__).parent
REPO_DIR = REQUIREMENTS_DIR.parent
TORCH_VERSION = "2.13.0"
UV_VERSION = "0.13.9"
ALL_GROUPS = ("serve", "train", "gui", "bundle", "nodes", "loadtest", "notebooks", "dev")


class Lock(NamedTuple):
    """One file of pinned requirements."""

    name: str
    groups: tuple[str, ...]
    constraint: str | None = None


LOCKS = (
    Lock("cpu", (*ALL_GROUPS, "torch-cpu")),
    Lock("cuda", (*ALL_GROUPS, "torch-cuda"), "cpu"),
    Lock("serve", ("serve",), "cpu"),
    Lock("gui", ("gui",), "cpu"),
    Lock("train", ("serve", "train"), "cpu"),
    Lock("cli", ("cli",), "cpu"),
    Lock("tracking", ("tracking",), "cpu"),
    Lock("sbom", ("sbom",), "cpu"),
)


def main() -> int:
    """Write ``requirements/*.txt``; return the exit status."""
    settings = read_pip_settings(sys.executable)
    if not any(has_cpu_wheel(place, TORCH_VERSION) for place in settings.find_links):
        print(
            f"No CPU wheel of torch {TORCH_VERSION} was found, so its hash cannot be pinned. Set "
            "PIP_FIND_LINKS to a folder or page that holds it.",
            file=sys.stderr,
        )
        return 1
    compile_uv(settings)
    for lock in LOCKS:
        compile_lock(lock, settings)
    return 0


def compile_uv(settings: PipSettings) -> None:
    """Pin the installer itself, which pip fetches."""
    _compile(["-"], "uv", settings, text=f"uv=={UV_VERSION}\n")


def compile_lock(lock: Lock, settings: PipSettings) -> None:
    """Resolve the groups of ``lock`` in agreement with the file that it is constrained by."""
    sources = ["pyproject.toml", *(f"--group={group}" for group in lock.groups)]
    if lock.constraint is None:
        _compile(sources, lock.name, settings)
        return
    # Torch differs between the files by design, and only the CPU file may see the CPU wheel.
    pins = (REQUIREMENTS_DIR / f"{lock.constraint}.txt").read_text().splitlines()
    kept = [line.rstrip(" \\") for line in pins if "==" in line and not line.startswith((" ", "#"))]
    constraint_path = REPO_DIR / ".constraint.txt"
    constraint_path.write_text("\n".join(pin for pin in kept if not pin.startswith("torch==")))
    try:
        sources += ["--universal", "-c", constraint_path.name]
        _compile(sources, lock.name, settings._replace(find_links=()))
    finally:
        constraint_path.unlink()


def _compile(
    sources: list[str], name: str, settings: PipSettings, *, text: str | None = None
) -> None:
    print(f"requirements/{name}.txt", flush=True)
    command = [str(Path(sysconfig.get_path("scripts")) / "uv"), "pip", "compile", "--quiet"]
    command += [*sources, "--python-version=3.11", "--generate-hashes"]
    command += ["--no-emit-index-url", "--no-emit-find-links", "--no-annotate"]
    command += ["--custom-compile-command=make requirements", *to_uv_options(settings)]
    subprocess.run(
        [*command, f"--output-file=requirements/{name}.txt"],
        cwd=REPO_DIR,
        env=os.environ | to_uv_environment(settings),
        input=text,
        text=True,
        check=True,
    )


if __name__ == "__main__":
    raise SystemExit(main())
