"""Run the Dockerfile's steps in copies of a root file system, where no container engine runs.

As root, from the repository's root, for a target of the Dockerfile:

    python -m cluster.docker.run_steps TARGET --root DIR --to DIR [--env NAME]...

``--root`` holds a Debian with Python 3.11, as debootstrap makes it, and whatever this machine
needs to reach a package index; it stands for Python's own image. Every stage is a copy of its
parent, every COPY takes what git tracks, every RUN is run by chroot, as the user and in the
environment that the file says. What an engine adds (layers, ``.dockerignore``, health) is not
proved by it.
"""

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

REPO_DIR = Path(__file__).parents[2]
DOCKERFILE = Path(__file__).with_name("Dockerfile")
_RUN_TIMEOUT_S = 1800

Instruction = tuple[str, str]


def read_stages(text: str) -> dict[str, list[Instruction]]:
    """Return the instructions of each named stage, each on one line."""
    joined = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    stages: dict[str, list[Instruction]] = {}
    name = ""
    for line in filter(None, map(str.strip, joined.splitlines())):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            name = rest.split(" AS ")[1]
            stages[name] = []
        stages[name].append((word, re.sub(r"\s+", " ", rest.strip())))
    return stages


def get_parent(instructions: list[Instruction]) -> str:
    """Return what a stage is built on: another stage, or an image."""
    return instructions[0][1].split(" AS ")[0]


class Builder:
    """Makes each stage once, as a folder."""

    def __init__(self, root: Path, to: Path, environment: dict[str, str]) -> None:
        self._stages = read_stages(DOCKERFILE.read_text(encoding="utf-8"))
        self._root = root
        self._to = to
        self._passed = environment
        self._environments: dict[str, dict[str, str]] = {}

    def build(self, name: str) -> Path:
        """Run all steps of a stage, and before them those of the stages that it needs."""
        target = self._to / name
        if name in self._environments:
            return target
        instructions = self._stages[name]
        parent = get_parent(instructions)
        source = self.build(parent) if parent in self._stages else self._root
        self._to.mkdir(parents=True, exist_ok=True)
        _call(["cp", "-a", "--reflink=auto", source, target])
        environment = dict(self._environments.get(parent, {"PATH": "/usr/bin:/bin"}))
        user = "0:0"
        for word, rest in instructions[1:]:
            started_s = time.monotonic()
            if word == "ENV":
                environment |= dict(pair.split("=", 1) for pair in shlex.split(rest))
            elif word == "USER":
                user = rest
            elif word == "COPY":
                self._copy(rest, target)
            elif word == "RUN":
                self._run(rest, target, environment, user)
            else:
                continue
            duration_s = time.monotonic() - started_s
            sys.stdout.write(f"{name}: {word} {rest[:70]} ... {duration_s:.1f} s\n")
            sys.stdout.flush()
        self._environments[name] = environment
        return target

    def run_in(self, name: str, command: list[str], *, user: str = "10001:10001") -> None:
        """Run one command in a finished stage, as its own user."""
        self._run(shlex.join(command), self.build(name), self._environments[name], user)

    def _copy(self, arguments: str, target: Path) -> None:
        *sources, _ = arguments.split()
        if sources[0].startswith("--from="):
            origin = self.build(sources.pop(0).removeprefix("--from="))
            paths = [str(origin / source.lstrip("/")) for source in sources]
            _call(["cp", "-a", "--reflink=auto", *paths, target / "app"])
            return
        tracked = ["git", "ls-files", "-z", *sources]
        names = subprocess.run(tracked, cwd=REPO_DIR, capture_output=True, check=True).stdout
        archive = ["tar", "--create", "--null", "--files-from=-", "--owner=0", "--group=0"]
        packed = subprocess.run(archive, cwd=REPO_DIR, input=names, capture_output=True, check=True)
        unpack = ["tar", "--extract", f"--directory={target / 'app'}"]
        subprocess.run(unpack, input=packed.stdout, check=True)

    def _run(self, command: str, target: Path, environment: dict[str, str], user: str) -> None:
        shell = ["/bin/bash", "-o", "pipefail", "-c", f"cd /app 2>/dev/null; {command}"]
        # Programs of the system lie where a shell of root looks for them.
        path = {"PATH": f"{environment['PATH']}:/usr/sbin:/sbin"}
        # In mounts of its own, which end with the command: programs find their libraries by /proc.
        mounted = 'mount -t proc proc "$1/proc" && exec chroot "--userspec=$2" "$1" "${@:3}"'
        _call(
            ["unshare", "--mount", "bash", "-c", mounted, "bash", target, user, *shell],
            environment=self._passed | environment | path,
        )


def main() -> int:
    """Build the target; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("target")
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--env", action="append", default=[], help="hand this variable on to RUN")
    parser.add_argument("--then", help="a command to run in the target, as a JSON list")
    options = parser.parse_args()
    if options.to.exists():
        parser.error(f"{options.to} is there already: name a folder that is not")
    passed = {name: os.environ[name] for name in options.env}
    builder = Builder(options.root.resolve(), options.to.resolve(), passed)
    builder.build(options.target)
    if options.then:
        builder.run_in(options.target, json.loads(options.then))
    return 0


def _call(command: list[str | Path], environment: dict[str, str] | None = None) -> None:
    subprocess.run(command, env=environment, timeout=_RUN_TIMEOUT_S, check=True)


if __name__ == "__main__":
    sys.exit(main())
