"""From what the server tells of the learning loop to the tab's own values."""

from collections.abc import Iterable, Mapping
from typing import Any

from gui.retrain.events import ReportRead
from gui.retrain.values import (
    Accepted,
    ClassLine,
    Confusion,
    Deed,
    Model,
    Point,
    Report,
    Run,
    Verdict,
)
from serve_app.loop_schemas import HistoryEntry, RegisteredModel, RunReport, RunResponse
from serve_app.schemas import UploadResponse


def to_run(answer: RunResponse) -> Run:
    """Return a run."""
    progress = answer.progress
    return Run(
        run_id=answer.run_id,
        status=answer.status,
        stage=answer.stage,
        config=answer.config,
        created=answer.created,
        created_by=answer.created_by,
        started=answer.started,
        ended=answer.ended,
        epoch=progress.epoch,
        epochs=progress.epochs,
        images_per_s=progress.images_per_s,
        eta_s=progress.eta_s,
        metrics=answer.metrics,
        verdict=None if answer.verdict is None else to_verdict(answer.verdict),
        model_version=answer.model_version,
        champion_version=answer.champion_version,
        upload_ids=answer.upload_ids,
        reason=answer.reason,
    )


def to_verdict(told: Mapping[str, Any]) -> Verdict:
    """Return a verdict; what a server of another version tells otherwise is left out."""
    by_class = told.get("by_class")
    lines = by_class.items() if isinstance(by_class, Mapping) else ()
    return Verdict(
        is_promoted=bool(told.get("promote")),
        reasons=tuple(str(reason) for reason in told.get("reasons") or ()),
        checks={str(name): bool(passed) for name, passed in (told.get("checks") or {}).items()},
        numbers={
            str(name): float(number)
            for name, number in (told.get("numbers") or {}).items()
            if isinstance(number, int | float)
        },
        classes=tuple(
            ClassLine(
                class_name=str(class_name),
                num_samples=int(line.get("num_samples", 0)),
                champion=float(line.get("champion", 0)),
                challenger=float(line.get("challenger", 0)),
                is_worse=bool(line.get("is_worse")),
            )
            for class_name, line in lines
            if isinstance(line, Mapping)
        ),
    )


def to_report(answer: RunReport, *, status: str) -> ReportRead:
    """Return what there is to draw of a run that stood at ``status`` when it was asked for."""
    return ReportRead(
        report=Report(
            run_id=answer.run_id,
            status=status,
            confusions=tuple(
                Confusion(
                    class_name=item.class_name,
                    answer=item.answer,
                    champion=item.champion,
                    challenger=item.challenger,
                )
                for item in answer.confusions
            ),
        ),
        points=tuple(Point(epoch=point.epoch, metrics=point.metrics) for point in answer.points),
    )


def to_accepted(answers: Iterable[UploadResponse]) -> tuple[Accepted, ...]:
    """Return the uploads that were taken into the data."""
    return tuple(
        Accepted(upload_id=answer.upload_id, num_images=answer.accepted)
        for answer in answers
        if answer.status == "accepted"
    )


def to_model(answer: RegisteredModel) -> Model:
    """Return a model version."""
    return Model(
        model_version=answer.model_version,
        aliases=answer.aliases,
        metrics=answer.metrics,
        created=answer.created,
    )


def to_deeds(answers: Iterable[HistoryEntry]) -> tuple[Deed, ...]:
    """Return the trail, the newest line first."""
    deeds = [
        Deed(
            at=answer.at,
            actor=answer.actor,
            action=answer.action,
            subject=answer.subject,
            outcome=answer.outcome,
            detail=answer.detail,
        )
        for answer in answers
    ]
    return tuple(reversed(deeds))
