"""The learning loop as calls of the client: runs, models, datasets, feedback, history."""

import time
from base64 import b64decode
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import httpx2
from pydantic import BaseModel

from serve_app.loop_schemas import (
    DatasetList,
    DatasetSummary,
    DatasetVersion,
    FeedbackQuestion,
    FeedbackResponse,
    History,
    HistoryEntry,
    ModelList,
    PromotionResponse,
    RegisteredModel,
    RunList,
    RunLogs,
    RunQuestion,
    RunReport,
    RunResponse,
    StoredPicture,
)
from serve_app.upload_client import Ask

_POLL_S = 1.0
_AT_WORK = frozenset({"queued", "running"})
# A promotion answers when every replica answers with the model.
_PROMOTION_TIMEOUT_S = 300.0

_AnswerT = TypeVar("_AnswerT", bound=BaseModel)


class LoopCalls:
    """What `LeafrayClient.loop` offers; every call raises as `LeafrayClient.predict` does."""

    def __init__(self, ask: Ask, build_request: Callable[..., httpx2.Request]) -> None:
        self._ask = ask
        self._build_request = build_request

    def start_run(
        self,
        *,
        config: str | None = None,
        upload_ids: Sequence[str] = (),
        require_approval: bool = False,
    ) -> RunResponse:
        """Start a retraining run; asked once, for twice would be two runs."""
        question = RunQuestion.model_validate(
            {
                "config": config,
                "upload_ids": tuple(upload_ids),
                "require_approval": require_approval,
            }
        )
        body = question.model_dump(mode="json")
        return self._call(RunResponse, "POST", "/retraining-jobs", json=body, attempts=1)

    def list_runs(self) -> tuple[RunResponse, ...]:
        """Return the newest runs."""
        return self._call(RunList, "GET", "/retraining-jobs").root

    def get_run(self, run_id: str) -> RunResponse:
        """Return where a run stands."""
        return self._call(RunResponse, "GET", f"/retraining-jobs/{run_id}")

    def wait_for_run(
        self,
        run_id: str,
        *,
        timeout_s: float = 6 * 3600.0,
        on_progress: Callable[[RunResponse], None] | None = None,
    ) -> RunResponse:
        """Return the run when it has ended, or as it is after the time."""
        until_s = time.monotonic() + timeout_s
        while True:
            run = self.get_run(run_id)
            if on_progress is not None:
                on_progress(run)
            if run.status not in _AT_WORK or time.monotonic() > until_s:
                return run
            time.sleep(_POLL_S)

    def read_logs(self, run_id: str) -> str:
        """Return the end of what a run has printed."""
        return self._call(RunLogs, "GET", f"/retraining-jobs/{run_id}/logs").logs

    def read_report(self, run_id: str) -> RunReport:
        """Return a run's curves, and what both models mix up."""
        return self._call(RunReport, "GET", f"/retraining-jobs/{run_id}/report")

    def cancel_run(self, run_id: str) -> RunResponse:
        """Ask a run to end."""
        return self._call(RunResponse, "DELETE", f"/retraining-jobs/{run_id}", attempts=1)

    def list_models(self) -> tuple[RegisteredModel, ...]:
        """Return the model versions of the registry, the newest first."""
        return self._call(ModelList, "GET", "/models").root

    def promote(self, model_version: str) -> PromotionResponse:
        """Make a version the champion."""
        return self._change_champion(f"/models/{model_version}/promote")

    def roll_back(self) -> PromotionResponse:
        """Give the champion's place back to the version before it."""
        return self._change_champion("/models/rollback")

    def list_datasets(self) -> tuple[DatasetVersion, ...]:
        """Return the dataset versions, the newest first."""
        return self._call(DatasetList, "GET", "/datasets").root

    def get_summary(self, dataset_version: str) -> DatasetSummary:
        """Return what is drawn of a dataset version."""
        return self._call(DatasetSummary, "GET", f"/datasets/{dataset_version}/summary")

    def get_picture(self, sha256: str) -> bytes:
        """Return a small copy of a photograph of the dataset store, a JPEG."""
        return b64decode(self._call(StoredPicture, "GET", f"/datasets/images/{sha256}").jpeg)

    def send_feedback(self, request_id: str, class_name: str) -> FeedbackResponse:
        """Say what a diagnosed photograph really shows."""
        question = FeedbackQuestion(request_id=request_id, class_name=class_name)
        body = question.model_dump(mode="json")
        return self._call(FeedbackResponse, "POST", "/feedback", json=body, attempts=1)

    def read_history(self, *, limit: int = 100) -> tuple[HistoryEntry, ...]:
        """Return the last lines of the audit trail, the oldest first."""
        return self._call(History, "GET", "/history", params={"limit": limit}).root

    def _change_champion(self, path: str) -> PromotionResponse:
        return self._call(PromotionResponse, "POST", path, attempts=1, timeout=_PROMOTION_TIMEOUT_S)

    def _call(
        self,
        answer_type: type[_AnswerT],
        method: str,
        path: str,
        *,
        attempts: int | None = None,
        **options: Any,
    ) -> _AnswerT:
        return self._ask(
            answer_type,
            lambda: self._build_request(method, f"/v1{path}", **options),
            attempts=attempts,
        )
