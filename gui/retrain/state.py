"""What the tab shows: one frozen value, changed by the pure ``update``."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import assert_never

from gui.retrain import events
from gui.retrain.values import LEARNT, Accepted, Deed, Model, Point, Report, Run

# A run of a hundred epochs, or a thousand steps; more than a screen can show.
MAX_POINTS = 2000
_MAX_RUNS_WITH_POINTS = 8


class Part(StrEnum):
    """What of the tab is on show."""

    RUNS = "Runs"
    MODELS = "Models"
    TRAIL = "History"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainState:
    """Runs, models and the trail, as the server told last; None before it was asked.

    ``points`` are the figures of runs that were looked at; ``report`` is of the run on show, once
    the server told it. ``acting`` says what the server is doing for the user, ``notice`` what it
    did last.
    """

    part: Part = Part.RUNS
    config: str | None = None
    is_approval_needed: bool = True
    runs: tuple[Run, ...] | None = None
    accepted: tuple[Accepted, ...] = ()
    refusal: str | None = None
    picked_id: str | None = None
    points: Mapping[str, tuple[Point, ...]] = field(default_factory=dict)
    log: tuple[str, str] = ("", "")
    report: Report | None = None
    is_champion_shown: bool = False
    models: tuple[Model, ...] | None = None
    models_refusal: str | None = None
    deeds: tuple[Deed, ...] | None = None
    trail_refusal: str | None = None
    acting: str | None = None
    notice: str | None = None
    problem: str | None = None

    @property
    def picked(self) -> Run | None:
        """The run on show."""
        runs = self.runs or ()
        return next((run for run in runs if run.run_id == self.picked_id), None)

    @property
    def is_report_due(self) -> bool:
        """There is more to draw of the run on show than was told."""
        picked, report = self.picked, self.report
        if picked is None or picked.is_at_work:
            return picked is not None
        return report is None or (report.run_id, report.status) != (picked.run_id, picked.status)

    @property
    def unlearnt(self) -> tuple[Accepted, ...]:
        """What a new run would learn from: accepted, and no run has learnt from it or is to."""
        used = {
            upload_id
            for run in self.runs or ()
            if run.status in LEARNT
            for upload_id in run.upload_ids
        }
        return tuple(upload for upload in self.accepted if upload.upload_id not in used)


def update(state: RetrainState, event: events.Event) -> RetrainState:  # noqa: C901 (one case an event)
    """Return the state after ``event``; late answers leave it as it is."""
    match event:
        case events.PartChosen():
            return replace(state, part=Part(event.part), notice=None)
        case events.ConfigChosen():
            return replace(state, config=event.config)
        case events.ApprovalChosen():
            return replace(state, is_approval_needed=event.is_needed)
        case events.StartRequested():
            return _act(state, "Asking the server to start ...")
        case events.CancelRequested():
            return _act(state, "Asking the run to end ...")
        case events.RunPicked():
            return replace(state, picked_id=event.run_id)
        case events.RunStarted():
            others = tuple(run for run in state.runs or () if run.run_id != event.run.run_id)
            started = replace(state, runs=(event.run, *others), picked_id=event.run.run_id)
            return replace(started, acting=None)
        case events.CancelTaken():
            return replace(_see(state, event.run), acting=None)
        case events.RunSeen():
            return _see(state, event.run)
        case events.RunsListed():
            return _list_runs(state, event)
        case events.LogRead():
            is_late = event.run_id != state.picked_id
            return state if is_late else replace(state, log=(event.run_id, event.text))
        case events.ReportRead():
            return _take_report(state, event)
        case events.SideChosen():
            return replace(state, is_champion_shown=event.is_champion)
        case events.ModelsListed():
            return replace(state, models=event.models, models_refusal=event.refusal)
        case events.TrailRead():
            return replace(state, deeds=event.deeds, trail_refusal=event.refusal)
        case events.PromoteRequested():
            return _act(state, f"{event.model_version} takes over ...")
        case events.RollBackRequested():
            return _act(state, "The model before takes over again ...")
        case events.ChampionChanged():
            notice = f"{event.model_version} answers now."
            return replace(state, acting=None, notice=notice)
        case events.ActionFailed():
            return replace(state, acting=None, problem=event.problem)
        case events.ProblemDismissed():
            return replace(state, problem=None)
        case _:
            assert_never(event)


def _act(state: RetrainState, words: str) -> RetrainState:
    """Return the state while the server acts; one thing at a time."""
    if state.acting is not None:
        return state
    return replace(state, acting=words, notice=None, problem=None)


def _see(state: RetrainState, run: Run) -> RetrainState:
    runs = tuple(run if old.run_id == run.run_id else old for old in state.runs or ())
    return replace(state, runs=runs, points=_add_point(state.points, run))


def _list_runs(state: RetrainState, event: events.RunsListed) -> RetrainState:
    points = state.points
    for run in event.runs:
        points = _add_point(points, run)
    known = {run.run_id for run in event.runs}
    picked_id = state.picked_id
    if picked_id not in known:
        picked_id = event.runs[0].run_id if event.runs else None
    return replace(
        state,
        runs=event.runs,
        accepted=event.accepted,
        refusal=event.refusal,
        points=points,
        picked_id=picked_id,
    )


def _take_report(state: RetrainState, event: events.ReportRead) -> RetrainState:
    run_id = event.report.run_id
    # What was seen meanwhile may be newer than what the server told.
    found = {point.epoch: point for point in (*event.points, *state.points.get(run_id, ()))}
    points = tuple(found[epoch] for epoch in sorted(found))
    is_late = run_id != state.picked_id
    return replace(
        state,
        points=_put_points(state.points, run_id, points) if points else state.points,
        report=state.report if is_late else event.report,
    )


def _add_point(
    points: Mapping[str, tuple[Point, ...]], run: Run
) -> Mapping[str, tuple[Point, ...]]:
    if run.stage != "train" or not run.epoch or not run.metrics:
        return points
    seen = points.get(run.run_id, ())
    if seen and seen[-1].epoch >= run.epoch:
        return points
    point = Point(epoch=run.epoch, metrics=run.metrics)
    return _put_points(points, run.run_id, (*seen, point))


def _put_points(
    points: Mapping[str, tuple[Point, ...]], run_id: str, new: tuple[Point, ...]
) -> Mapping[str, tuple[Point, ...]]:
    others = [item for item in points.items() if item[0] != run_id]
    kept = others[-(_MAX_RUNS_WITH_POINTS - 1) :]
    return {**dict(kept), run_id: new[-MAX_POINTS:]}
