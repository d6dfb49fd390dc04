"""Changing the model of a running replica without a request noticing.

The new model is loaded, verified and warmed beside the old one, on another thread; then they
change places. Whatever fails on the way leaves the old one answering, and the failure is told.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from serve_app.inference.model_slot import Line, ModelSlot
from serve_app.inference.served_model import ServedModel
from serve_app.inference.shadow import Shadow

_logger = logging.getLogger(__name__)

_MAX_REASON_CHARS = 500

Load = Callable[[Path], ServedModel]


class CandidateOrder(BaseModel):
    """A model to try: its share of the answers, and of the champion's requests to compute too."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    artifact_dir: Path
    canary_percent: float = Field(default=0.0, ge=0, le=100)
    shadow_percent: float = Field(default=0.0, ge=0, le=100)


class ModelOrder(BaseModel):
    """``user_config`` of the deployment: who shall answer. `order_id` is given back in reports."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    order_id: str = Field(min_length=1, max_length=64)
    artifact_dir: Path
    candidate: CandidateOrder | None = None


class RollState(StrEnum):
    """Where a replica stands with its last order."""

    EMPTY = "empty"
    ROLLING = "rolling"
    SERVING = "serving"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RollReport:
    """The last order; `reason` says why it failed."""

    state: RollState
    order_id: str = ""
    reason: str | None = None


class ModelRoller:
    """Carries out orders on a slot, one at a time; belongs to the slot's event loop."""

    def __init__(self, slot: ModelSlot, load: Load) -> None:
        self._slot = slot
        self._load = load
        self._turn = asyncio.Lock()
        self._report = RollReport(state=RollState.EMPTY)
        self._task: asyncio.Task[None] | None = None

    @property
    def report(self) -> RollReport:
        """Where the last order stands."""
        return self._report

    async def apply(self, user_config: Mapping[str, Any]) -> None:
        """Carry out an order: the first before this returns, a later one in the background.

        Serve takes a replica out of the traffic while its ``reconfigure`` runs, and ends one
        whose ``reconfigure`` raises: so a replica that answers must return at once and never
        raise.

        Raises:
            Exception: the first model cannot be loaded, whatever the reason.
        """
        order_id = str(user_config.get("order_id", ""))
        self._report = RollReport(state=RollState.ROLLING, order_id=order_id)
        if self._slot.is_empty:
            await self._roll(ModelOrder.model_validate(user_config))
            return
        # The reference keeps the task alive; an earlier one goes on and finds itself overtaken.
        self._task = asyncio.create_task(self._try_to_roll(order_id, user_config))

    async def wait(self) -> None:
        """Return when the last order was carried out or has failed."""
        if self._task is not None:
            await self._task

    async def _try_to_roll(self, order_id: str, user_config: Mapping[str, Any]) -> None:
        try:
            async with self._turn:
                if self._is_last(order_id):
                    await self._roll(ModelOrder.model_validate(user_config))
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"[:_MAX_REASON_CHARS]
            _logger.exception(
                "order %s failed, %s goes on answering: %s",
                order_id,
                self._slot.champion.model_version,
                reason,
            )
            if self._is_last(order_id):
                self._report = RollReport(state=RollState.FAILED, order_id=order_id, reason=reason)

    async def _roll(self, order: ModelOrder) -> None:
        loaded: list[ServedModel] = []
        try:
            champion = await self._get_model(order.artifact_dir, loaded)
            line = Line(champion=champion)
            if order.candidate is not None:
                candidate = await self._get_model(order.candidate.artifact_dir, loaded)
                line = _to_line(champion, candidate, order.candidate)
        except BaseException:
            for model in loaded:
                model.close()
            raise
        if not self._is_last(order.order_id):
            for model in loaded:
                model.close()
            return
        self._slot.set_line(line)
        self._report = RollReport(state=RollState.SERVING, order_id=order.order_id)
        _logger.info("order %s: %s answers now", order.order_id, champion.model_version)

    def _is_last(self, order_id: str) -> bool:
        return self._report.order_id == order_id

    async def _get_model(self, artifact_dir: Path, loaded: list[ServedModel]) -> ServedModel:
        """Return a model that is loaded already, or load it and add it to `loaded`."""
        serving = () if self._slot.is_empty else self._slot.line.models
        for model in (*serving, *loaded):
            if model.artifact_dir == artifact_dir:
                return model
        model = await asyncio.to_thread(self._load, artifact_dir)
        loaded.append(model)
        return model


def _to_line(champion: ServedModel, candidate: ServedModel, order: CandidateOrder) -> Line:
    shadow = None
    if order.shadow_percent > 0:
        shadow = Shadow(candidate.predictor, fraction=order.shadow_percent / 100)
    return Line(
        champion=champion,
        candidate=candidate,
        canary_fraction=order.canary_percent / 100,
        shadow=shadow,
    )
