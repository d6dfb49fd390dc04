"""A running cluster, used through the command line as a person does."""

import os
import subprocess
import sys
from pathlib import Path

import psutil

from cluster.ports import is_taken, list_port_uses
from cluster.settings import Settings

PROJECT_DIR = Path(__file__).resolve().parents[1]


class Installation:
    """A home and ports of its own, and what is asked of it there."""

    def __init__(self, home):
        variables = [use.variable for use in list_port_uses(Settings(home=home))]
        # Neither the system (from 32768) nor Ray's workers (to 19999) hand these out.
        ports = [port for port in range(24500, 25500) if not is_taken(port)]
        self.home = home
        self.environment = {
            **os.environ,
            **dict(zip(variables, map(str, ports), strict=False)),
            "LEAFRAY_HOME": str(home),
            "LEAFRAY_NUM_CPUS": "2",
            # The shortest that Serve can decide on, so that a test need not wait a minute.
            "LEAFRAY_DOWNSCALE_DELAY_S": "6",
        }

    def call(self, *arguments, timeout_s=300):
        """Return how ``python -m`` with these arguments ended."""
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=PROJECT_DIR,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def run(self, *arguments, status=0):
        """Return what a command printed that ended with this status."""
        done = self.call(*arguments, timeout_s=150)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    def find_process(self, mark):
        """Return the one process of this installation whose command line holds a word."""
        for process in psutil.process_iter(["pid", "cmdline"]):
            try:
                is_ours = process.environ().get("LEAFRAY_HOME") == str(self.home)
                if is_ours and mark in " ".join(process.info["cmdline"] or ()):
                    return process
            except psutil.Error:
                continue
        return None
