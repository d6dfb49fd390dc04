"""What pip is told about package sources, in words that uv understands.

uv does not read pip's configuration. A machine whose pip knows a mirror, a certificate or a folder
of wheels would be served from elsewhere, or not at all, if these were not handed on.
"""

from __future__ import annotations

import ast
import subprocess
from typing import NamedTuple


class PipSettings(NamedTuple):
    """The package sources that pip is configured with."""

    find_links: tuple[str, ...] = ()
    index_url: str | None = None
    certificate_path: str | None = None


def read_pip_settings(python: str) -> PipSettings:
    """Ask the pip of the interpreter ``python``; a pip that cannot answer counts as unconfigured.

    Environment variables (``PIP_FIND_LINKS`` ...) are part of pip's answer and win over its files.
    """
    answer = subprocess.run(
        [python, "-m", "pip", "config", "list"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return parse_pip_settings(answer.stdout) if answer.returncode == 0 else PipSettings()


def parse_pip_settings(listing: str) -> PipSettings:
    """Read the lines of ``pip config list``, such as ``global.find-links='wheels'``."""
    values: dict[str, str] = {}
    for line in listing.splitlines():
        name, separator, quoted = line.partition("=")
        section, _, key = name.rpartition(".")
        if not separator or section not in {"global", "install", ":env:"}:
            continue
        # pip lists the environment first, though it wins.
        if section == ":env:" or f":env:.{key}" not in values:
            values[f":env:.{key}" if section == ":env:" else key] = ast.literal_eval(quoted)

    def get(key: str) -> str | None:
        return values.get(f":env:.{key}", values.get(key))

    return PipSettings(
        find_links=tuple((get("find-links") or "").split()),
        index_url=get("index-url"),
        certificate_path=get("cert"),
    )


def to_uv_options(settings: PipSettings) -> list[str]:
    """Return the options of ``uv pip`` that mean the same."""
    options = [f"--find-links={place}" for place in settings.find_links]
    if settings.index_url is not None:
        options.append(f"--default-index={settings.index_url}")
    return options


def to_uv_environment(settings: PipSettings) -> dict[str, str]:
    """Return the environment variables of uv that mean the same."""
    path = settings.certificate_path
    return {} if path is None else {"SSL_CERT_FILE": path}
