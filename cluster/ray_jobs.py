"""Jobs on this Ray cluster, through the dashboard's REST API: what ``ray job submit`` calls too.

No ``import ray`` here: the command line must not take seconds. A job runs the installed code where
it lies (each node of a cluster holds the same), so nothing is packed and sent.
"""

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from cluster.errors import JobError
from cluster.http_probe import Answer, call
from cluster.ray_auth import auth_headers
from cluster.settings import Settings
from cluster.storage import PROJECT_DIR, safe_name

# The first job of a cluster starts a supervisor and a worker: 11 s here on idle cores.
_SUBMIT_TIMEOUT_S = 60.0
_TIMEOUT_S = 15.0
_MAX_REASON_CHARS = 500
# Of the resource that marks a node for training: many jobs may wait there, CPUs bound them.
_RESOURCE_SHARE = 0.01


class RayJobState(StrEnum):
    """Where a job stands, in Ray's words."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    STOPPED = "STOPPED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"

    @property
    def is_over(self) -> bool:
        """Whether nothing of the job runs any more."""
        return self not in (RayJobState.PENDING, RayJobState.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class RayJob:
    """One job; `message` is Ray's own account of how it ended."""

    job_id: str
    state: RayJobState
    message: str


class RayJobs:
    """The jobs of one cluster; every method raises `JobError` where its dashboard is away."""

    def __init__(self, settings: Settings) -> None:
        self._url = f"{settings.dashboard_url}/api/jobs/"
        self._place = (
            {
                "entrypoint_num_cpus": 1,
                "entrypoint_resources": {settings.train_resource: _RESOURCE_SHARE},
            }
            if settings.train_resource
            else {}
        )

    def submit(
        self, job_id: str, arguments: Sequence[str], *, environment: Mapping[str, str]
    ) -> None:
        """Run ``python -m`` with these arguments as a job of this name.

        Raises:
            JobError: there is a job of this name already, or Ray refused it.
        """
        command = shlex.join([sys.executable, "-m", *arguments])
        answer = self._call(
            "POST",
            "",
            json_body={
                "submission_id": safe_name(job_id),
                "entrypoint": f"cd {shlex.quote(str(PROJECT_DIR))} && exec {command}",
                "runtime_env": {"env_vars": dict(environment)},
                **self._place,
            },
            timeout_s=_SUBMIT_TIMEOUT_S,
        )
        if answer.status_code != HTTPStatus.OK:
            lines = _to_text(answer).strip().splitlines() or ["it gave no reason"]
            raise JobError(
                f"Ray took no job {job_id}: {lines[-1][:_MAX_REASON_CHARS]}. See the dashboard's "
                "page of jobs."
            )

    def find(self, job_id: str) -> RayJob | None:
        """Return a job; None where this cluster knows none of this name."""
        answer = self._call("GET", safe_name(job_id))
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None
        found = self._read(answer)
        return RayJob(
            job_id=job_id,
            state=RayJobState(found["status"]),
            message=str(found.get("message") or "")[:_MAX_REASON_CHARS],
        )

    def stop(self, job_id: str) -> bool:
        """Ask a job to end; return whether it ran. Ray kills it 3 s later."""
        answer = self._call("POST", f"{safe_name(job_id)}/stop")
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return False
        return bool(self._read(answer)["stopped"])

    def read_logs(self, job_id: str) -> str:
        """Return what a job has printed; empty where there is no such job."""
        answer = self._call("GET", f"{safe_name(job_id)}/logs")
        return "" if answer.status_code == HTTPStatus.NOT_FOUND else str(self._read(answer)["logs"])

    def _call(
        self, method: str, path: str, *, json_body: Any = None, timeout_s: float = _TIMEOUT_S
    ) -> Answer:
        answer = call(
            method,
            self._url + path,
            headers=auth_headers(),
            json_body=json_body,
            timeout_s=timeout_s,
        )
        if answer is None:
            raise JobError(
                f"Ray's dashboard {self._url} does not answer: start the cluster with `make run`, "
                "or try again when the machine is less busy."
            )
        return answer

    def _read(self, answer: Answer) -> dict[str, Any]:
        if answer.status_code != HTTPStatus.OK:
            raise JobError(
                f"Ray's dashboard answers {answer.status_code}: "
                f"{_to_text(answer).strip()[-_MAX_REASON_CHARS:]}. Run `make run` and try again."
            )
        found: dict[str, Any] = json.loads(answer.body)
        return found


def _to_text(answer: Answer) -> str:
    return answer.body.decode(errors="replace")
