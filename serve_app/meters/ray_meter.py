"""Metrics through Ray: its agent gathers those of every process of a node, beside its own."""

import asyncio
import time
from http import HTTPStatus
from typing import Any

import ray
from ray.util import metrics as ray_metrics

from cluster.http_probe import call
from serve_app.errors import MetricsError
from serve_app.meters.metrics import Counter, Gauge, Histogram

# The agent's page has 300 KB and takes 20 ms, but seconds where the cores are taken.
_PAGE_TIMEOUT_S = 8.0
# Ray gathers every 10 s, and the page is open to strangers: the same one does for a second.
_FRESH_S = 1.0


class RayMeter:
    """Records with ``ray.util.metrics`` and reads the page of this node's agent."""

    def __init__(self) -> None:
        self._url = _find_page_url()
        self._lock = asyncio.Lock()
        self._page = b""
        self._read_s: float | None = None

    def create_counter(self, name: str, description: str, tag_keys: tuple[str, ...]) -> Counter:
        """Return a counter of this name."""
        return ray_metrics.Counter(name, description, tag_keys)

    def create_histogram(
        self, name: str, description: str, tag_keys: tuple[str, ...], boundaries: tuple[float, ...]
    ) -> Histogram:
        """Return a histogram of this name."""
        return ray_metrics.Histogram(name, description, list(boundaries), tag_keys)

    def create_gauge(self, name: str, description: str, tag_keys: tuple[str, ...]) -> Gauge:
        """Return a gauge of this name."""
        return ray_metrics.Gauge(name, description, tag_keys)

    async def read_page(self) -> bytes:
        """Return the metrics of all processes of this node.

        Raises:
            MetricsError: Ray's agent does not answer.
        """
        async with self._lock:
            if self._read_s is None or time.monotonic() - self._read_s > _FRESH_S:
                answer = await asyncio.to_thread(call, "GET", self._url, timeout_s=_PAGE_TIMEOUT_S)
                if answer is None or answer.status_code != HTTPStatus.OK:
                    raise MetricsError(
                        "The metrics agent of this node does not answer: ask again in a few "
                        "seconds, and see whether the machine is overloaded."
                    )
                self._page = answer.body
                self._read_s = time.monotonic()
            return self._page


def _find_page_url() -> str:
    node_id = ray.get_runtime_context().get_node_id()
    nodes: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]
    node = next(node for node in nodes if node["NodeID"] == node_id)
    return f"http://{node['NodeManagerAddress']}:{node['MetricsExportPort']}/metrics"
