"""What one cluster of several nodes on this machine has chosen for itself: free ports, a secret."""

import secrets
import socket
from contextlib import ExitStack

from pydantic import BaseModel, ConfigDict, ValidationError

from cluster.errors import ProcessError
from cluster.keys import write_private
from cluster.manifests import MIN_REPLICAS, TRAIN
from cluster.settings import LOOPBACK, Port, Settings
from cluster.storage import Layout


class Plan(BaseModel):
    """Where the stores of a cluster listen, and the password of Redis and PostgreSQL."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    postgres_port: Port
    redis_port: Port
    object_store_port: Port
    secret: str


def make_plan() -> Plan:
    """Choose ports that nobody listens on."""
    with ExitStack() as stack:
        # All at once: the system would give the same port again.
        sockets = [stack.enter_context(socket.create_server((LOOPBACK, 0))) for _ in range(3)]
        ports = [int(listener.getsockname()[1]) for listener in sockets]
    return Plan(
        postgres_port=ports[0],
        redis_port=ports[1],
        object_store_port=ports[2],
        secret=secrets.token_hex(24),
    )


def save_plan(layout: Layout, plan: Plan) -> None:
    """Keep a plan for the next command."""
    write_private(layout.nodes_path, plan.model_dump_json())


def load_plan(layout: Layout) -> Plan | None:
    """Return the plan of the cluster that belongs to a home; None where there is none.

    Raises:
        ProcessError: it cannot be read.
    """
    try:
        return Plan.model_validate_json(layout.nodes_path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise ProcessError(
            f"{layout.nodes_path} cannot be read: {str(error)[:200]}. Begin anew: "
            "`python -m cluster down`, `python -m cluster nodes up`."
        ) from error


def to_nodes_settings(settings: Settings) -> Settings:
    """Return the settings of an installation as a cluster of several nodes has them.

    MLflow is asked over HTTP, for its database and its files are no one node's.
    """
    return settings.model_copy(
        update={
            "min_replicas": max(settings.min_replicas, MIN_REPLICAS),
            "train_resource": TRAIN,
            "tracking_uri_override": settings.mlflow_url,
        }
    )
