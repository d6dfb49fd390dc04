"""What becomes of the replicas while they are loaded: looked at from outside, a few times a second.

Serve's own status says when a replica was asked for and runs, an answer of the service which one
gave it, and the system how much memory each takes.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import psutil

from cluster.roll_watch import ask_replica
from cluster.serve_config import DEPLOYMENT
from cluster.serve_control import get_application
from cluster.settings import Settings

_PERIOD_S = 0.25
_JOIN_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """One replica at one moment; `state` in Serve's words."""

    replica_id: str
    state: str
    pid: int | None
    memory_mib: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """All replicas at one moment, and the one that answered a question then."""

    at_s: float
    replicas: tuple[Replica, ...]
    answered_by: str | None


class ReplicaWatch:
    """Looks again and again on a thread of its own, from entering to leaving the context."""

    def __init__(self, settings: Settings, *, get_elapsed_s: Callable[[], float]) -> None:
        self.looks: list[Look] = []
        self._settings = settings
        self._get_elapsed_s = get_elapsed_s
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="replica-watch", daemon=True)

    def __enter__(self) -> "ReplicaWatch":
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Look no more."""
        self._is_over.set()
        self._thread.join(_JOIN_TIMEOUT_S)

    def list_running(self) -> tuple[Replica, ...]:
        """Return the replicas that took requests at the last look."""
        replicas = self.looks[-1].replicas if self.looks else ()
        return tuple(replica for replica in replicas if replica.state == "RUNNING")

    def _run(self) -> None:
        while not self._is_over.is_set():
            began_s = time.monotonic()
            look = self._look()
            if look is not None:
                self.looks.append(look)
            self._is_over.wait(max(0.0, began_s + _PERIOD_S - time.monotonic()))

    def _look(self) -> Look | None:
        at_s = self._get_elapsed_s()
        application = get_application(self._settings)
        if application is None:
            return None
        answer = ask_replica(self._settings)
        return Look(
            at_s=at_s,
            replicas=list_replicas(application),
            answered_by=None if answer is None else answer[0],
        )


def list_replicas(application: Mapping[str, Any]) -> tuple[Replica, ...]:
    """Return the replicas of Serve's description, with the memory that each takes now."""
    deployment = application.get("deployments", {}).get(DEPLOYMENT, {})
    return tuple(
        Replica(
            replica_id=str(item["replica_id"]),
            state=str(item.get("state")),
            pid=item.get("pid"),
            memory_mib=_measure_memory_mib(item.get("pid")),
        )
        for item in deployment.get("replicas", ())
    )


def _measure_memory_mib(pid: int | None) -> float:
    try:
        return 0.0 if pid is None else float(psutil.Process(pid).memory_info().rss) / 1024**2
    except psutil.Error:
        return 0.0
