"""Pages about the service that a browser shows."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from gui.kit.api_key import is_loopback

# Those of cluster.settings, which the packages of the window alone cannot load; a test compares.
_DASHBOARD = ("LEAFRAY_DASHBOARD_PORT", 8265)
_MLFLOW = ("LEAFRAY_MLFLOW_PORT", 5000)
_DOCS_PATH = "/docs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A page and what its button says."""

    label: str
    address: str


def list_links(url: str, environment: Mapping[str, str] = os.environ) -> tuple[Link, ...]:
    """Return the pages of the server at ``url``; others than its own only on this computer."""
    if not url:
        return ()
    docs = Link(label="How programs ask it (API)", address=url.rstrip("/") + _DOCS_PATH)
    if not is_loopback(url):
        return (docs,)
    return (
        Link(label="Ray dashboard", address=_to_address(_DASHBOARD, environment)),
        Link(label="Models and runs (MLflow)", address=_to_address(_MLFLOW, environment)),
        docs,
    )


def _to_address(variable: tuple[str, int], environment: Mapping[str, str]) -> str:
    name, default = variable
    port = environment.get(name, "")
    return f"http://127.0.0.1:{port if port.isdecimal() else default}"
