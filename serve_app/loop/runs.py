"""Retraining runs: asked for here, carried out by Ray jobs, told by their status files."""

import secrets
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime

from cluster.errors import JobError, RunStateError
from cluster.ray_jobs import RayJobs
from cluster.run_report import load_confusions, load_points
from cluster.run_status import (
    RunState,
    RunStatus,
    create_run_id,
    judge,
    reconcile,
    request_cancel,
    to_time,
    write_status,
)
from cluster.settings import Settings, to_environment
from cluster.uploads.store import UploadStore
from cluster.uploads.values import UploadStatus
from serve_app.errors import ConflictError, NotFoundError
from serve_app.loop_schemas import (
    MAX_UPLOADS_OF_A_RUN,
    Confusion,
    RunPoint,
    RunQuestion,
    RunReport,
)

# One works, the others wait for it; more than these nobody means.
MAX_UNFINISHED = 10
_MAX_LOG_CHARS = 200_000
# Ray may take so long to answer that it has taken a job.
_SUBMIT_GRACE_S = 90.0
# Of runs in these states the uploads are learnt from, or about to be.
_LEARNT = frozenset(
    {RunState.QUEUED, RunState.RUNNING, RunState.SUCCEEDED, RunState.AWAITING_APPROVAL}
)


class RetrainingRuns:
    """The runs of one installation."""

    def __init__(
        self, settings: Settings, store: UploadStore, *, jobs: RayJobs | None = None
    ) -> None:
        self._settings = settings
        self._layout = settings.layout
        self._store = store
        self._jobs = jobs or RayJobs(settings)
        self._starting = threading.Lock()

    def start(self, question: RunQuestion, *, actor: str) -> RunStatus:
        """Queue a run and hand it to Ray.

        Raises:
            ConflictError: nothing new to learn from, or too many runs wait.
            cluster.errors.UploadError: an upload is unknown or not accepted.
            cluster.errors.JobError: Ray does not take it; the run is told as failed.
        """
        # Two calls at once must not both find the same uploads new.
        with self._starting:
            return self._start(question, actor=actor)

    def _start(self, question: RunQuestion, *, actor: str) -> RunStatus:
        runs = self.list_runs()
        if sum(not run.status.is_terminal for run in runs) >= MAX_UNFINISHED:
            raise ConflictError(
                f"{MAX_UNFINISHED} runs wait already: cancel some, or wait for their end.",
                code="too_many_runs",
            )
        upload_ids = question.upload_ids or self.list_unlearnt(runs)
        if not upload_ids:
            raise ConflictError(
                "There is nothing new to learn from: accept an upload first, or name one.",
                code="nothing_new",
            )
        for upload_id in upload_ids:
            self._store.list_accepted(upload_id)
        now = datetime.now(UTC)
        status = write_status(
            self._layout,
            RunStatus(
                run_id=create_run_id(now, secrets.token_hex(2)),
                status=RunState.QUEUED,
                config=question.config or "",
                actor=actor,
                created_s=now.timestamp(),
                heartbeat_s=now.timestamp(),
                upload_ids=upload_ids,
            ),
        )
        try:
            self._jobs.submit(
                status.run_id,
                to_arguments(status, require_approval=question.require_approval),
                environment=to_environment(self._settings),
            )
        except JobError as error:
            self._end(status, RunState.FAILED, str(error))
            raise
        return status

    def list_runs(self) -> list[RunStatus]:
        """Return all runs as they stand, the newest first."""
        return [
            self._mend_unstarted(run) if run.status is RunState.QUEUED else run
            for run in reconcile(self._layout)
        ]

    def get(self, run_id: str) -> RunStatus:
        """Return one run.

        Raises:
            NotFoundError: there is no such run.
        """
        found = next((run for run in self.list_runs() if run.run_id == run_id), None)
        if found is None:
            raise NotFoundError(f"There is no retraining run {run_id[:80]!r}; list them first.")
        return found

    def cancel(self, run_id: str) -> RunStatus:
        """Ask a run to end; the answer may still say that it runs.

        Raises:
            NotFoundError: there is no such run.
            cluster.errors.RunStateError: it has ended already.
            cluster.errors.JobError: Ray's dashboard is away.
        """
        run = self.get(run_id)
        if run.status.is_terminal:
            raise RunStateError(f"{run_id} has ended already: {run.status.value}.")
        request_cancel(self._layout, run_id)
        self._jobs.stop(run_id)
        return self.get(run_id)

    def read_logs(self, run_id: str) -> str:
        """Return the end of what a run has printed; raises as `cancel` does."""
        self.get(run_id)
        return self._jobs.read_logs(run_id)[-_MAX_LOG_CHARS:]

    def read_report(self, run_id: str) -> RunReport:
        """Return what is drawn of a run.

        Raises:
            NotFoundError: there is no such run.
        """
        self.get(run_id)
        points = load_points(self._layout.run_points_path(run_id))
        confusions = load_confusions(self._layout, run_id)
        return RunReport(
            run_id=run_id,
            points=tuple(RunPoint.model_validate(point.model_dump()) for point in points),
            confusions=tuple(Confusion.model_validate(item.model_dump()) for item in confusions),
        )

    def approve(self, model_version: str, *, actor: str) -> None:
        """Let the runs that wait for a word on this model end well: it was promoted."""
        for run in self.list_runs():
            if run.status is RunState.AWAITING_APPROVAL and run.model_version == model_version:
                self._end(run, RunState.SUCCEEDED, f"{model_version} was approved by {actor}")

    def start_if_enough(self, *, min_images: int) -> RunStatus | None:
        """Start a run if so many accepted photographs wait for one, and none is under way.

        Raises:
            cluster.errors.JobError: Ray does not take it.
        """
        runs = self.list_runs()
        if not min_images or any(not run.status.is_terminal for run in runs):
            return None
        # A run that failed or was refused has seen them too: it would only fail again.
        seen = {upload_id for run in runs for upload_id in run.upload_ids}
        upload_ids = self._list_accepted_but(seen)
        num_images = sum(self._store.get(upload_id).accepted for upload_id in upload_ids)
        if num_images < min_images:
            return None
        return self.start(RunQuestion(upload_ids=upload_ids), actor=f"trigger:{num_images} images")

    def list_unlearnt(self, runs: Iterable[RunStatus]) -> tuple[str, ...]:
        """Return the accepted uploads that no model has learnt from, nor a run is to."""
        return self._list_accepted_but(
            {upload_id for run in runs if run.status in _LEARNT for upload_id in run.upload_ids}
        )

    def _list_accepted_but(self, used: set[str]) -> tuple[str, ...]:
        accepted = [
            upload.upload_id
            for upload in self._store.list_uploads()
            if upload.status is UploadStatus.ACCEPTED and upload.upload_id not in used
        ]
        return tuple(reversed(accepted[:MAX_UPLOADS_OF_A_RUN]))

    def _mend_unstarted(self, run: RunStatus) -> RunStatus:
        """Ask Ray for a run whose process has not begun: its job may have ended without it."""
        if run.process is not None:
            return run
        try:
            job = self._jobs.find(run.run_id)
        except JobError:
            return run
        # The status is written before the job is submitted.
        is_fresh = time.time() - run.created_s < _SUBMIT_GRACE_S
        if (job is None and is_fresh) or (job is not None and not job.state.is_over):
            return run
        mended = judge(
            run,
            now_s=time.time(),
            is_process_alive=False,
            is_cancel_asked=self._layout.run_cancel_path(run.run_id).exists(),
        )
        if job is not None and job.message and mended.status is RunState.FAILED:
            mended = mended.model_copy(update={"reason": job.message})
        return write_status(self._layout, mended)

    def _end(self, run: RunStatus, state: RunState, reason: str) -> RunStatus:
        update = {"status": state, "reason": reason, "ended": to_time(time.time())}
        return write_status(self._layout, run.model_copy(update=update))


def to_arguments(run: RunStatus, *, require_approval: bool) -> list[str]:
    """Return the command of a run; every word of it is an id of ours or fixed."""
    return [
        "train_jobs",
        "retrain",
        *("--run-id", run.run_id),
        *("--actor", run.actor),
        *(word for upload_id in run.upload_ids for word in ("--upload", upload_id)),
        *(("--config", run.config) if run.config else ()),
        *(("--require-approval",) if require_approval else ()),
    ]
