"""The routes of the learning loop: runs, models, datasets, feedback, history.

They wait for disks and other processes, so they are plain functions: FastAPI runs each on a thread.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Path, Query, Request

from cluster.audit import read_entries
from cluster.keys import Role
from cluster.promotion import Switch
from cluster.run_status import RunStatus
from cluster.storage import Layout
from serve_app.loop.datasets import list_versions, load_summary
from serve_app.loop.feedback import FeedbackBox
from serve_app.loop.registered_models import RegisteredModels
from serve_app.loop.runs import RetrainingRuns
from serve_app.loop_schemas import (
    DatasetList,
    DatasetSummary,
    FeedbackQuestion,
    FeedbackResponse,
    History,
    HistoryEntry,
    ListQuery,
    ModelList,
    PromotionResponse,
    RunList,
    RunLogs,
    RunQuestion,
    RunReport,
    RunResponse,
    StoredPicture,
)
from serve_app.routes.openapi import describe_errors
from serve_app.routes.questions import needs_role, refuse_query, require_role
from serve_app.schemas import SHA256_PATTERN, ModelResponse
from serve_app.uploads.pictures import make_picture

_NO_QUERY = [Depends(refuse_query)]
_Name = Annotated[str, Path(max_length=128)]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopParts:
    """What the routes work with."""

    layout: Layout
    runs: RetrainingRuns
    models: RegisteredModels
    feedback: FeedbackBox
    get_model: Callable[[], Awaitable[ModelResponse]]
    """Of the model that answers now."""


def add_loop_routes(api: FastAPI, parts: LoopParts) -> None:
    """Add the routes to an application."""
    for router in (
        _route_runs(parts),
        _route_models(parts),
        _route_datasets(parts),
        _route_feedback(parts),
        _route_history(parts),
    ):
        api.include_router(router)


def _create_router(prefix: str, role: Role, *statuses: int) -> APIRouter:
    return APIRouter(
        prefix=prefix, dependencies=needs_role(role), responses=describe_errors(*statuses)
    )


def _route_runs(parts: LoopParts) -> APIRouter:
    router = _create_router("/v1/retraining-jobs", Role.CONTRIBUTE, 404, 409)
    runs = parts.runs

    @router.post("", status_code=HTTPStatus.ACCEPTED, dependencies=_NO_QUERY)
    def start(request: Request, question: RunQuestion) -> RunResponse:
        """Start a retraining run; it waits while another one works."""
        return to_run_response(runs.start(question, actor=_get_actor(request)))

    @router.get("")
    def list_all(query: Annotated[ListQuery, Query()]) -> RunList:
        """List the runs, the newest first."""
        return RunList(tuple(to_run_response(run) for run in runs.list_runs()[: query.limit]))

    @router.get("/{run_id}", dependencies=_NO_QUERY)
    def get(run_id: _Name) -> RunResponse:
        """Tell where a run stands."""
        return to_run_response(runs.get(run_id))

    @router.get("/{run_id}/logs", dependencies=_NO_QUERY)
    def read_logs(run_id: _Name) -> RunLogs:
        """Return the end of what a run has printed."""
        return RunLogs(run_id=run_id, logs=runs.read_logs(run_id))

    @router.get("/{run_id}/report", dependencies=_NO_QUERY)
    def read_report(run_id: _Name) -> RunReport:
        """Return what is drawn of a run: its curves, and what both models mix up."""
        return runs.read_report(run_id)

    @router.delete("/{run_id}", dependencies=_NO_QUERY)
    def cancel(run_id: _Name) -> RunResponse:
        """Ask a run to end; a promotion that has begun is finished first."""
        return to_run_response(runs.cancel(run_id))

    return router


def _route_models(parts: LoopParts) -> APIRouter:
    router = _create_router("/v1/models", Role.PREDICT, 404, 409)
    may_administer = [*_NO_QUERY, Depends(require_role(Role.ADMIN))]

    @router.get("", dependencies=_NO_QUERY)
    def list_all() -> ModelList:
        """List the model versions of the registry, the newest first."""
        return ModelList(parts.models.list_models())

    # Before the version's route: "rollback" could be a version's name.
    @router.post("/rollback", dependencies=may_administer)
    def roll_back(request: Request) -> PromotionResponse:
        """Give the champion's place back to the version before it, without a lost request."""
        return _to_promotion(parts.models.roll_back(actor=_get_actor(request)))

    @router.post("/{model_version}/promote", dependencies=may_administer)
    def promote(request: Request, model_version: _Name) -> PromotionResponse:
        """Make a version the champion; returns when every replica answers with it."""
        actor = _get_actor(request)
        switch = parts.models.promote(model_version, actor=actor)
        parts.runs.approve(model_version, actor=actor)
        return _to_promotion(switch)

    return router


def _route_datasets(parts: LoopParts) -> APIRouter:
    router = _create_router("/v1/datasets", Role.CONTRIBUTE, 404)

    @router.get("", dependencies=_NO_QUERY)
    async def list_all() -> DatasetList:
        """List the dataset versions of this installation with what they grew from."""
        current = (await parts.get_model()).card["dataset_version"]
        # One file a version: on a thread, for the loop is Serve's too (`cluster/head.py`).
        return await asyncio.to_thread(
            lambda: DatasetList(tuple(list_versions(parts.layout, current=current)))
        )

    @router.get("/images/{sha256}", dependencies=_NO_QUERY)
    def get_picture(sha256: Annotated[str, Path(pattern=SHA256_PATTERN)]) -> StoredPicture:
        """Return a small copy of a photograph of the dataset store, such as a nearest one."""
        jpeg = make_picture(parts.layout.image_path(sha256), keeper="The dataset store")
        return StoredPicture(sha256=sha256, jpeg=jpeg)

    @router.get("/{dataset_version}/summary", dependencies=_NO_QUERY)
    def get_summary(dataset_version: _Name) -> DatasetSummary:
        """Return what is drawn of a version."""
        return load_summary(parts.layout, dataset_version)

    return router


def _route_feedback(parts: LoopParts) -> APIRouter:
    router = _create_router("/v1/feedback", Role.PREDICT, 404)

    @router.post("", status_code=HTTPStatus.ACCEPTED, dependencies=_NO_QUERY)
    def take(question: FeedbackQuestion) -> FeedbackResponse:
        """Say what a diagnosed photograph really shows, whether the diagnosis was right or not."""
        return parts.feedback.take(question)

    return router


def _route_history(parts: LoopParts) -> APIRouter:
    router = _create_router("/v1/history", Role.ADMIN)

    @router.get("")
    def read_history(query: Annotated[ListQuery, Query()]) -> History:
        """Return who did what to data and models, the oldest line first."""
        entries = read_entries(parts.layout.audit_path, limit=query.limit)
        return History(tuple(HistoryEntry.model_validate(entry.model_dump()) for entry in entries))

    return router


def to_run_response(run: RunStatus) -> RunResponse:
    """Return what to tell of a run."""
    return RunResponse(
        run_id=run.run_id,
        status=run.status.value,
        stage=run.stage,
        config=run.config,
        created=datetime.fromtimestamp(run.created_s, UTC),
        created_by=run.actor,
        started=run.started and datetime.fromisoformat(run.started),
        ended=run.ended and datetime.fromisoformat(run.ended),
        progress=run.progress.model_dump(),
        metrics=run.metrics,
        verdict=run.verdict,
        dataset_version=run.dataset_version,
        model_version=run.model_version,
        champion_version=run.champion_version,
        upload_ids=run.upload_ids,
        reason=run.reason,
    )


def _to_promotion(switch: Switch) -> PromotionResponse:
    return PromotionResponse(
        model_version=switch.model_version, previous_version=switch.champion_before
    )


def _get_actor(request: Request) -> str:
    """Return the caller as the audit trail names it."""
    return f"key:{request.state.api_key.name}"
