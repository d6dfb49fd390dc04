"""What is told of the models that answer."""

import dataclasses

from serve_app.inference.model_slot import Line
from serve_app.schemas import CandidateReport, ModelResponse, ReplicaReport, ShadowReport


def to_model_response(line: Line, replica: ReplicaReport) -> ModelResponse:
    """Describe the champion, the candidate if there is one, and the replica that answers."""
    champion = line.champion
    return ModelResponse(
        model_version=champion.model_version,
        card=champion.predictor.card.model_dump(mode="json"),
        since=champion.since,
        candidate=_to_candidate_report(line),
        replica=replica,
    )


def _to_candidate_report(line: Line) -> CandidateReport | None:
    if line.candidate is None:
        return None
    shadow = line.shadow
    return CandidateReport(
        model_version=line.candidate.model_version,
        canary_percent=100 * line.canary_fraction,
        shadow=shadow
        and ShadowReport(percent=100 * shadow.fraction, **dataclasses.asdict(shadow.counts)),
    )
