"""Whether every replica follows an order to change the model, asked through the service itself.

Serve says which replicas run; each answer of `REPLICA_PATH` says which replica gave it and where
its last order stands. HAProxy hands new connections to the replicas in turn, so a few questions
reach them all.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cluster.http_probe import call
from cluster.serve_config import DEPLOYMENT, PREDICT_PREFIX
from cluster.settings import Settings

REPLICA_PATH = f"{PREDICT_PREFIX}/replica"
_QUESTIONS_A_REPLICA = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaRoll:
    """What one replica says of its last order."""

    order_id: str
    state: str
    reason: str | None


class Outcome(StrEnum):
    """Where an order stands over all replicas."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


def judge(
    running_ids: frozenset[str], rolls: Mapping[str, ReplicaRoll], order_id: str
) -> tuple[Outcome, str]:
    """Return the outcome, and for a failed order why: one refusal is enough.

    The order is done when every running replica said that it serves by it.
    """
    ours = {name: roll for name, roll in rolls.items() if roll.order_id == order_id}
    for roll in ours.values():
        if roll.state == "failed":
            return Outcome.FAILED, roll.reason or "it gave no reason"
    serving = {name for name, roll in ours.items() if roll.state == "serving"}
    is_done = bool(running_ids) and running_ids <= serving
    return (Outcome.DONE if is_done else Outcome.PENDING), ""


def list_running(application: Mapping[str, Any]) -> frozenset[str]:
    """Return the ids of the replicas that take requests, from Serve's description."""
    deployment = application.get("deployments", {}).get(DEPLOYMENT, {})
    return frozenset(
        str(replica["replica_id"])
        for replica in deployment.get("replicas", ())
        if replica.get("state") == "RUNNING"
    )


class RollWatch:
    """Remembers what the replicas said while one order is carried out."""

    def __init__(self, settings: Settings, order_id: str) -> None:
        self._settings = settings
        self._order_id = order_id
        self._rolls: dict[str, ReplicaRoll] = {}

    def look(self, application: Mapping[str, Any]) -> tuple[Outcome, str]:
        """Ask a few times and judge; `application` is Serve's description of this moment."""
        running_ids = list_running(application)
        for _ in range(_QUESTIONS_A_REPLICA * len(running_ids)):
            found = ask_replica(self._settings)
            if found is not None:
                self._rolls[found[0]] = found[1]
        return judge(running_ids, self._rolls, self._order_id)


def ask_replica(settings: Settings) -> tuple[str, ReplicaRoll] | None:
    """Return the replica that answers this time and its last order; None where none does."""
    key = settings.layout.admin_key_path.read_text(encoding="utf-8").strip()
    answer = call(
        "GET", f"{settings.http_url}{REPLICA_PATH}", headers={"Authorization": f"Bearer {key}"}
    )
    if answer is None or answer.status_code != 200:
        return None
    replica = json.loads(answer.body)
    return replica["replica_id"], ReplicaRoll(
        order_id=replica["order_id"], state=replica["roll_state"], reason=replica["roll_reason"]
    )
